/* SPDX-License-Identifier: MIT */
#include "core/pangenome/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- lines --- */

int table_write(const void *of, const char *header, uint64_t n, table_line *line,
		struct text_state *state, struct text_out *out, struct err *err)
{
	/* Lines begun or written, and 1 once the header is; what is written of the last. */
	uint64_t *at = &state->v[0];
	uint64_t *item = &state->v[1];
	uint64_t stop = text_written(out) + TABLE_CALL;

	if (*at > n)
		return 0;
	if (!*at) {
		(*at)++;
		if (header) {
			text_words(out, header);
			return 1;
		}
		if (!n)
			return 0;
	}
	do {
		int r = line(of, *at - 1, item, stop, out, err);

		if (r < 0)
			return r;
		if (r) {
			(*at)++;
			*item = 0;
		}
	} while (*at <= n && text_written(out) < stop && !text_full(out));
	return 1;
}

void text_words(struct text_out *o, const char *words)
{
	text_bytes(o, words, strlen(words));
}

void text_name(struct text_out *o, struct name name)
{
	if (name.len)
		text_bytes(o, name.s, name.len);
	else
		text_char(o, '.');
}

void text_path_name(struct text_out *o, const struct path_info *info)
{
	if (info->sense != PATH_GENERIC) {
		text_bytes(o, info->sample.s, info->sample.len);
		text_char(o, '#');
		text_i64(o, info->haplotype);
		text_char(o, '#');
	}
	text_name(o, info->contig);
}

/* --- tables that keep something --- */

static void table_done(struct table *t)
{
	text_done(&t->text);
	buf_done(&t->items);
	buf_done(&t->rows);
	free(t);
}

int table_make(struct pg_file *f, int (*gather)(struct pg_file *f, struct table *t, struct err *e),
		text_writer *write, struct err *err)
{
	struct table *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return err_set(err, -ENOMEM, "out of memory");
	t->write = write;
	t->graph = pangenome_graph(f->pangenome);
	t->catalog = pangenome_catalog(f->pangenome);
	r = gather(f, t, err);
	if (r == 0 && (buf_failed(&t->rows) || buf_failed(&t->items)))
		r = err_set(err, -ENOMEM, "out of memory");
	if (r == 0)
		r = text_make(write, t, &t->text, err);
	if (r < 0) {
		table_done(t);
		return r;
	}
	f->size = t->text.size;
	f->at_hand = text_is_whole(&t->text);
	f->made = t;
	f->made_bytes = sizeof(*t) + t->rows.cap + t->items.cap + text_bytes_kept(&t->text);
	return 0;
}

int table_read(const struct pg_file *f, char *buf, size_t len, uint64_t off, struct err *err)
{
	const struct table *t = f->made;

	return text_read(&t->text, t->write, t, buf, len, off, err);
}

void table_free(struct pg_file *f)
{
	if (f->made)
		table_done(f->made);
	f->made = NULL;
}
