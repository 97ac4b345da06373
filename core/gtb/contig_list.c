/* SPDX-License-Identifier: MIT */
#include "core/gtb/contig_list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/names.h"
#include "core/base/number.h"
#include "core/base/pread_all.h"

enum { LIST_BYTES_MAX = 16 << 20, COLUMNS_MAX = 16 };

enum column { COLUMN_NAME, COLUMN_PLOIDY, COLUMN_LENGTH, N_COLUMNS };

static const char *const column_names[N_COLUMNS] = { "chromosome", "ploidy", "length" };

/* A list being read. */
struct reading {
	struct contig_list list;
	int at[N_COLUMNS]; /* where each column stands; -1: not there */
	uint32_t cap;
	struct names *names; /* seen; owned */
	unsigned line;
};

int contig_list_default(uint32_t n, struct contig_list *out)
{
	static const char *const names[GTB_CONTIGS_V1] = { "1", "2", "3", "4", "5", "6", "7", "8",
		"9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "21", "22",
		"X", "Y", "MT" };

	out->contigs = calloc(n, sizeof(*out->contigs));
	if (!out->contigs)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		out->contigs[i] = (struct gtb_contig){ { names[i], strlen(names[i]) }, 2, 0 };
	out->n = n;
	return 0;
}

void contig_list_done(struct contig_list *l)
{
	free(l->contigs);
	free(l->text);
	*l = (struct contig_list){ 0 };
}

/* Cut at commas, in place. Return: columns, at most COLUMNS_MAX. */
static unsigned split(char *line, char **columns)
{
	unsigned n = 0;

	for (char *p = line; p && n < COLUMNS_MAX; n++)
		columns[n] = strsep(&p, ",");
	return n;
}

static int read_head(struct reading *r, char *line, struct err *err)
{
	char *columns[COLUMNS_MAX];
	unsigned n = split(line + 1, columns);

	for (unsigned c = 0; c < N_COLUMNS; c++) {
		r->at[c] = -1;
		for (unsigned i = 0; i < n; i++)
			if (strcasecmp(columns[i], column_names[c]) == 0)
				r->at[c] = (int)i;
	}
	if (r->at[COLUMN_NAME] < 0)
		return err_set(err, -EINVAL, "line %u: no column is called chromosome", r->line);
	return 0;
}

static bool is_name(const char *s)
{
	if (!*s)
		return false;
	for (; *s; s++)
		if (*s <= ' ' || *s == 0x7f || *s == '<' || *s == '>')
			return false;
	return true;
}

/* A line's number in @column, or @otherwise where the list does not have it. */
static int read_number(struct reading *r, char **columns, unsigned n, enum column column,
		uint64_t otherwise, uint64_t *out, struct err *err)
{
	int at = r->at[column];

	*out = otherwise;
	if (at < 0)
		return 0;
	if ((unsigned)at >= n || !number_parse(columns[at], 10, out))
		return err_set(err, -EINVAL, "line %u: its %s is not a number", r->line,
				column_names[column]);
	return 0;
}

static int add_contig(struct reading *r, char *line, struct err *err)
{
	char *columns[COLUMNS_MAX];
	unsigned n = split(line, columns);
	struct gtb_contig c = { 0 };
	uint64_t ploidy;
	uint32_t number;
	int ret;

	if ((unsigned)r->at[COLUMN_NAME] >= n || !is_name(columns[r->at[COLUMN_NAME]]))
		return err_set(err, -EINVAL, "line %u: no name of a contig", r->line);
	ret = read_number(r, columns, n, COLUMN_PLOIDY, 2, &ploidy, err);
	if (ret == 0)
		ret = read_number(r, columns, n, COLUMN_LENGTH, 0, &c.length, err);
	if (ret == 0 && ploidy != 1 && ploidy != 2)
		ret = err_set(err, -EINVAL, "line %u: the ploidy must be 1 or 2", r->line);
	if (ret < 0)
		return ret;
	c.name = (struct gtb_text){ columns[r->at[COLUMN_NAME]],
		strlen(columns[r->at[COLUMN_NAME]]) };
	c.ploidy = (unsigned)ploidy;
	ret = names_intern(r->names, c.name.s, c.name.len, &number);
	if (ret < 0)
		return err_set(err, ret, "line %u: too many contigs", r->line);
	if (number != r->list.n)
		return err_set(err, -EINVAL, "line %u: %.40s is there twice", r->line, c.name.s);
	if (r->list.n == r->cap) {
		uint32_t cap = r->cap ? 2 * r->cap : 64;
		struct gtb_contig *p = realloc(r->list.contigs, cap * sizeof(*p));

		if (!p)
			return err_set(err, -ENOMEM, "out of memory");
		r->list.contigs = p;
		r->cap = cap;
	}
	r->list.contigs[r->list.n++] = c;
	return 0;
}

static int read_line(struct reading *r, char *line, struct err *err)
{
	size_t n = strlen(line);

	if (n && line[n - 1] == '\r')
		line[n - 1] = '\0';
	r->line++;
	if (!*line || strncmp(line, "##", 2) == 0)
		return 0;
	if (*line == '#')
		return read_head(r, line, err);
	if (r->at[COLUMN_NAME] < 0)
		return err_set(err, -EINVAL,
				"line %u: the list must begin with #chromosome,ploidy,length",
				r->line);
	return add_contig(r, line, err);
}

/* All of the file, with a NUL behind it. */
static int load_text(const char *pathname, char **out, struct err *err)
{
	CLEANUP(closep) int fd = open(pathname, O_RDONLY | O_CLOEXEC);
	CLEANUP(freep) char *text = NULL;
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(err, -errno, "%m");
	if (!S_ISREG(st.st_mode) || st.st_size > LIST_BYTES_MAX)
		return err_set(err, -EINVAL, "no text file of at most 16 MiB");
	text = calloc(1, (size_t)st.st_size + 1);
	if (!text)
		return err_set(err, -ENOMEM, "out of memory");
	r = pread_all(fd, text, (size_t)st.st_size, 0, err);
	if (r == 0 && strlen(text) != (size_t)st.st_size)
		r = err_set(err, -EINVAL, "it contains a NUL byte, so it is no text");
	if (r < 0)
		return r;
	*out = text;
	text = NULL;
	return 0;
}

int contig_list_read(const char *pathname, struct contig_list *out, struct err *err)
{
	struct reading r = { .at = { -1, -1, -1 } };
	int ret = load_text(pathname, &r.list.text, err);
	char *p = r.list.text;

	if (ret == 0 && names_new(&r.names) < 0)
		ret = err_set(err, -ENOMEM, "out of memory");
	while (ret == 0 && p)
		ret = read_line(&r, strsep(&p, "\n"), err);
	if (ret == 0 && !r.list.n)
		ret = err_set(err, -EINVAL, "no contigs in it");
	names_free(r.names);
	if (ret < 0) {
		contig_list_done(&r.list);
		return err_prefix(err, ret, "list of contigs %s", pathname);
	}
	*out = r.list;
	return 0;
}
