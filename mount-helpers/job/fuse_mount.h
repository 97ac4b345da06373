/* SPDX-License-Identifier: MIT */
/* Mounting FUSE for a server that then gets the descriptor. */
#ifndef GENOFS_JOB_FUSE_MOUNT_H
#define GENOFS_JOB_FUSE_MOUNT_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/base/err.h"
#include "mount-helpers/job/namespace.h"

/* What of a mount's -o options the kernel is told by whoever mounts; the server reads them all. */
struct fuse_mount_options {
	bool allow_other;
	bool noexec;
	unsigned readahead; /* KiB */
};

/* Read them out of @list; NULL is an empty one. What is wrong there the server will say. */
int fuse_mount_options_parse(const char *list, struct fuse_mount_options *out);

struct fuse_mount {
	enum job_way way;
	const char *at;  /* pathname of the folder */
	const char *tag; /* the mount's source */
	struct fuse_mount_options options;
	uid_t uid; /* whose mount it is */
	gid_t gid;
};

/**
 * fuse_mount_make() - mount genofs at @m->at, read-only, nosuid, nodev
 * @fd: /dev/fuse, close-on-exec, the caller's
 *
 * Every access waits until a server answers, or fails with ENOTCONN when the last copy of the
 * descriptor is closed. Return: 0; a negative errno.
 */
int fuse_mount_make(const struct fuse_mount *m, int *fd, struct err *err);

#endif
