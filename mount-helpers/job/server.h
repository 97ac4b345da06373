/* SPDX-License-Identifier: MIT */
/* The server program, genofs-fuse, started for a mount that is made already. */
#ifndef GENOFS_JOB_SERVER_H
#define GENOFS_JOB_SERVER_H

#include <limits.h>
#include <sys/types.h>

#include "core/base/err.h"
#include "mount-helpers/job/user.h"

/**
 * server_find() - the server's pathname
 *
 * In a build folder, as configured, or in an installation that was moved (a prefix of another name,
 * DESTDIR): looked for from the folder of the running program.
 *
 * Return: 0; -ENOENT, and @err says where it is not.
 */
int server_find(char out[PATH_MAX], struct err *err);

struct server_args {
	const char *program;
	const char *options;  /* of -o; NULL for none */
	char *const *sources; /* [NAME=]SOURCE */
	size_t n_sources;
	const struct job_user *user; /* whom it runs as; NULL: as we do */
	int log;                     /* its standard error; -1: ours */
};

/**
 * server_start() - start it on @fuse, which stays the caller's
 * @pid: of the child
 *
 * It is killed when the calling thread ends, in a process group of its own, and ignores what ends a
 * job (SIGTERM, SIGINT and so on): readers may need it until they are done. It ends when the mount
 * is gone, or by server_end().
 *
 * Return: 0; a negative errno. That it could not begin, it says itself.
 */
int server_start(const struct server_args *args, int fuse, pid_t *pid, struct err *err);

/* Wait for the end of @pid, anybody's child, a second at most: until then it may say something. */
void server_wait(pid_t pid);

/* The mount is gone: wait a second for the end of child @pid, then kill it. Return: 0; -ENOTCONN
 * where it had ended already, without its mount. */
int server_end(pid_t pid);

#endif
