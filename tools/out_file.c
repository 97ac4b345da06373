/* SPDX-License-Identifier: MIT */
#include "tools/out_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/whole_file.h"

struct out_file {
	struct whole_file whole; /* none where it is written in place */
	int fd;                  /* of @whole; standard output; or owned */
	bool own;
	const char *pathname; /* borrowed; for messages */
};

int out_file_check(const char *pathname, const char *source, struct err *err)
{
	struct stat out;
	struct stat in;

	if (stat(pathname, &out) < 0 || stat(source, &in) < 0 || out.st_dev != in.st_dev ||
			out.st_ino != in.st_ino)
		return 0;
	return err_set(err, -EINVAL, "%s: is the source and the output; name another output",
			pathname);
}

/* What no other file can take the place of. */
static bool is_in_place(const char *pathname)
{
	struct stat st;

	return stat(pathname, &st) == 0 && !S_ISREG(st.st_mode);
}

static int open_any(struct out_file *f, struct err *err)
{
	int r;

	if (strcmp(f->pathname, "-") == 0) {
		f->pathname = "standard output";
		f->fd = STDOUT_FILENO;
		return 0;
	}
	if (is_in_place(f->pathname)) {
		f->fd = open(f->pathname, O_WRONLY | O_CLOEXEC);
		f->own = f->fd >= 0;
		return f->own ? 0 : err_set(err, -errno, "%s: %m", f->pathname);
	}
	r = whole_file_open(f->pathname, &f->whole, err);
	f->fd = f->whole.fd;
	return r;
}

int out_file_new(const char *pathname, struct out_file **out, struct err *err)
{
	CLEANUP(out_file_freep) struct out_file *f = calloc(1, sizeof(*f));
	int r;

	if (!f)
		return err_set(err, -ENOMEM, "%s: out of memory", pathname);
	f->whole.fd = -1;
	f->pathname = pathname;
	r = open_any(f, err);
	if (r < 0)
		return r;
	*out = f;
	f = NULL;
	return 0;
}

void out_file_free(struct out_file *f)
{
	if (!f)
		return;
	whole_file_done(&f->whole);
	if (f->own)
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

	return write_all(o->fd, o->pathname, p, n, err);
}

int out_file_finish(struct out_file *f, struct err *err)
{
	return f->whole.fd < 0 ? 0 : whole_file_publish(&f->whole, err);
}
