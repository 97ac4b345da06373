/* SPDX-License-Identifier: MIT */
#include "fs/sources.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/cleanup.h"
#include "core/base/pread_all.h"
#include "core/base/words.h"
#include "core/graph/gbz.h"
#include "core/gtb/gtb.h"
#include "core/store/layout.h"

enum { LIST_BYTES_MAX = 1 << 20 };

/* Sources that lists have been put into. */
struct expansion {
	struct source_arg *args; /* owned */
	unsigned n;
};

int source_arg_parse(const char *arg, struct source_arg *out, struct err *err)
{
	const char *name = arg;

	*out = (struct source_arg){ 0 };
	arg = words_source(arg);
	if (arg != name) {
		out->name = strndup(name, (size_t)(arg - name) - 1);
		if (!out->name)
			return err_set(err, -ENOMEM, "out of memory");
	}
	if (*arg == '\0')
		return err_set(err, -EINVAL,
				"'%s%s': a SOURCE is a store, a GTB or GBZ file, a list of them, "
				"or shm:NAME",
				out->name ? out->name : "", out->name ? "=" : "");
	out->pathname = strdup(arg);
	if (out->pathname)
		return 0;
	err_set(err, -ENOMEM, "out of memory");
	return -ENOMEM;
}

void source_arg_done(struct source_arg *source)
{
	free(source->name);
	free(source->pathname);
	free(source->listed);
}

static void expansion_done(struct expansion *e)
{
	for (unsigned i = 0; i < e->n; i++)
		source_arg_done(&e->args[i]);
	free(e->args);
}

/* ---- what is a list ---- */

static bool begins_with(const struct buf *text, const void *s, size_t len)
{
	return text->len >= len && memcmp(text->data, s, len) == 0;
}

static bool is_text(const struct buf *text)
{
	for (size_t i = 0; i < text->len; i++) {
		uint8_t c = text->data[i];

		if ((c < ' ' && c != '\n' && c != '\r' && c != '\t') || c == 0x7f)
			return false;
	}
	return text->len > 0;
}

/* Return: 1, with all of its bytes and a NUL behind them, where the file is a list; 0; -ENOMEM. */
static int read_list(const char *pathname, struct buf *text)
{
	static const char vcf[] = "##fileformat=";
	const uint32_t gbz = htole32(GBZ_TAG);
	CLEANUP(closep) int fd = -1;
	struct stat st;

	if (strncmp(pathname, SHM_PREFIX, strlen(SHM_PREFIX)) == 0 || stat(pathname, &st) < 0 ||
			!S_ISREG(st.st_mode) || st.st_size > LIST_BYTES_MAX ||
			gtb_looks_like(pathname))
		return 0;
	fd = open(pathname, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return 0;
	if (!buf_reserve(text, (size_t)st.st_size + 1) || !text->data)
		return -ENOMEM;
	if (pread_all(fd, text->data, (size_t)st.st_size, 0, NULL) < 0)
		return 0;
	text->len = (size_t)st.st_size;
	text->data[text->len] = '\0';
	return is_text(text) && !begins_with(text, STORE_MAGIC, STORE_MAGIC_LEN) &&
	       !begins_with(text, &gbz, sizeof(gbz)) && !begins_with(text, vcf, strlen(vcf));
}

/* ---- what is in it ---- */

/* Where the arguments go on being @from's; @from keeps what was not taken. */
static int append(struct expansion *to, struct source_arg *from, struct err *err)
{
	struct source_arg *args = reallocarray(to->args, to->n + 1u, sizeof(*args));

	if (!args)
		return err_set(err, -ENOMEM, "out of memory");
	to->args = args;
	args[to->n++] = *from;
	*from = (struct source_arg){ 0 };
	return 0;
}

/* From the list's folder, where it is relative. */
static int resolve(const char *list, struct source_arg *source)
{
	const char *slash = strrchr(list, '/');
	char *pathname;

	if (!slash || *source->pathname == '/' ||
			strncmp(source->pathname, SHM_PREFIX, strlen(SHM_PREFIX)) == 0)
		return 0;
	if (asprintf(&pathname, "%.*s/%s", (int)(slash - list), list, source->pathname) < 0)
		return -ENOMEM;
	free(source->pathname);
	source->pathname = pathname;
	return 0;
}

static int add_line(struct expansion *e, const char *list, unsigned number, const char *line,
		struct err *err)
{
	CLEANUP(source_arg_done) struct source_arg source = { 0 };
	CLEANUP(buf_done) struct buf text = { 0 };
	int r = source_arg_parse(line, &source, err);

	if (r < 0 || !source.pathname)
		return r;
	if (resolve(list, &source) < 0 ||
			asprintf(&source.listed, "%s: line %u", list, number) < 0) {
		source.listed = NULL;
		return err_set(err, -ENOMEM, "out of memory");
	}
	r = read_list(source.pathname, &text);
	if (r < 0)
		return err_set(err, r, "out of memory");
	if (r == 1)
		return err_set(err, -EINVAL,
				"%s is text, and a list cannot name other lists: name the sources "
				"themselves",
				source.pathname);
	return append(e, &source, err);
}

/* @text: changed. */
static int add_list(struct expansion *e, const char *list, char *text, struct err *err)
{
	const unsigned before = e->n;
	unsigned number = 0;
	char *line;

	while ((line = strsep(&text, "\n"))) {
		size_t len;
		int r;

		number++;
		line += strspn(line, " \t\r");
		for (len = strlen(line); len && strchr(" \t\r", line[len - 1]); len--)
			;
		line[len] = '\0';
		if (len == 0 || *line == '#')
			continue;
		r = add_line(e, list, number, line, err);
		if (r < 0)
			return err_prefix(err, r, "%s: line %u", list, number);
	}
	return e->n > before ? 0
			     : err_set(err, -EINVAL,
					       "%s: a list without sources; write one "
					       "[NAME=]SOURCE a line",
					       list);
}

static int expand(struct expansion *e, const struct source_arg *arg, struct err *err)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	CLEANUP(source_arg_done) struct source_arg copy = { 0 };
	int r = read_list(arg->pathname, &text);

	if (r == 1 && arg->name)
		return err_set(err, -EINVAL, "%s: a list of sources has no NAME; write names in it",
				arg->pathname);
	if (r == 1)
		return add_list(e, arg->pathname, (char *)text.data, err);
	copy.pathname = strdup(arg->pathname);
	if (arg->name)
		copy.name = strdup(arg->name);
	if (r < 0 || !copy.pathname || (arg->name && !copy.name))
		return err_set(err, -ENOMEM, "out of memory");
	return append(e, &copy, err);
}

int source_args_expand(struct source_arg **args, unsigned *n, struct err *err)
{
	CLEANUP(expansion_done) struct expansion e = { 0 };
	struct expansion given = { .args = *args, .n = *n };

	for (unsigned i = 0; i < given.n; i++) {
		int r = expand(&e, &given.args[i], err);

		if (r < 0)
			return r;
	}
	expansion_done(&given);
	*args = e.args;
	*n = e.n;
	e = (struct expansion){ 0 };
	return 0;
}
