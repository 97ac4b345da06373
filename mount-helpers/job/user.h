/* SPDX-License-Identifier: MIT */
/*
 * For whom a mount is made. Where root makes it for a user, pathnames are looked up and sources are
 * opened as that user: in a process of its own that has become the user.
 */
#ifndef GENOFS_JOB_USER_H
#define GENOFS_JOB_USER_H

#include <stddef.h>
#include <sys/types.h>

#include "core/base/err.h"

struct job_user {
	uid_t uid;
	gid_t gid;
	const gid_t *groups; /* supplementary; the caller's */
	size_t n_groups;
};

/* Become @user for good; NULL is who we are. Return: 0; a negative errno. */
int user_become(const struct job_user *user);

/* What is done in the other process. @fd: what it opened; -1 at first. */
typedef int user_work(void *arg, int *fd, struct err *err);

/**
 * user_run() - do @work as @user in a process of its own, and wait for it
 * @arg: what @work writes there is not seen here
 * @fd:  what @work opened, the caller's; -1 for nothing
 *
 * Return: that of @work; a negative errno.
 */
int user_run(const struct job_user *user, user_work *work, void *arg, int *fd, struct err *err);

#endif
