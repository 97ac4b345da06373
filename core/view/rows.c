/* SPDX-License-Identifier: MIT */
#include "core/view/rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/store/measured.h"
#include "core/view/block_rows.h"
#include "core/view/measure.h"

static const struct row_kind *rows_of(const struct view_kind *k)
{
	return k->of;
}

uint32_t rows_count_chunk(const struct dataset *d, uint32_t i)
{
	return d->query ? query_chunk(d->query, i)->n
			: store_chunk(d->store, d->first_chunk + i)->n_records;
}

uint64_t rows_count(const struct dataset *d)
{
	const struct chunk_info *first;
	const struct chunk_info *last;
	uint64_t n = 0;

	if (!d->n_chunks)
		return 0;
	if (!d->query) {
		first = store_chunk(d->store, d->first_chunk);
		last = store_chunk(d->store, d->first_chunk + d->n_chunks - 1);
		return last->first_record + last->n_records - first->first_record;
	}
	for (uint32_t i = 0; i < d->n_chunks; i++)
		n += query_chunk(d->query, i)->n;
	return n;
}

uint64_t rows_before(const struct row_kind *k, const struct dataset *d, uint32_t i)
{
	if (!i)
		return 0;
	if (d->query)
		return query_layout(d->query, k)[i];
	return measure_sum(k, d->store, d->first_chunk, i) * (k->width ? k->width(d) : 1);
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

static int too_large(const struct dataset *d, struct err *err)
{
	return err_set(err, -EOVERFLOW, "%s: view is too large", store_pathname(d->store));
}

static int add_up(const struct dataset *d, uint64_t head, uint64_t rows, uint64_t *out,
		struct err *err)
{
	if (__builtin_add_overflow(head, rows, out) || *out > INT64_MAX)
		return too_large(d, err);
	return 0;
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

static int cannot_print(const struct block *b, int r, struct err *err)
{
	return err_set(err, r, "%s: chunk %u: its records cannot be printed",
			store_pathname(b->store), b->chunk);
}

/* Bytes [@at, @at + @len) of the rows of the dataset's block number @chunk; they are all there. */
static int render(const struct row_kind *k, const struct dataset *d, uint32_t chunk,
		const struct block *b, uint64_t at, char *buf, size_t len, struct err *err)
{
	struct view_scratch *scratch = view_scratch();
	struct block_rows rows;
	struct text_out o;
	int r;

	if (!scratch)
		return err_set(err, -ENOMEM, "out of memory");
	r = block_rows_find(k, d, chunk, b, scratch, &rows);
	if (r == 0) {
		uint32_t i = row_of(rows.begin, rows.n, at);

		text_out_window(&o, scratch->text, buf, len, at - rows.begin[i]);
		for (; r == 0 && i < rows.n && !text_full(&o); i++) {
			const uint64_t row = rows.begin[i + 1] - rows.begin[i];
			const uint64_t before = text_written(&o);
			const struct record *record;
			struct record room;

			r = block_rows_record(&rows, i, scratch, &record, &room);
			if (r == 0)
				r = k->put(&rows.v, record, row, scratch, &o);
			/* Other bytes than the lengths promised: never hand them out. */
			if (r == 0 && text_written(&o) - before != row && !text_full(&o))
				r = -EBADMSG;
		}
		text_flush(&o);
		if (r == 0 && !text_full(&o))
			r = -EBADMSG;
	}
	return r < 0 ? cannot_print(b, r, err) : 0;
}

/* ---- the extent map of a query ---- */

/* Bytes of the rows of chunk @i, where they follow from those of the whole chunk. */
static bool bytes_of_whole(
		const struct row_kind *k, const struct dataset *d, uint32_t i, uint64_t *out)
{
	const struct query_chunk *c = query_chunk(d->query, i);
	const struct sample_set *samples = query_samples(d->query);
	uint64_t whole = measure_sum(k, d->store, c->chunk, 1);
	const uint64_t of_sample = store_chunk(d->store, c->chunk)->view_bytes[k->sample_view];

	if (k->width) {
		*out = (k->view == STORE_VIEW_RECORDS ? c->n : whole) * k->width(d);
		return k->view == STORE_VIEW_RECORDS || !c->bits;
	}
	*out = whole;
	if (c->bits || query_counts(d->query))
		return false;
	if (!samples || k->of_sites)
		return true;
	if (!k->sample_view || store_measured(d->store))
		return false;
	*out -= of_sample * (store_n_samples(d->store) - samples->n);
	return true;
}

/* The same of any chunk, by measuring what its block has. */
static int bytes_of_block(const struct view_kind *kind, const struct dataset *d, uint32_t i,
		uint64_t *out, struct err *err)
{
	struct view_scratch *scratch = view_scratch();
	struct block_rows rows;
	const struct block *b;
	int r;

	if (!scratch)
		return err_set(err, -ENOMEM, "out of memory");
	r = block_cache_get(
			d->cache, d->store, dataset_chunk(d, i), rows_part(kind, d, i), &b, err);
	if (r < 0)
		return r;
	r = block_rows_find(rows_of(kind), d, i, b, scratch, &rows);
	if (r == 0)
		*out = rows.begin[rows.n];
	else
		cannot_print(b, r, err);
	block_put(b);
	return r;
}

/* Bytes of rows by chunk, while they are found. */
struct counting {
	const struct view_kind *kind;
	const struct dataset *d;
	uint64_t *bytes;
};

static int count_bytes(void *arg, uint32_t i, struct err *err)
{
	struct counting *c = arg;
	const struct row_kind *k = rows_of(c->kind);
	int r = 0;

	if (!bytes_of_whole(k, c->d, i, &c->bytes[i]))
		return bytes_of_block(c->kind, c->d, i, &c->bytes[i], err);
	if (measure_is_work(k, c->d->store)) {
		r = measure_chunk(c->kind, c->d, dataset_chunk(c->d, i), err);
		bytes_of_whole(k, c->d, i, &c->bytes[i]);
	}
	return r;
}

static int lay_out_query(const struct view_kind *kind, const struct dataset *d, struct err *err)
{
	CLEANUP(freep) uint64_t *before = malloc((d->n_chunks + 1ull) * sizeof(*before));
	struct counting c = { .kind = kind, .d = d, .bytes = before + 1 };
	int r;

	if (!before)
		return err_set(err, -ENOMEM, "out of memory");
	before[0] = 0;
	r = each_chunk(d, count_bytes, &c, err);
	for (uint32_t i = 0; r == 0 && i < d->n_chunks; i++)
		if (__builtin_add_overflow(before[i], before[i + 1], &before[i + 1]))
			r = too_large(d, err);
	if (r < 0)
		return r;
	if (!query_keep_layout(d->query, kind->of, before))
		r = err_set(err, -ENOMEM, "out of memory");
	before = NULL;
	return r;
}

int rows_lay_out(const struct view_kind *kind, const struct dataset *d, struct err *err)
{
	if (!d->query)
		return measure_chunks(kind, d, err);
	return query_layout(d->query, kind->of) ? 0 : lay_out_query(kind, d, err);
}

/* ---- files ---- */

static int row_size(
		const struct view_kind *k, const struct dataset *d, uint64_t *out, struct err *err)
{
	uint64_t head = 0;
	int r = rows_head_size(k, d, &head, err);

	if (r == 0)
		r = rows_lay_out(k, d, err);
	return r < 0 ? r : add_up(d, head, rows_before(rows_of(k), d, d->n_chunks), out, err);
}

uint32_t rows_chunk_at(const struct row_kind *k, const struct dataset *d, uint64_t at)
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

static int read_rows(const struct view_kind *kind, const struct dataset *d, char *buf, size_t len,
		uint64_t at, struct err *err)
{
	const struct row_kind *k = rows_of(kind);
	uint32_t chunk = rows_chunk_at(k, d, at);

	for (; len; chunk++) {
		uint64_t from = at - rows_before(k, d, chunk);
		uint64_t left = rows_before(k, d, chunk + 1) - at;
		size_t n = left < len ? (size_t)left : len;
		const struct block *b;
		int r;

		if (!n)
			continue;
		r = block_cache_get(d->cache, d->store, dataset_chunk(d, chunk),
				rows_part(kind, d, chunk), &b, err);
		if (r < 0)
			return r;
		r = render(k, d, chunk, b, from, buf, n, err);
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
		r = rows_lay_out(k, d, err);
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
	uint64_t head = 0;

	if (rows_head_size(k, d, &head, NULL) < 0 || off < head ||
			off - head >= rows_before(rows_of(k), d, d->n_chunks))
		return UINT32_MAX;
	return rows_chunk_at(rows_of(k), d, off - head);
}

const struct view_ops row_ops = { row_size, row_read, row_chunk_at };

/* The rows of the block number @i. */
static int each_of_block(const struct view_kind *k, const struct dataset *d, uint32_t i,
		uint64_t begin, const struct block *b, row_visitor each, void *arg, struct err *err)
{
	uint32_t contig = store_chunk(d->store, b->chunk)->contig;
	struct view_scratch *scratch = view_scratch();
	struct block_rows rows;
	int r;

	if (!scratch)
		return err_set(err, -ENOMEM, "out of memory");
	r = block_rows_find(rows_of(k), d, i, b, scratch, &rows);
	if (r < 0)
		return cannot_print(b, r, err);
	for (uint32_t row = 0; r == 0 && row < rows.n; row++) {
		const struct record *record = &b->records[rows.record ? rows.record[row] : row];

		r = each(arg, contig, record, begin + rows.begin[row],
				rows.begin[row + 1] - rows.begin[row]);
	}
	return r < 0 ? err_set(err, r, "%s: %s", store_pathname(d->store), strerror(-r)) : 0;
}

int rows_each(const struct view_kind *k, const struct dataset *d, row_visitor each, void *arg,
		struct err *err)
{
	uint64_t head = 0;
	int r = rows_head_size(k, d, &head, err);

	if (r == 0)
		r = rows_lay_out(k, d, err);
	for (uint32_t i = 0; r == 0 && i < d->n_chunks; i++) {
		const struct block *b;

		r = block_cache_get(d->cache, d->store, dataset_chunk(d, i), rows_part(k, d, i), &b,
				err);
		if (r < 0)
			break;
		r = each_of_block(k, d, i, head + rows_before(rows_of(k), d, i), b, each, arg, err);
		block_put(b);
	}
	return r;
}
