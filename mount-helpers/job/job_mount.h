/* SPDX-License-Identifier: MIT */
/*
 * A mount that lives as long as a job: made in a namespace of its own, its server a child.
 *
 *	who makes it (genofs run, slurmstepd)   in its namespace; holds the folder
 *	  supervisor, server (genofs-fuse)      killed with it; ignore the job's signals
 *	  the job's processes                   inherit the namespace, and with it the mount
 *
 * Here is neither libfuse nor htslib. All of it belongs to one thread, the one that made it: its
 * end is the server's too.
 */
#ifndef GENOFS_JOB_JOB_MOUNT_H
#define GENOFS_JOB_JOB_MOUNT_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/base/err.h"
#include "mount-helpers/job/namespace.h"
#include "mount-helpers/job/server.h"
#include "mount-helpers/job/share.h"

struct job_request {
	struct server_args server;
	const char *mnt;               /* where it is wanted */
	const char *tag;               /* the mount's source */
	const struct job_share *share; /* of a mount that is there; NULL: one of its own is made */
	/* All of it is the caller's; server.user as long as the mount. */
};

struct job_mount;

/**
 * job_mount_new() - enter a namespace, mount, start the server
 * @why: as that of namespace_enter()
 *
 * It returns before the server answers: job_mount_wait() does so after. The calling process stays
 * in the namespace also where this fails. Return: 0; a negative errno.
 */
int job_mount_new(const struct job_request *request, struct job_mount **out, struct err *why,
		struct err *err);

enum job_way job_mount_way(const struct job_mount *m);
const char *job_mount_at(const struct job_mount *m); /* absolute */
pid_t job_mount_server(const struct job_mount *m);   /* the child, to wait for; -1: shared */
int job_mount_lease(const struct job_mount *m);      /* readable when the server ended; -1: not */

/**
 * job_mount_wait() - wait until a lookup is answered
 *
 * To be called in a child that ends by a signal, since a server may take minutes to begin. Return:
 * 0; -ENOTCONN when the server has ended, whose words are on its standard error.
 */
int job_mount_wait(const struct job_mount *m);

/**
 * job_mount_end() - unmount, end the server, remove the folder if it was made
 * @server_ended: it was waited for
 *
 * Return: 0; -ENOTCONN where the server had ended before the mount.
 */
int job_mount_end(struct job_mount *m, bool server_ended);

#endif
