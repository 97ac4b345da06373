/* SPDX-License-Identifier: MIT */
/*
 * A mount namespace of one's own, in which a mount is nobody else's and ends with the last process
 * in it; by the first of these ways that the machine allows.
 */
#ifndef GENOFS_JOB_NAMESPACE_H
#define GENOFS_JOB_NAMESPACE_H

#include "core/base/err.h"

enum job_way {
	JOB_WAY_MOUNT,     /* a mount namespace: takes CAP_SYS_ADMIN */
	JOB_WAY_USER,      /* one in a user namespace in which everybody is who they were */
	JOB_WAY_FUSERMOUNT /* none: fusermount3(1) mounts where all can see it */
};

/**
 * namespace_enter() - the calling process, and those that it starts, get a namespace of their own
 * @way: which way it was
 * @why: why it is not the way before that; untouched where that is not the question
 *
 * What is mounted outside later is seen in it, what is mounted in it is not seen outside. Call it
 * while there is one thread. Return: 0; a negative errno where the namespace is there but of no
 * use.
 */
int namespace_enter(enum job_way *way, struct err *why, struct err *err);

/* What @way is, for people. */
const char *namespace_way_text(enum job_way way);

#endif
