/* SPDX-License-Identifier: MIT */
#include "tools/out_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/cleanup.h"

struct out_file {
	int fd;               /* owned, unless it is standard output */
	const char *pathname; /* borrowed; for messages */
	char *temporary; /* its name before it is renamed; owned; NULL: it is written in place */
	bool named;      /* there is a file of that name */
};

/* What no other file can take the place of. */
static bool is_in_place(const char *pathname)
{
	struct stat st;

	return stat(pathname, &st) == 0 && !S_ISREG(st.st_mode);
}

/* A file without a name vanishes with its writer, however that ends. */
static int open_unnamed(struct out_file *f)
{
	CLEANUP(freep) char *copy = strdup(f->pathname);

	if (!copy)
		return -ENOMEM;
	f->fd = open(dirname(copy), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
	return f->fd < 0 ? -errno : 0;
}

/* Where there is no such thing: one with a name beside that of the target. */
static int open_named(struct out_file *f)
{
	f->fd = open(f->temporary, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
	f->named = f->fd >= 0;
	return f->fd < 0 ? -errno : 0;
}

static int open_whole(struct out_file *f, struct err *err)
{
	int r;

	f->fd = -1;
	if (asprintf(&f->temporary, "%s.%d.tmp", f->pathname, (int)getpid()) < 0) {
		f->temporary = NULL;
		return err_set(err, -ENOMEM, "%s: out of memory", f->pathname);
	}
	r = open_unnamed(f);
	if (r == -EOPNOTSUPP || r == -EISDIR || r == -EINVAL)
		r = open_named(f);
	if (r < 0)
		return err_set(err, r, "%s: cannot write there: %s", f->pathname, strerror(-r));
	return 0;
}

int out_file_new(const char *pathname, struct out_file **out, struct err *err)
{
	CLEANUP(out_file_freep) struct out_file *f = calloc(1, sizeof(*f));

	if (!f)
		return err_set(err, -ENOMEM, "%s: out of memory", pathname);
	f->fd = STDOUT_FILENO;
	f->pathname = pathname;
	if (strcmp(pathname, "-") == 0) {
		f->pathname = "standard output";
	} else if (is_in_place(pathname)) {
		f->fd = open(pathname, O_WRONLY | O_CLOEXEC);
		if (f->fd < 0)
			return err_set(err, -errno, "%s: %m", pathname);
	} else {
		int r = open_whole(f, err);

		if (r < 0)
			return r;
	}
	*out = f;
	f = NULL;
	return 0;
}

void out_file_free(struct out_file *f)
{
	if (!f)
		return;
	if (f->named)
		unlink(f->temporary);
	free(f->temporary);
	if (f->fd >= 0 && f->fd != STDOUT_FILENO)
		close(f->fd);
	free(f);
}

void out_file_freep(struct out_file **f)
{
	out_file_free(*f);
}

int out_file_write(void *f, const void *p, size_t n, struct err *err)
{
	const struct out_file *o = f;
	const char *at = p;

	while (n) {
		ssize_t done = write(o->fd, at, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return err_set(err, -errno, "%s: cannot write: %m", o->pathname);
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

int out_file_finish(struct out_file *f, struct err *err)
{
	char unnamed[40];

	if (!f->temporary)
		return 0;
	if (!f->named) {
		snprintf(unnamed, sizeof(unnamed), "/proc/self/fd/%d", f->fd);
		unlink(f->temporary);
		if (linkat(AT_FDCWD, unnamed, AT_FDCWD, f->temporary, AT_SYMLINK_FOLLOW) < 0)
			return err_set(err, -errno, "%s: cannot be given its name: %m",
					f->pathname);
		f->named = true;
	}
	if (rename(f->temporary, f->pathname) < 0)
		return err_set(err, -errno, "%s: cannot be given its name: %m", f->pathname);
	f->named = false;
	return 0;
}
