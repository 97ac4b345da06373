/* SPDX-License-Identifier: MIT */
#include "core/view/tables.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/view/heads.h"
#include "core/view/measure.h"
#include "core/view/query.h"
#include "core/view/scratch.h"
#include "core/view/vcf_rows.h"

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

/* A line of contigs.tsv; nothing for a contig without records. */
static void write_contig(const struct dataset *d, uint32_t contig, uint64_t n_records,
		uint32_t n_blocks, struct text_out *o)
{
	const struct contig_info *c = store_contig(d->store, contig);

	if (!n_records)
		return;
	text_bytes(o, c->name.s, c->name.len);
	if (c->length)
		put_u64(o, '\t', c->length);
	else
		text_bytes(o, "\t.", 2);
	put_u64(o, '\t', n_records);
	put_u64(o, '\t', n_blocks);
	text_char(o, '\n');
}

/* The contigs that a dataset has records of. */
static void write_contigs(const struct dataset *d, struct text_out *o)
{
	static const char title[] = "#contig\tlength\trecords\tblocks\n";
	uint64_t n_records = 0;
	uint32_t n_blocks = 0;
	uint32_t contig = 0;

	text_bytes(o, title, strlen(title));
	if (d->level == DATASET_STORE && !d->query) {
		for (uint32_t i = 0; i < store_n_contigs(d->store) && !text_full(o); i++)
			write_contig(d, i, store_contig(d->store, i)->n_records,
					store_contig(d->store, i)->n_chunks, o);
		return;
	}
	for (uint32_t i = 0; i < d->n_chunks && !text_full(o); i++) {
		uint32_t of = store_chunk(d->store, dataset_chunk(d, i))->contig;

		if (n_blocks && of != contig) {
			write_contig(d, contig, n_records, n_blocks, o);
			n_records = 0;
			n_blocks = 0;
		}
		contig = of;
		n_records += rows_count_chunk(d, i);
		n_blocks++;
	}
	write_contig(d, contig, n_records, n_blocks, o);
}

static int prepare_blocks(const struct dataset *d, struct err *err)
{
	return measure_chunks(&view_kinds[0], d, err);
}

/* Bytes are those of the whole block in calls.vcf with all samples. */
static void write_blocks(const struct dataset *d, struct text_out *o)
{
	static const char title[] = "#block\tcontig\tstart\tend\trecords\tbytes\n";

	text_bytes(o, title, strlen(title));
	for (uint32_t i = 0; i < d->n_chunks && !text_full(o); i++) {
		const struct chunk_info *c = store_chunk(d->store, dataset_chunk(d, i));
		const struct name *contig = &store_contig(d->store, c->contig)->name;

		text_need(o, 32);
		o->at += sprintf(o->at, "%06" PRIu32 "\t", c->index);
		text_bytes(o, contig->s, contig->len);
		text_char(o, '\t');
		text_i64(o, c->start + 1);
		text_char(o, '\t');
		text_i64(o, c->end);
		put_u64(o, '\t', rows_count_chunk(d, i));
		put_u64(o, '\t', measure_sum(&vcf_calls_rows, d->store, dataset_chunk(d, i), 1));
		text_char(o, '\n');
	}
}

/* The text of a kind, where it lies in memory as it is or in @room. */
static int text_of(const struct view_kind *k, const struct dataset *d, struct buf *room,
		struct row_head *out, struct err *err)
{
	const struct table_kind *t = k->of;
	int r = t->text(d, room, out);

	return r < 0 ? err_set(err, r, "out of memory") : 0;
}

static int text_size(
		const struct view_kind *k, const struct dataset *d, uint64_t *out, struct err *err)
{
	CLEANUP(buf_done) struct buf room = { 0 };
	struct row_head text = { 0 };
	int r = text_of(k, d, &room, &text, err);

	*out = text.len;
	return r;
}

static ssize_t text_read(const struct view_kind *k, const struct dataset *d, void *buf, size_t len,
		uint64_t off, struct err *err)
{
	CLEANUP(buf_done) struct buf room = { 0 };
	struct row_head text = { 0 };
	int r = text_of(k, d, &room, &text, err);

	return r < 0 ? r : read_text(text.p, text.len, buf, len, off);
}

static int samples_text(const struct dataset *d, struct buf *room, struct row_head *out)
{
	int r;

	if (!d->query || !query_samples(d->query)) {
		out->p = store_samples_text(d->store, &out->len);
		return 0;
	}
	r = put_sample_names(d, '\n', room);
	*out = (struct row_head){ .p = room->data, .len = room->len };
	return r;
}

/* A table's lines are made anew for each call: they are short, and nothing needs to be kept. */
static int lines_size(
		const struct view_kind *k, const struct dataset *d, uint64_t *out, struct err *err)
{
	const struct table_kind *t = k->of;
	struct view_scratch *scratch = view_scratch();
	struct text_out o;
	int r = t->prepare ? t->prepare(d, err) : 0;

	if (r < 0)
		return r;
	if (!scratch)
		return err_set(err, -ENOMEM, "out of memory");
	text_out_count(&o, scratch->text);
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
	int r = t->prepare ? t->prepare(d, err) : 0;

	if (r < 0)
		return r;
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

const struct table_kind table_header = { .text = head_of_calls };
const struct table_kind table_samples = { .text = samples_text };
const struct table_kind table_contigs = { .write = write_contigs };
const struct table_kind table_blocks = { .prepare = prepare_blocks, .write = write_blocks };
