/* SPDX-License-Identifier: MIT */
#include "core/view/rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"

static const struct row_kind *rows_of(const struct view_kind *k)
{
	return k->of;
}

/* Bytes of rows before chunk @i of the dataset; for @i = n_chunks all of them. */
static uint64_t rows_before(const struct row_kind *k, const struct dataset *d, uint32_t i)
{
	const struct chunk_info *first = store_chunk(d->store, d->first_chunk);
	const struct chunk_info *last;

	if (!i)
		return 0;
	last = store_chunk(d->store, d->first_chunk + i - 1);
	return last->view_offset[k->view] + last->view_bytes[k->view] - first->view_offset[k->view];
}

static int head_of(const struct row_kind *k, const struct dataset *d, struct buf *room,
		struct row_head *out, struct err *err)
{
	int r = k->head(d, room, out);

	if (r == 0 && buf_failed(room))
		r = -ENOMEM;
	return r < 0 ? err_set(err, r, "%s: %s", store_pathname(d->store), strerror(-r)) : 0;
}

int rows_head_size(
		const struct view_kind *k, const struct dataset *d, uint64_t *out, struct err *err)
{
	CLEANUP(buf_done) struct buf room = { 0 };
	struct row_head head = { 0 };
	int r = head_of(rows_of(k), d, &room, &head, err);

	if (r == 0)
		*out = head.len;
	return r;
}

static int add_up(const struct dataset *d, uint64_t head, uint64_t rows, uint64_t *out,
		struct err *err)
{
	if (__builtin_add_overflow(head, rows, out) || *out > INT64_MAX)
		return err_set(err, -EOVERFLOW, "%s: view is too large", store_pathname(d->store));
	return 0;
}

static int row_size(
		const struct view_kind *k, const struct dataset *d, uint64_t *out, struct err *err)
{
	uint64_t head = 0;
	int r = rows_head_size(k, d, &head, err);

	return r < 0 ? r : add_up(d, head, rows_before(rows_of(k), d, d->n_chunks), out, err);
}

/* The last of @n whose @before(..) is at or before @at. */
static uint32_t chunk_of(const struct row_kind *k, const struct dataset *d, uint64_t at)
{
	uint32_t low = 0;
	uint32_t high = d->n_chunks - 1;

	while (low < high) {
		uint32_t middle = low + (high - low + 1) / 2;

		if (rows_before(k, d, middle) <= at)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

/* The row that has byte @at of the block's. */
static uint32_t row_of(const uint64_t *offset, uint32_t n, uint64_t at)
{
	uint32_t low = 0;
	uint32_t high = n - 1;

	while (low < high) {
		uint32_t middle = low + (high - low + 1) / 2;

		if (offset[middle] <= at)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

struct vcf_text row_text(const struct store *s, uint32_t chunk)
{
	uint32_t contig = store_chunk(s, chunk)->contig;

	return (struct vcf_text){ .keys = store_keys(s),
		.n_keys = store_n_keys(s),
		.gt_key = store_gt_key(s),
		.n_samples = store_n_samples(s),
		.contig_id = store_contig(s, contig)->bcf_id,
		.contig = store_contig(s, contig)->name };
}

/* @at: room for one more than the block has records. */
static int measure(const struct row_kind *k, const struct vcf_text *v, const struct block *b,
		struct view_scratch *s, uint64_t *at)
{
	at[0] = 0;
	for (uint32_t i = 0; i < b->n_records; i++) {
		uint64_t n;
		int r = k->length(v, &b->records[i], s, &n);

		if (r < 0)
			return r;
		if (__builtin_add_overflow(at[i], n, &at[i + 1]))
			return -EBADMSG;
	}
	return at[b->n_records] == store_chunk(b->store, b->chunk)->view_bytes[k->view] ? 0
											: -EBADMSG;
}

static int reserve_offsets(struct row_offsets *o, uint32_t n)
{
	uint64_t *at;

	if (n <= o->max)
		return 0;
	at = realloc(o->at, n * sizeof(*at));
	if (!at)
		return -ENOMEM;
	o->at = at;
	o->max = n;
	return 0;
}

/* Where each of the block's rows begins, and where the last one ends. */
static int offsets_of(const struct row_kind *k, const struct vcf_text *v, const struct block *b,
		struct view_scratch *s, const uint64_t **out)
{
	struct row_offsets *o = &s->offsets;
	const uint64_t *kept;
	int r;

	kept = k->length ? block_offsets(b, k) : b->view_offset[k->view];
	if (kept) {
		*out = kept;
		return 0;
	}
	if (o->kind == k && o->store == b->store && o->chunk == b->chunk) {
		*out = o->at;
		return 0;
	}
	o->kind = NULL;
	r = reserve_offsets(o, b->n_records + 1);
	if (r == 0)
		r = measure(k, v, b, s, o->at);
	if (r < 0)
		return r;
	o->kind = k;
	o->store = b->store;
	o->chunk = b->chunk;
	*out = o->at;
	block_keep_offsets(b, k, o->at);
	return 0;
}

/* Bytes [@at, @at + @len) of a block's rows; they are all there. */
static int render(const struct row_kind *k, const struct block *b, uint64_t at, char *buf,
		size_t len, struct err *err)
{
	struct vcf_text v = row_text(b->store, b->chunk);
	struct view_scratch *scratch = view_scratch();
	const uint64_t *offset;
	struct text_out o;
	int r;

	if (!scratch)
		return err_set(err, -ENOMEM, "out of memory");
	r = offsets_of(k, &v, b, scratch, &offset);
	if (r == 0) {
		uint32_t i = row_of(offset, b->n_records, at);

		text_out_window(&o, scratch->text, buf, len, at - offset[i]);
		for (; r == 0 && i < b->n_records && !text_full(&o); i++)
			r = k->put(&v, &b->records[i], offset[i + 1] - offset[i], scratch, &o);
		text_flush(&o);
		/* Fewer bytes than the lengths promised: never hand them out. */
		if (r == 0 && !text_full(&o))
			r = -EBADMSG;
	}
	return r < 0 ? err_set(err, r, "%s: chunk %u: its records cannot be printed",
				       store_pathname(b->store), b->chunk)
		     : 0;
}

static int read_rows(const struct view_kind *kind, const struct dataset *d, char *buf, size_t len,
		uint64_t at, struct err *err)
{
	const struct row_kind *k = rows_of(kind);
	uint32_t chunk = chunk_of(k, d, at);

	for (; len; chunk++) {
		uint64_t from = at - rows_before(k, d, chunk);
		uint64_t left = rows_before(k, d, chunk + 1) - at;
		size_t n = left < len ? (size_t)left : len;
		const struct block *b;
		int r;

		if (!n)
			continue;
		r = block_cache_get(
				d->cache, d->store, dataset_chunk(d, chunk), kind->part, &b, err);
		if (r < 0)
			return r;
		r = render(k, b, from, buf, n, err);
		block_put(b);
		if (r < 0)
			return r;
		buf += n;
		len -= n;
		at += n;
	}
	return 0;
}

static ssize_t row_read(const struct view_kind *k, const struct dataset *d, void *buf, size_t len,
		uint64_t off, struct err *err)
{
	CLEANUP(buf_done) struct buf room = { 0 };
	struct row_head head = { 0 };
	uint64_t size = 0;
	size_t done = 0;
	int r = head_of(rows_of(k), d, &room, &head, err);

	if (r == 0)
		r = add_up(d, head.len, rows_before(rows_of(k), d, d->n_chunks), &size, err);
	if (r < 0)
		return r;
	if (off >= size)
		return 0;
	if (len > size - off)
		len = (size_t)(size - off);
	if (off < head.len) {
		done = head.len - (size_t)off;
		done = done < len ? done : len;
		memcpy(buf, (const char *)head.p + off, done);
	}
	if (done < len) {
		r = read_rows(k, d, (char *)buf + done, len - done, off + done - head.len, err);
		if (r < 0)
			return r;
	}
	return (ssize_t)len;
}

static uint32_t row_chunk_at(const struct view_kind *k, const struct dataset *d, uint64_t off)
{
	uint64_t head;

	if (rows_head_size(k, d, &head, NULL) < 0 || off < head ||
			off - head >= rows_before(rows_of(k), d, d->n_chunks))
		return UINT32_MAX;
	return chunk_of(rows_of(k), d, off - head);
}

const struct view_ops row_ops = { row_size, row_read, row_chunk_at };
