/* SPDX-License-Identifier: MIT */
/*
 * Tables as text: a header, then lines, that a text_writer writes a few of at a time.
 *
 * Where writing a line takes more than what the pangenome keeps, that is gathered when the file is
 * made and kept with it: a struct table. It is read-only then; any thread may read it.
 */
#ifndef GENOFS_PANGENOME_TABLE_H
#define GENOFS_PANGENOME_TABLE_H

#include "core/base/buf.h"
#include "core/pangenome/file.h"
#include "core/pangenome/pangenome.h"
#include "core/pangenome/text.h"

enum {
	TABLE_CALL = 48 << 10, /* bytes of a call of a writer, and what is left of a line */
	TABLE_NUMBER_MAX = 24, /* digits and more of a number in a long line */
};

/* --- lines --- */

/**
 * table_line - write line @row
 * @item: 0, or where in a long line to go on
 * @stop: where text_written() is past it, the line may be left, @item moved on and not 0
 *
 * Return: 1 where the line is complete; 0 where there is more of it; a negative errno.
 */
typedef int table_line(const void *of, uint64_t row, uint64_t *item, uint64_t stop,
		struct text_out *out, struct err *err);

/* Some of @n lines, behind @header, which may be NULL. Uses up two numbers of @state. Return: as a
 * text_writer. */
int table_write(const void *of, const char *header, uint64_t n, table_line *line,
		struct text_state *state, struct text_out *out, struct err *err);

void text_words(struct text_out *o, const char *words);
/* A name, "." where it is empty. */
void text_name(struct text_out *o, struct name name);
/* sample#haplotype#contig; of a generic path its contig alone. */
void text_path_name(struct text_out *o, const struct path_info *info);

/* A tab, then the number. */
static inline void text_tab_number(struct text_out *o, uint64_t v)
{
	text_char(o, '\t');
	text_i64(o, (int64_t)v);
}

/* --- tables that keep something --- */

struct table {
	text_writer *write; /* of a struct table */
	const struct graph *graph;
	const struct catalog *catalog;
	const struct parts *parts;   /* NULL where gather() did not ask for them */
	const struct layout *layout; /* likewise */
	uint64_t first;              /* the table's own */
	struct buf rows;             /* likewise: what the lines are of */
	struct buf items;            /* and lists that stand in them */
	struct text text;
};

/**
 * table_make() - make a file that is a table
 * @gather: sets what the lines are written from
 * @write:  of the struct table; its text is as long as it says
 *
 * Return: 0; what @gather and text_make() return.
 */
int table_make(struct pg_file *f, int (*gather)(struct pg_file *f, struct table *t, struct err *e),
		text_writer *write, struct err *err);
/* For the rows of pg_file_kinds[]. */
int table_read(const struct pg_file *f, char *buf, size_t len, uint64_t off, struct err *err);
void table_free(struct pg_file *f);

#endif
