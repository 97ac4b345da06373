/* SPDX-License-Identifier: MIT */
#include "core/shm/shm_lease.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sysmacros.h>

#include "core/base/cleanup.h"

int shm_file_open(int folder, const char *file, struct stat *st, struct err *err)
{
	/* O_NONBLOCK: a FIFO is refused, not waited for. */
	static const int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	CLEANUP(closep) int fd = openat(folder, file, flags | O_NOATIME);

	if (fd < 0 && errno == EPERM)
		fd = openat(folder, file, flags);
	if (fd < 0)
		return err_set(err, -errno, "%s: cannot be opened: %m", file);
	if (fstat(fd, st) < 0)
		return err_set(err, -errno, "%s: %m", file);
	if (!S_ISREG(st->st_mode))
		return err_set(err, -EINVAL, "%s: is not a regular file", file);
	return shm_fd_take(&fd);
}

bool shm_file_is_named(int folder, const char *file, int fd)
{
	struct stat a;
	struct stat b;

	return fstat(fd, &a) == 0 && a.st_nlink > 0 &&
	       fstatat(folder, file, &b, AT_SYMLINK_NOFOLLOW) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

static int no_lock(struct err *err)
{
	return err_set(err, -errno, "cannot be locked: %m%s",
			errno == ENOLCK || errno == ENOSYS || errno == EOPNOTSUPP
					? "; use a folder on tmpfs or a local disk"
					: "");
}

int shm_lease_share(int fd, struct err *err)
{
	return flock(fd, LOCK_SH) < 0 ? no_lock(err) : 0;
}

int shm_lease_take(int fd, struct err *err)
{
	struct stat st;
	int r = shm_lease_share(fd, err);

	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return err_set(err, -errno, "%m");
	if (st.st_nlink == 0)
		return err_set(err, -EAGAIN, "was dropped");
	return 0;
}

int shm_lease_exclude(int fd, struct err *err)
{
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		return err_set(err, -EBUSY, "is in use");
	return no_lock(err);
}

static int open_lock(int folder, const char *file, struct err *err)
{
	CLEANUP(closep)
	int fd = openat(folder, file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(err, -errno, "%s: cannot be made: %m", file);
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid())
		return err_set(err, -EPERM, "%s: is in the way, and not ours", file);
	return shm_fd_take(&fd);
}

int shm_name_lock(int folder, const char *file, void (*waiting)(void *arg), void *arg, int *out,
		struct err *err)
{
	for (;;) {
		CLEANUP(closep) int fd = open_lock(folder, file, err);
		int r;

		if (fd < 0)
			return fd;
		r = flock(fd, LOCK_EX | LOCK_NB);
		if (r < 0 && errno == EWOULDBLOCK) {
			if (waiting)
				waiting(arg);
			waiting = NULL;
			r = flock(fd, LOCK_EX);
		}
		if (r < 0) {
			r = no_lock(err);
			return err_prefix(err, r, "%s", file);
		}
		/* The one before us removed it: others may have the next of this name. */
		if (!shm_file_is_named(folder, file, fd))
			continue;
		*out = shm_fd_take(&fd);
		return 0;
	}
}

void shm_name_unlock(int folder, const char *file, int fd)
{
	/* While it is locked: whoever opened it before sees that it has lost its name. */
	if (shm_file_is_named(folder, file, fd))
		unlinkat(folder, file, 0);
	close(fd);
}

static void fclosep(FILE **f)
{
	if (*f)
		fclose(*f);
}

static bool has_pid(const struct buf *pids, pid_t pid)
{
	for (size_t at = 0; at < pids->len; at += sizeof(pid))
		if (memcmp(pids->data + at, &pid, sizeof(pid)) == 0)
			return true;
	return false;
}

int shm_lease_pids(const struct stat *st, struct buf *pids)
{
	CLEANUP(fclosep) FILE *f = fopen("/proc/locks", "re");
	char line[256];
	char file[64];

	if (!f)
		return -errno;
	snprintf(file, sizeof(file), " %02x:%02x:%lu ", major(st->st_dev), minor(st->st_dev),
			(unsigned long)st->st_ino);
	/* "7: FLOCK  ADVISORY  READ  1234 00:1a:99 0 EOF"; who waits has "->" behind the number. */
	while (fgets(line, sizeof(line), f)) {
		char *end = strstr(line, file);
		pid_t pid;

		if (!end || !strstr(line, ": FLOCK "))
			continue;
		*end = '\0';
		pid = (pid_t)strtol(strrchr(line, ' '), NULL, 10);
		if (pid > 0 && !has_pid(pids, pid))
			buf_put(pids, &pid, sizeof(pid));
	}
	return buf_failed(pids) ? -ENOMEM : 0;
}
