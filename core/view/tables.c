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

int header_size(const struct dataset *d, uint64_t *out, struct err *err)
{
	size_t n;

	(void)err;
	store_header_text(d->store, &n);
	*out = n;
	return 0;
}

ssize_t header_read(const struct dataset *d, void *buf, size_t len, uint64_t off, struct err *err)
{
	size_t n;
	const char *text = store_header_text(d->store, &n);

	(void)err;
	return read_text(text, n, buf, len, off);
}

int samples_size(const struct dataset *d, uint64_t *out, struct err *err)
{
	size_t n;

	(void)err;
	store_samples_text(d->store, &n);
	*out = n;
	return 0;
}

ssize_t samples_read(const struct dataset *d, void *buf, size_t len, uint64_t off, struct err *err)
{
	size_t n;
	const char *text = store_samples_text(d->store, &n);

	(void)err;
	return read_text(text, n, buf, len, off);
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

typedef void (*table_writer)(const struct dataset *d, struct text_out *o);

static void ignore(void *arg, const char *p, size_t n)
{
	(void)arg;
	(void)p;
	(void)n;
}

/* A table's lines are made anew for each call: they are short, and nothing needs to be kept. */
static int table_size(const struct dataset *d, table_writer write, uint64_t *out, struct err *err)
{
	struct view_scratch *scratch = view_scratch();
	struct text_out o;

	if (!scratch)
		return err_set(err, -ENOMEM, "out of memory");
	text_out_sink(&o, scratch->text, ignore, NULL);
	write(d, &o);
	text_flush(&o);
	*out = o.total;
	return 0;
}

static ssize_t table_read(const struct dataset *d, table_writer write, void *buf, size_t len,
		uint64_t off, struct err *err)
{
	struct view_scratch *scratch = view_scratch();
	struct text_out o;

	if (!scratch)
		return err_set(err, -ENOMEM, "out of memory");
	if (!len)
		return 0;
	text_out_window(&o, scratch->text, buf, len, off);
	write(d, &o);
	text_flush(&o);
	return (ssize_t)(len - o.left);
}

int contigs_size(const struct dataset *d, uint64_t *out, struct err *err)
{
	return table_size(d, write_contigs, out, err);
}

ssize_t contigs_read(const struct dataset *d, void *buf, size_t len, uint64_t off, struct err *err)
{
	return table_read(d, write_contigs, buf, len, off, err);
}

int blocks_size(const struct dataset *d, uint64_t *out, struct err *err)
{
	return table_size(d, write_blocks, out, err);
}

ssize_t blocks_read(const struct dataset *d, void *buf, size_t len, uint64_t off, struct err *err)
{
	return table_read(d, write_blocks, buf, len, off, err);
}
