/* SPDX-License-Identifier: MIT */
#include "mount-helpers/job/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	MODE_MADE = 01555,
	MODE_MADE_PARENT = 01755,
	/* A parent's S_ISGID is inherited; fusermount3(1) wants to be able to write. */
	MODE_BITS = 05577,
	ATTEMPTS = 1000 /* to make it, while others remove it */
};

static bool is_marked(const struct stat *st)
{
	return S_ISDIR(st->st_mode) && (st->st_mode & MODE_BITS) == (MODE_MADE & MODE_BITS) &&
	       st->st_uid == geteuid();
}

static int make_folder(const char *pathname, mode_t mode)
{
	mode_t mask = umask(0);
	int r = mkdir(pathname, mode) < 0 ? -errno : 0;

	umask(mask);
	return r == -EEXIST ? 0 : r;
}

/* The folder and what is missing above it. */
static int make_all(const char *pathname)
{
	char part[PATH_MAX];
	int r = make_folder(pathname, MODE_MADE);

	if (r != -ENOENT)
		return r;
	if (snprintf(part, sizeof(part), "%s", pathname) >= (int)sizeof(part))
		return -ENAMETOOLONG;
	for (char *at = strchr(part + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = '\0';
		if (access(part, F_OK) < 0) {
			r = make_folder(part, MODE_MADE_PARENT);
			if (r < 0)
				return r;
		}
		*at = '/';
	}
	return make_folder(pathname, MODE_MADE);
}

static bool is_still_there(const char *pathname, const struct stat *st)
{
	struct stat now;

	return stat(pathname, &now) == 0 && now.st_dev == st->st_dev && now.st_ino == st->st_ino;
}

/* Have our part of the lock. Return: 0; -EAGAIN when it was removed meanwhile; a negative errno. */
static int lock_marked(const char *pathname, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!is_marked(&st))
		return 0;
	/* A failure is one of file systems without locks, where nobody removes it. */
	while (flock(fd, LOCK_SH) < 0 && errno == EINTR)
		;
	return is_still_there(pathname, &st) ? 0 : -EAGAIN;
}

static int open_once(const char *pathname, int *out)
{
	int fd = open(pathname, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (fd < 0 && errno == EACCES)
		fd = open(pathname, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = lock_marked(pathname, fd);
	if (r < 0)
		close(fd);
	else
		*out = fd;
	return r;
}

/* As fusermount3(1) has it: nobody covers folders of others, nor /tmp. */
static int check_rights(const char *pathname, int fd, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_set(err, -errno, "%s: %m", pathname);
	if (st.st_uid == geteuid())
		return 0;
	if (!(st.st_mode & S_ISVTX) && access(pathname, W_OK) == 0)
		return 0;
	return err_set(err, -EACCES,
			"%s: the folder is not yours; name one of your own, or one that is not "
			"there",
			pathname);
}

static int say(const char *pathname, int r, struct err *err)
{
	if (r == -ENOTDIR)
		return err_set(err, r, "%s: not a folder, or below what is none; name another",
				pathname);
	if (r == -ENOTCONN)
		return err_set(err, r, "%s: a dead mount is there; genofs umount %s ends it",
				pathname, pathname);
	return err_set(err, r, "%s: %s", pathname, strerror(-r));
}

int folder_open(const char *pathname, bool foreign, int *fd, struct err *err)
{
	int made = 0;
	int r = -EAGAIN;

	/* What is there may be removed before it is locked, and its parents while it is made. */
	for (int i = 0; r == -EAGAIN && i < ATTEMPTS; i++) {
		r = open_once(pathname, fd);
		if (r != -ENOENT)
			continue;
		made = make_all(pathname);
		if (made == 0 || made == -ENOENT)
			r = -EAGAIN;
	}
	if (r == -EAGAIN || (r == -ENOENT && made < 0))
		return err_set(err, made < 0 ? made : r, "%s cannot be made: %s", pathname,
				strerror(made < 0 ? -made : -r));
	if (r < 0)
		return say(pathname, r, err);
	return foreign ? check_rights(pathname, *fd, err) : 0;
}

void folder_let_write(int fd, bool yes)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && is_marked(&st))
		fchmod(fd, yes ? st.st_mode | S_IWUSR : st.st_mode & ~(mode_t)S_IWUSR);
}

void folder_remove(const char *pathname, int fd)
{
	char part[PATH_MAX];
	struct stat st;
	char *at;

	if (fstat(fd, &st) < 0 || !is_marked(&st) || flock(fd, LOCK_EX | LOCK_NB) < 0 ||
			rmdir(pathname) < 0)
		return;
	if (snprintf(part, sizeof(part), "%s", pathname) >= (int)sizeof(part))
		return;
	while ((at = strrchr(part, '/')) && at > part) {
		*at = '\0';
		if (stat(part, &st) < 0 || !is_marked(&st) || rmdir(part) < 0)
			return;
	}
}
