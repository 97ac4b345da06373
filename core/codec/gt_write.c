/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "core/base/byte_mask.h"
#include "core/codec/gt_cell.h"
#include "core/codec/gt_streams.h"

/* After so many rows in a row for which the order was no help, a chunk does without it. */
enum { VAIN_MAX = 512 };

/* What a byte of each form comes to when its stream is compressed, relative to the others
 * (docs/performance.md): a list's are close to random, runs of ones are mostly short. */
enum { LIST_WEIGHT = 15, BITS_WEIGHT = 11, ZEROS_WEIGHT = 9, ONES_WEIGHT = 4 };

/* Rows are read eight bytes at a time. */
enum { ROW_PADDING = 8 };

void gt_writer_done(struct gt_writer *w)
{
	for (unsigned i = 0; i < N_GT_STREAMS; i++)
		buf_done(&w->streams[i]);
	gt_order_done(&w->order);
	buf_done(&w->ranks);
	buf_done(&w->row);
	buf_done(&w->places);
	buf_done(&w->as_list);
	buf_done(&w->as_zeros);
	buf_done(&w->as_ones);
}

void gt_writer_clear(struct gt_writer *w)
{
	for (unsigned i = 0; i < N_GT_STREAMS; i++)
		buf_clear(&w->streams[i]);
	gt_order_clear(&w->order);
	w->ordered = false;
	w->ranked = false;
	w->n_vain = 0;
}

static size_t n_bytes(uint32_t n_slots)
{
	return ((size_t)n_slots + 7) / 8;
}

static uint32_t n_in_row(const struct gt_row *row, uint32_t n_slots)
{
	if (row->form == GT_ROW_BITS)
		return bits_count(row->data, n_bytes(n_slots));
	return row->form == GT_ROW_EMPTY ? 0 : row->n;
}

/* Ascending slots or places. */
static void put_numbers(struct buf *out, const uint32_t *numbers, uint32_t n)
{
	uint32_t next = 0;

	for (uint32_t i = 0; i < n; i++) {
		buf_put_varint(out, numbers[i] - next);
		next = numbers[i] + 1;
	}
}

/* The place of each slot as the order is now; NULL where memory is out. */
static const uint32_t *ranks(struct gt_writer *w)
{
	size_t size = w->order.n * sizeof(uint32_t);
	uint32_t *rank;

	buf_clear(&w->ranks);
	if (!buf_reserve(&w->ranks, size))
		return NULL;
	rank = (uint32_t *)(void *)w->ranks.data;
	if (!w->ranked)
		gt_order_ranks(&w->order, rank);
	w->ranked = true;
	return rank;
}

static int put_rare(struct gt_writer *w, const struct gt_row *row, uint32_t n_slots, bool by_place)
{
	struct gt_row_iter it = gt_row_iter(row, n_slots);
	const uint32_t *rank = by_place ? ranks(w) : NULL;
	uint32_t numbers[GT_RARE_MAX];
	uint32_t n = 0;
	uint32_t h;

	if (by_place && !rank)
		return -ENOMEM;
	while (gt_row_iter_next(&it, &h)) {
		uint32_t v = by_place ? rank[h] : h;
		uint32_t i = n++;

		for (; i && numbers[i - 1] > v; i--)
			numbers[i] = numbers[i - 1];
		numbers[i] = v;
	}
	put_numbers(&w->streams[GT_LISTS], numbers, n);
	return 0;
}

/* The row as bits in w->row; false where memory is out. */
static bool spread(struct gt_writer *w, const struct gt_row *row, uint32_t n_slots)
{
	struct gt_row_iter it = gt_row_iter(row, n_slots);
	size_t size = n_bytes(n_slots);
	uint32_t h;

	buf_clear(&w->row);
	buf_clear(&w->places);
	if (!buf_reserve(&w->row, size + ROW_PADDING) ||
			!buf_reserve(&w->places, size + ROW_PADDING))
		return false;
	memset(w->row.data, 0, size + ROW_PADDING);
	memset(w->places.data + size, 0, ROW_PADDING);
	while (gt_row_iter_next(&it, &h))
		w->row.data[h / 8] |= (uint8_t)(1u << h % 8);
	return true;
}

/* A row in the form that takes the fewest bytes. Return: its form. */
static enum gt_stream_form put_best(struct gt_writer *w, const uint8_t *row, uint32_t n_slots)
{
	size_t list;
	size_t bits = n_bytes(n_slots) * BITS_WEIGHT;
	size_t runs;

	buf_clear(&w->as_list);
	buf_clear(&w->as_zeros);
	buf_clear(&w->as_ones);
	gt_list_put(row, n_slots, &w->as_list);
	gt_runs_put(row, n_slots, &w->as_zeros, &w->as_ones);
	list = w->as_list.len * LIST_WEIGHT;
	runs = w->as_zeros.len * ZEROS_WEIGHT + w->as_ones.len * ONES_WEIGHT;
	if (runs <= list && runs <= bits) {
		buf_put(&w->streams[GT_ZEROS], w->as_zeros.data, w->as_zeros.len);
		buf_put(&w->streams[GT_ONES], w->as_ones.data, w->as_ones.len);
		return GT_STREAM_RUNS;
	}
	if (list <= bits) {
		buf_put(&w->streams[GT_LISTS], w->as_list.data, w->as_list.len);
		return GT_STREAM_LIST;
	}
	buf_put(&w->streams[GT_BITS], row, n_bytes(n_slots));
	return GT_STREAM_BITS;
}

static int put_common(struct gt_writer *w, const struct gt_row *row, uint32_t n_slots, bool ordered)
{
	struct gt_order *o = &w->order;
	enum gt_stream_form form;

	if (!spread(w, row, n_slots))
		return -ENOMEM;
	if (ordered) {
		gt_order_gather(o, w->row.data, w->places.data);
		form = put_best(w, w->places.data, n_slots);
		w->n_vain = form == GT_STREAM_RUNS ? 0 : w->n_vain + 1;
		form += GT_STREAM_ORDERED_LIST - GT_STREAM_LIST;
		gt_order_move(o, w->places.data);
		w->ranked = false;
	} else {
		form = put_best(w, w->row.data, n_slots);
	}
	buf_put_u8(&w->streams[GT_FORMS], (uint8_t)form);
	return buf_failed(&w->as_list) || buf_failed(&w->as_zeros) || buf_failed(&w->as_ones)
			       ? -ENOMEM
			       : 0;
}

static int put_alt(struct gt_writer *w, const struct gt_row *row, uint32_t n_slots)
{
	uint32_t n = n_in_row(row, n_slots);
	struct gt_order *o = &w->order;

	buf_put_varint(&w->streams[GT_COUNTS], n);
	if (n <= GT_RARE_MAX)
		return put_rare(w, row, n_slots, w->ordered && o->n == n_slots);
	if (!o->n && gt_order_begin(o, n_slots) < 0)
		return -ENOMEM;
	/* Cells of another ploidy than the first are not in the order. */
	w->ordered = o->n == n_slots && w->n_vain < VAIN_MAX;
	return put_common(w, row, n_slots, w->ordered);
}

static int put_other(struct gt_writer *w, const struct gt_row *row, uint32_t n_slots)
{
	uint32_t n = n_in_row(row, n_slots);

	buf_put_varint(&w->streams[GT_OTHERS], n);
	return n <= GT_RARE_MAX ? put_rare(w, row, n_slots, false)
				: put_common(w, row, n_slots, false);
}

int gt_writer_put(struct gt_writer *w, const uint8_t *data, size_t len, uint32_t n_slots)
{
	struct gt_cell cell;
	struct gt_row row;
	unsigned n_rows;
	int r = 0;

	if (!gt_cell_open(data, len, &cell))
		return -EBADMSG;
	buf_put_u8(&w->streams[GT_META], (uint8_t)(cell.type | cell.phase << 4));
	buf_put_varint(&w->streams[GT_META], cell.n_alt);
	n_rows = gt_cell_n_rows(&cell);
	for (unsigned i = 0; i < n_rows && r == 0; i++) {
		if (!gt_row_next(&cell.rows, n_slots, &row))
			return -EBADMSG;
		r = i < cell.n_alt ? put_alt(w, &row, n_slots) : put_other(w, &row, n_slots);
	}
	for (unsigned i = 0; i < N_GT_STREAMS; i++)
		if (buf_failed(&w->streams[i]))
			r = -ENOMEM;
	if (r < 0)
		return r;
	return cursor_finished(&cell.rows) ? 0 : -EBADMSG;
}
