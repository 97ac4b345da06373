/* SPDX-License-Identifier: MIT */
#include "core/view/tables.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/view/scratch.h"

/* A text that lies in memory. */
static ssize_t read_text(const char *text, size_t text_len, void *buf, size_t len, uint64_t off)
{
	if (off >= text_len)
		return 0;
	if (len > text_len - off)
		len = text_len - (size_t)off;
	memcpy(buf, text + off, len);
	return (ssize_t)len;
}

static void put_u64(struct text_out *o, char before, uint64_t v)
{
	text_need(o, 32);
	*o->at++ = before;
	o->at += sprintf(o->at, "%" PRIu64, v);
}

/* The contigs that a dataset has records of. */
static void write_contigs(const struct dataset *d, struct text_out *o)
{
	uint32_t first = d->level == DATASET_STORE ? 0 : d->contig;
	uint32_t last = d->level == DATASET_STORE ? store_n_contigs(d->store) : d->contig + 1;
	static const char title[] = "#contig\tlength\trecords\tblocks\n";

	text_bytes(o, title, strlen(title));
	for (uint32_t i = first; i < last && !text_full(o); i++) {
		const struct contig_info *c = store_contig(d->store, i);
		uint64_t n_records = c->n_records;

		if (d->level == DATASET_BLOCK)
			n_records = store_chunk(d->store, d->first_chunk)->n_records;
		text_bytes(o, c->name.s, c->name.len);
		if (c->length)
			put_u64(o, '\t', c->length);
		else
			text_bytes(o, "\t.", 2);
		put_u64(o, '\t', n_records);
		put_u64(o, '\t', d->level == DATASET_BLOCK ? 1 : c->n_chunks);
		text_char(o, '\n');
	}
}

static void write_blocks(const struct dataset *d, struct text_out *o)
{
	static const char title[] = "#block\tcontig\tstart\tend\trecords\tbytes\n";

	text_bytes(o, title, strlen(title));
	for (uint32_t i = 0; i < d->n_chunks && !text_full(o); i++) {
		const struct chunk_info *c = store_chunk(d->store, d->first_chunk + i);
		const struct name *contig = &store_contig(d->store, c->contig)->name;

		text_need(o, 32);
		o->at += sprintf(o->at, "%06" PRIu32 "\t", c->index);
		text_bytes(o, contig->s, contig->len);
		text_char(o, '\t');
		text_i64(o, c->start + 1);
		text_char(o, '\t');
		text_i64(o, c->end);
		put_u64(o, '\t', c->n_records);
		put_u64(o, '\t', c->view_bytes[STORE_VIEW_CALLS]);
		text_char(o, '\n');
	}
}

static void ignore(void *arg, const char *p, size_t n)
{
	(void)arg;
	(void)p;
	(void)n;
}

/* The text of a kind, where it lies in memory as it is. */
static const char *text_of(const struct view_kind *k, const struct dataset *d, size_t *len)
{
	const struct table_kind *t = k->of;

	return t->text(d->store, len);
}

static int text_size(
		const struct view_kind *k, const struct dataset *d, uint64_t *out, struct err *err)
{
	size_t n;

	(void)err;
	text_of(k, d, &n);
	*out = n;
	return 0;
}

static ssize_t text_read(const struct view_kind *k, const struct dataset *d, void *buf, size_t len,
		uint64_t off, struct err *err)
{
	size_t n;
	const char *text = text_of(k, d, &n);

	(void)err;
	return read_text(text, n, buf, len, off);
}

/* A table's lines are made anew for each call: they are short, and nothing needs to be kept. */
static int lines_size(
		const struct view_kind *k, const struct dataset *d, uint64_t *out, struct err *err)
{
	const struct table_kind *t = k->of;
	struct view_scratch *scratch = view_scratch();
	struct text_out o;

	if (!scratch)
		return err_set(err, -ENOMEM, "out of memory");
	text_out_sink(&o, scratch->text, ignore, NULL);
	t->write(d, &o);
	text_flush(&o);
	*out = o.total;
	return 0;
}

static ssize_t lines_read(const struct view_kind *k, const struct dataset *d, void *buf, size_t len,
		uint64_t off, struct err *err)
{
	const struct table_kind *t = k->of;
	struct view_scratch *scratch = view_scratch();
	struct text_out o;

	if (!scratch)
		return err_set(err, -ENOMEM, "out of memory");
	if (!len)
		return 0;
	text_out_window(&o, scratch->text, buf, len, off);
	t->write(d, &o);
	text_flush(&o);
	return (ssize_t)(len - o.left);
}

const struct view_ops table_text_ops = { text_size, text_read, NULL };
const struct view_ops table_lines_ops = { lines_size, lines_read, NULL };

const struct table_kind table_header = { .text = store_header_text };
const struct table_kind table_samples = { .text = store_samples_text };
const struct table_kind table_contigs = { .write = write_contigs };
const struct table_kind table_blocks = { .write = write_blocks };
