/* SPDX-License-Identifier: MIT */
#include "fs/mountpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mntent.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/cleanup.h"

#define FS_TYPE "fuse.genofs"

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

/*
 * The absolute pathname of a folder that cannot be looked at, since a dead mount covers it: that of
 * the folder above and the last component.
 */
static char *absolute_of_dead(const char *given)
{
	CLEANUP(freep) char *above = strdup(given);
	CLEANUP(freep) char *folder = NULL;
	char *name;
	char *out;

	if (!above)
		return NULL;
	for (size_t n = strlen(above); n > 1 && above[n - 1] == '/'; n--)
		above[n - 1] = '\0';
	name = strrchr(above, '/');
	if (!name)
		folder = realpath(".", NULL);
	else if (name == above)
		folder = strdup("");
	else {
		*name = '\0';
		folder = realpath(above, NULL);
	}
	name = name ? name + 1 : above;
	if (!folder || asprintf(&out, "%s/%s", strcmp(folder, "/") == 0 ? "" : folder, name) < 0)
		return NULL;
	return out;
}

/* Whether the topmost mount at @mnt is one of ours. */
static bool is_ours(const char *mnt)
{
	FILE *table = setmntent("/proc/self/mounts", "re");
	char line[2 * PATH_MAX];
	struct mntent entry;
	bool ours = false;

	if (!table)
		return false;
	while (getmntent_r(table, &entry, line, sizeof(line)))
		if (strcmp(entry.mnt_dir, mnt) == 0)
			ours = strcmp(entry.mnt_type, FS_TYPE) == 0;
	endmntent(table);
	return ours;
}

/* By statvfs(3), which always asks the server: attributes come out of the kernel's cache, also when
 * the server has long been dead. */
static bool is_dead(const char *pathname)
{
	struct statvfs fs;

	return statvfs(pathname, &fs) < 0 && errno == ENOTCONN;
}

/* What a user without privileges has for umount2(2). */
static int detach_as_user(const char *mnt)
{
	char program[] = "fusermount3";
	char unmount[] = "-u";
	char lazy[] = "-z";
	char quiet[] = "-q";
	char end[] = "--";
	CLEANUP(freep) char *folder = strdup(mnt);
	char *argv[] = { program, unmount, lazy, quiet, end, folder, NULL };
	posix_spawnattr_t attr;
	sigset_t none;
	pid_t pid;
	int status;
	int r;

	if (!folder)
		return -ENOMEM;
	sigemptyset(&none);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	r = posix_spawnp(&pid, program, NULL, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	if (r)
		return -r;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EPERM;
}

static int detach(const char *mnt)
{
	if (umount2(mnt, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		return 0;
	return errno == EPERM ? detach_as_user(mnt) : -errno;
}

int mountpoint_detach_dead(const char *mnt)
{
	return is_dead(mnt) && is_ours(mnt) ? detach(mnt) : 0;
}

int mountpoint_detach(const char *mnt, dev_t device)
{
	struct stat st;

	if (lstat(mnt, &st) < 0)
		return errno == ENOTCONN ? mountpoint_detach_dead(mnt) : -errno;
	if (st.st_dev != device) /* unmounted already, or covered by another mount */
		return is_ours(mnt) ? -EBUSY : 0;
	return detach(mnt);
}

int mountpoint_prepare(const char *given, char **out, struct err *err)
{
	CLEANUP(freep) char *mnt = NULL;
	struct stat st;

	if (is_dead(given)) {
		int r;

		mnt = absolute_of_dead(given);
		if (!mnt)
			return err_set(err, -ENOMEM, "%s: out of memory", given);
		if (!is_ours(mnt))
			return err_set(err, -ENOTCONN,
					"%s: the dead mount of another program is there: "
					"unmount it first",
					given);
		r = detach(mnt);
		if (r < 0)
			return err_set(err, r,
					"%s: a dead mount is there that cannot be detached: %s",
					given, strerror(-r));
		free(mnt);
		mnt = NULL;
	}
	if (stat(given, &st) < 0)
		return err_set(err, -errno, "%s: %m", given);
	if (!S_ISDIR(st.st_mode))
		return err_set(err, -ENOTDIR, "%s: not a folder, so nothing can be mounted on it",
				given);
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

int mountpoint_set_readahead(dev_t device, unsigned kib)
{
	char text[64];
	CLEANUP(closep) int fd = -1;
	int n;

	snprintf(text, sizeof(text), "/sys/class/bdi/%u:%u/read_ahead_kb", major(device),
			minor(device));
	fd = open(text, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = snprintf(text, sizeof(text), "%u\n", kib);
	return write(fd, text, (size_t)n) == n ? 0 : -EIO;
}
