/* SPDX-License-Identifier: MIT */
#include "fs/mountpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/mounts.h"

int mountpoint_fd(const char *given)
{
	static const char folder[] = "/dev/fd/";
	const char *digits = given + sizeof(folder) - 1;
	char *end;
	long n;

	if (strncmp(given, folder, sizeof(folder) - 1) != 0)
		return -1;
	errno = 0;
	n = strtol(digits, &end, 10);
	return end == digits || *end || errno || n < 0 || n > INT_MAX ? -1 : (int)n;
}

/* By fstatvfs(3), which always asks the server: attributes come out of the kernel's cache, also
 * when the server has long been dead. By O_PATH: looking at a folder of an automounter must not
 * have it mounted, which would be what we are in the middle of, or what it has just unmounted. */
static bool is_dead(const char *pathname)
{
	CLEANUP(closep) int fd = open(pathname, O_PATH | O_CLOEXEC);
	struct statvfs fs;

	return (fd < 0 || fstatvfs(fd, &fs) < 0) && errno == ENOTCONN;
}

static bool is_ours(const char *mnt)
{
	bool ours;

	mounts_at(mnt, &ours);
	return ours;
}

int mountpoint_detach_dead(const char *mnt)
{
	return is_ours(mnt) && is_dead(mnt) ? mounts_detach(mnt, true, true) : 0;
}

int mountpoint_detach(const char *mnt, dev_t device)
{
	struct stat st;

	if (lstat(mnt, &st) < 0)
		return errno == ENOTCONN ? mountpoint_detach_dead(mnt) : -errno;
	if (st.st_dev != device) /* unmounted already, or covered by another mount */
		return is_ours(mnt) ? -EBUSY : 0;
	return mounts_detach(mnt, true, true);
}

int mountpoint_prepare(const char *given, char **out, struct err *err)
{
	CLEANUP(freep) char *mnt = NULL;
	struct stat st;

	if (is_dead(given)) {
		int r;

		mnt = mounts_pathname(given);
		if (!mnt)
			return err_set(err, -ENOMEM, "%s: out of memory", given);
		if (!is_ours(mnt))
			return err_set(err, -ENOTCONN,
					"%s: the dead mount of another program is there; "
					"unmount it first",
					given);
		r = mounts_detach(mnt, true, true);
		if (r < 0)
			return err_set(err, r,
					"%s: a dead mount is there that cannot be detached: %s; "
					"unmount it first",
					given, strerror(-r));
		free(mnt);
		mnt = NULL;
	}
	if (stat(given, &st) < 0)
		return err_set(err, -errno, "%s: %m", given);
	if (!S_ISDIR(st.st_mode))
		return err_set(err, -ENOTDIR, "%s: not a folder; make one to mount on", given);
	mnt = realpath(given, NULL);
	if (!mnt)
		return err_set(err, -errno, "%s: %m", given);

	*out = mnt;
	mnt = NULL;
	return 0;
}

int mountpoint_wait(const char *mnt, dev_t *device)
{
	struct statvfs fs;
	struct stat st;

	if (statvfs(mnt, &fs) < 0 || lstat(mnt, &st) < 0)
		return -errno;
	*device = st.st_dev;
	return 0;
}
