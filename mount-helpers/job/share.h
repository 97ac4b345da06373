/* SPDX-License-Identifier: MIT */
/*
 * One mount for all of a user's jobs on a machine that want the same: of the same sources, with the
 * same options, in one step of one job.
 *
 *	keeper                  in a namespace of its own, where it has the mount; waits
 *	  supervisor, server    killed with it
 *	user (genofs run)       has a copy of the mount in its own namespace, and a lease
 *
 * The first user starts the keeper. A lease is a connection to the keeper: the kernel ends it with
 * the user, however that ends; the keeper ends with the last. When the server dies the keeper ends,
 * and a user sees the end of its lease.
 */
#ifndef GENOFS_JOB_SHARE_H
#define GENOFS_JOB_SHARE_H

#include "core/base/err.h"

struct job_request;

struct job_share {
	int tree;  /* the mount, to be moved to its place; -1: not shared */
	int lease; /* ends when the server does */
};

/**
 * share_join() - a share of the mount that @request describes, made if nobody has it
 * @out: the caller's to close
 *
 * Waits until the mount answers. Call it while there is one thread, where signals end the process,
 * and before namespace_enter(). Return: 0; -ENOTSUP where this machine cannot share; another
 * negative errno.
 */
int share_join(const struct job_request *request, struct job_share *out, struct err *err);

/* The server of @request's shared mount has died: remove what a keeper that was killed left. */
void share_clean(const struct job_request *request);

#endif
