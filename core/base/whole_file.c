/* SPDX-License-Identifier: MIT */
#include "core/base/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int split_pathname(struct whole_file *f)
{
	const char *slash = strrchr(f->pathname, '/');

	if (!slash)
		f->folder = strdup(".");
	else if (slash == f->pathname)
		f->folder = strdup("/");
	else
		f->folder = strndup(f->pathname, (size_t)(slash - f->pathname));
	return f->folder ? 0 : -ENOMEM;
}

static int open_unnamed(struct whole_file *f)
{
	f->fd = open(f->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (f->fd < 0)
		return -errno;
	if (asprintf(&f->temporary, "/proc/self/fd/%d", f->fd) < 0) {
		f->temporary = NULL;
		return -ENOMEM;
	}
	return 0;
}

static int open_named(struct whole_file *f)
{
	if (asprintf(&f->temporary, "%s.XXXXXX", f->pathname) < 0) {
		f->temporary = NULL;
		return -ENOMEM;
	}
	f->fd = mkostemp(f->temporary, O_CLOEXEC);
	if (f->fd < 0)
		return -errno;
	f->named = true;
	return 0;
}

int whole_file_open(const char *pathname, struct whole_file *f, struct err *err)
{
	int r;

	*f = (struct whole_file){ .fd = -1, .pathname = strdup(pathname) };
	if (!f->pathname || split_pathname(f) < 0)
		return err_set(err, -ENOMEM, "%s: out of memory", pathname);
	r = open_unnamed(f);
	if (r == -EOPNOTSUPP || r == -EISDIR || r == -EINVAL)
		r = open_named(f);
	return r < 0 ? err_set(err, r, "%s: cannot write there: %s", pathname, strerror(-r)) : 0;
}

int write_all(int fd, const char *pathname, const void *p, size_t n, struct err *err)
{
	const uint8_t *at = p;

	while (n) {
		ssize_t done = write(fd, at, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return err_set(err, -errno, "%s: cannot write: %m%s", pathname,
					errno == ENOSPC || errno == EDQUOT
							? "; free some space and run it again"
							: "");
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

static int cannot_name(const struct whole_file *f, struct err *err)
{
	return err_set(err, -errno, "%s: cannot be given its name: %m", f->pathname);
}

/* One with a name can be renamed over an older file. */
static int give_name(struct whole_file *f, struct err *err)
{
	char *name;

	if (asprintf(&name, "%s.%d.tmp", f->pathname, (int)getpid()) < 0)
		return err_set(err, -ENOMEM, "%s: out of memory", f->pathname);
	unlink(name);
	if (linkat(AT_FDCWD, f->temporary, AT_FDCWD, name, AT_SYMLINK_FOLLOW) < 0) {
		int r = cannot_name(f, err);

		free(name);
		return r;
	}
	free(f->temporary);
	f->temporary = name;
	f->named = true;
	return 0;
}

int whole_file_publish(struct whole_file *f, struct err *err)
{
	int r = f->named ? 0 : give_name(f, err);
	int dir;

	if (r < 0)
		return r;
	if (rename(f->temporary, f->pathname) < 0)
		return cannot_name(f, err);
	f->named = false;
	/* The name itself is durable once its folder is. */
	dir = open(f->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir >= 0) {
		fsync(dir);
		close(dir);
	}
	return 0;
}

void whole_file_done(struct whole_file *f)
{
	if (f->named)
		unlink(f->temporary);
	if (f->fd >= 0)
		close(f->fd);
	free(f->pathname);
	free(f->folder);
	free(f->temporary);
	*f = (struct whole_file){ .fd = -1 };
}
