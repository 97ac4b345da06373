/* SPDX-License-Identifier: MIT */
#include "core/codec/gt_streams.h"

#include <errno.h>
#include <stdlib.h>

#include "core/codec/gt_cell.h"
#include "core/record/record.h"

/* Rows of up to so many slots are lists without a look at their runs: they leave the order alone,
 * and can be read without it (docs/design.md, "Genotypes in an order"). */
enum { RARE_MAX = 8 };

/* After so many rows in a row for which the order was no help, a chunk does without it. */
enum { VAIN_MAX = 512 };

void gt_writer_done(struct gt_writer *w)
{
	buf_done(&w->meta);
	buf_done(&w->lists);
	buf_done(&w->bits);
	buf_done(&w->zeros);
	buf_done(&w->ones);
	buf_done(&w->flags);
	buf_done(&w->row_zeros);
	buf_done(&w->row_ones);
	gt_order_done(&w->order);
}

void gt_writer_clear(struct gt_writer *w)
{
	buf_clear(&w->meta);
	buf_clear(&w->lists);
	buf_clear(&w->bits);
	buf_clear(&w->zeros);
	buf_clear(&w->ones);
	gt_order_clear(&w->order);
	w->n_vain = 0;
}

static unsigned n_rows(const struct gt_cell *cell)
{
	return cell->n_alt + 2u + (cell->phase == GT_MIXED);
}

static size_t n_bytes(uint32_t n_slots)
{
	return ((size_t)n_slots + 7) / 8;
}

/* Bytes of the row as a list; counts its slots. */
static size_t list_size(const struct gt_row *row, uint32_t n_slots, uint32_t *n)
{
	struct gt_row_iter it = gt_row_iter(row, n_slots);
	uint32_t next = 0;
	size_t size = 0;
	uint32_t h;

	*n = 0;
	while (gt_row_iter_next(&it, &h)) {
		size += varint_size(h - next);
		next = h + 1;
		++*n;
	}
	return size;
}

static void put_list(struct gt_writer *w, enum gt_stream_form form, const struct gt_row *row,
		uint32_t n_slots, uint32_t n)
{
	struct gt_row_iter it = gt_row_iter(row, n_slots);
	uint32_t next = 0;
	uint32_t h;

	buf_put_u8(&w->meta, (uint8_t)form);
	buf_put_varint(&w->meta, n);
	while (gt_row_iter_next(&it, &h)) {
		buf_put_varint(&w->lists, h - next);
		next = h + 1;
	}
}

/* The row as flags; false where memory is out. */
static bool spread(struct gt_writer *w, const struct gt_row *row, uint32_t n_slots)
{
	struct gt_row_iter it = gt_row_iter(row, n_slots);
	uint32_t h;

	buf_clear(&w->flags);
	if (!buf_reserve(&w->flags, n_slots))
		return false;
	memset(w->flags.data, 0, n_slots);
	while (gt_row_iter_next(&it, &h))
		w->flags.data[h] = 1;
	return true;
}

static void put_bits(struct gt_writer *w, enum gt_stream_form form, const struct gt_row *row,
		uint32_t n_slots)
{
	size_t at = w->bits.len;
	struct gt_row_iter it = gt_row_iter(row, n_slots);
	uint32_t h;

	buf_put_u8(&w->meta, (uint8_t)form);
	if (!buf_reserve(&w->bits, n_bytes(n_slots)))
		return;
	w->bits.len += n_bytes(n_slots);
	memset(w->bits.data + at, 0, n_bytes(n_slots));
	while (gt_row_iter_next(&it, &h))
		w->bits.data[at + h / 8] |= (uint8_t)(1u << h % 8);
}

/* A row that is not rare, in the order @o or, where that is NULL, as it is. */
static int put_common(struct gt_writer *w, const struct gt_row *row, uint32_t n_slots, uint32_t n,
		size_t as_list, struct gt_order *o)
{
	size_t as_bits = n_bytes(n_slots);
	size_t as_runs;
	bool won;

	if (!spread(w, row, n_slots))
		return -ENOMEM;
	buf_clear(&w->row_zeros);
	buf_clear(&w->row_ones);
	gt_runs_put(o, w->flags.data, n_slots, &w->row_zeros, &w->row_ones);
	if (buf_failed(&w->row_zeros) || buf_failed(&w->row_ones))
		return -ENOMEM;
	as_runs = w->row_zeros.len + w->row_ones.len;
	won = as_runs <= as_list && as_runs <= as_bits;
	if (won) {
		buf_put_u8(&w->meta, o ? GT_STREAM_ORDERED_RUNS : GT_STREAM_RUNS);
		buf_put(&w->zeros, w->row_zeros.data, w->row_zeros.len);
		buf_put(&w->ones, w->row_ones.data, w->row_ones.len);
	} else if (as_list <= as_bits) {
		put_list(w, o ? GT_STREAM_ORDERED_LIST : GT_STREAM_LIST, row, n_slots, n);
	} else {
		put_bits(w, o ? GT_STREAM_ORDERED_BITS : GT_STREAM_BITS, row, n_slots);
	}
	if (o) {
		w->n_vain = won ? 0 : w->n_vain + 1;
		gt_order_move(o, w->flags.data);
	}
	return 0;
}

static int put_row(struct gt_writer *w, const struct gt_row *row, uint32_t n_slots, bool alt)
{
	size_t as_list;
	uint32_t n;

	if (row->form == GT_ROW_EMPTY) {
		buf_put_u8(&w->meta, GT_STREAM_EMPTY);
		return 0;
	}
	as_list = list_size(row, n_slots, &n);
	if (n <= RARE_MAX) {
		put_list(w, GT_STREAM_LIST, row, n_slots, n);
		return 0;
	}
	if (alt && !w->order.n && gt_order_begin(&w->order, n_slots) < 0)
		return -ENOMEM;
	/* Cells of another ploidy than the first are not in the order. */
	alt = alt && w->order.n == n_slots && w->n_vain < VAIN_MAX;
	return put_common(w, row, n_slots, n, as_list, alt ? &w->order : NULL);
}

int gt_writer_put(struct gt_writer *w, const uint8_t *data, size_t len, uint32_t n_slots)
{
	struct gt_cell cell;
	struct gt_row row;
	int r;

	if (!gt_cell_open(data, len, &cell))
		return -EBADMSG;
	buf_put_u8(&w->meta, (uint8_t)(cell.type | cell.phase << 4));
	buf_put_varint(&w->meta, cell.n_alt);
	for (unsigned i = 0; i < n_rows(&cell); i++) {
		if (!gt_row_next(&cell.rows, n_slots, &row))
			return -EBADMSG;
		r = put_row(w, &row, n_slots, i < cell.n_alt);
		if (r < 0)
			return r;
	}
	if (buf_failed(&w->meta) || buf_failed(&w->lists) || buf_failed(&w->bits) ||
			buf_failed(&w->zeros) || buf_failed(&w->ones))
		return -ENOMEM;
	return cursor_finished(&cell.rows) ? 0 : -EBADMSG;
}

uint64_t gt_reader_cost(uint32_t max_slots)
{
	return 2ull * max_slots * sizeof(uint32_t) + n_bytes(max_slots);
}

void gt_reader_done(struct gt_reader *r)
{
	gt_order_done(&r->order);
	free(r->row);
	r->row = NULL;
}

/* Bytes appended to a cell that is being rebuilt in place. */
struct out {
	uint8_t *at;
	uint8_t *end;
};

static bool out_has(const struct out *o, size_t n)
{
	return n <= (size_t)(o->end - o->at);
}

static void out_u32(struct out *o, uint32_t v)
{
	v = htole32(v);
	memcpy(o->at, &v, sizeof(v));
	o->at += sizeof(v);
}

static inline void out_slot(struct out *o, uint32_t h, bool narrow)
{
	uint16_t le16 = htole16((uint16_t)h);

	if (!narrow) {
		out_u32(o, h);
		return;
	}
	memcpy(o->at, &le16, sizeof(le16));
	o->at += sizeof(le16);
}

/* Begin a row of @n slots: its form is the one that a cell has it in, which its size decides. */
static bool out_row(struct out *o, uint32_t n, uint32_t n_slots, enum gt_row_form *form)
{
	size_t size;

	*form = gt_row_form_of(n, n_slots, &size);
	if (!out_has(o, 1 + size))
		return false;
	*o->at++ = (uint8_t)*form;
	if (*form == GT_ROW_LIST16 || *form == GT_ROW_LIST32)
		out_u32(o, n);
	return true;
}

/* A row of @n slots that lies there as bits. */
static bool out_bits(struct out *o, const uint8_t *bits, uint32_t n, uint32_t n_slots)
{
	struct gt_row row = { .form = GT_ROW_BITS, .data = bits };
	struct gt_row_iter it = gt_row_iter(&row, n_slots);
	enum gt_row_form form;
	uint32_t h;

	if (!n || !out_row(o, n, n_slots, &form))
		return false;
	if (form == GT_ROW_BITS) {
		memcpy(o->at, bits, n_bytes(n_slots));
		o->at += n_bytes(n_slots);
		return true;
	}
	while (gt_row_iter_next(&it, &h))
		out_slot(o, h, form == GT_ROW_LIST16);
	return true;
}

/* A list, straight to where it goes: most rows are rare. */
static bool read_list(struct gt_reader *r, struct out *o, uint32_t n_slots)
{
	uint32_t n = cursor_varint32(&r->meta);
	enum gt_row_form form;
	uint64_t next = 0;
	bool bits;

	if (cursor_bad(&r->meta) || !n || n > n_slots || !out_row(o, n, n_slots, &form))
		return false;
	bits = form == GT_ROW_BITS;
	if (bits)
		memset(o->at, 0, n_bytes(n_slots));
	for (uint32_t k = 0; k < n; k++) {
		uint64_t h = next + cursor_varint32(&r->lists);

		if (h >= n_slots)
			return false;
		if (bits)
			o->at[h / 8] |= (uint8_t)(1u << h % 8);
		else
			out_slot(o, (uint32_t)h, form == GT_ROW_LIST16);
		next = h + 1;
	}
	if (bits)
		o->at += n_bytes(n_slots);
	return !cursor_bad(&r->lists);
}

/* A list into the bits of r->row. */
static bool list_to_row(struct gt_reader *r, uint32_t n_slots, uint32_t *n)
{
	uint64_t next = 0;

	*n = cursor_varint32(&r->meta);
	if (cursor_bad(&r->meta) || *n > n_slots)
		return false;
	memset(r->row, 0, n_bytes(n_slots));
	for (uint32_t k = 0; k < *n; k++) {
		uint64_t h = next + cursor_varint32(&r->lists);

		if (h >= n_slots)
			return false;
		r->row[h / 8] |= (uint8_t)(1u << h % 8);
		next = h + 1;
	}
	return !cursor_bad(&r->lists);
}

static bool bits_to_row(struct gt_reader *r, uint32_t n_slots, uint32_t *n)
{
	size_t len = n_bytes(n_slots);
	const uint8_t *bits = cursor_take(&r->bits, len);

	if (!bits || !len || (n_slots % 8 && bits[len - 1] >> n_slots % 8))
		return false;
	memcpy(r->row, bits, len);
	*n = 0;
	for (size_t i = 0; i < len; i++)
		*n += (uint32_t)__builtin_popcount(bits[i]);
	return true;
}

/* Any row but the rare ones: into r->row first. */
static bool read_common(
		struct gt_reader *r, struct out *o, uint32_t n_slots, enum gt_stream_form form)
{
	bool ordered = form >= GT_STREAM_ORDERED_LIST;
	uint32_t n;
	bool ok;

	/* Of no slots all rows are empty. */
	if (!n_slots)
		return false;
	if (!r->row)
		r->row = malloc(n_bytes(r->max_slots) + 1);
	if (!r->row || (ordered && !r->order.n && gt_order_begin(&r->order, n_slots) < 0) ||
			(ordered && r->order.n != n_slots))
		return false;
	switch (form) {
	case GT_STREAM_ORDERED_LIST:
		ok = list_to_row(r, n_slots, &n);
		break;
	case GT_STREAM_BITS:
	case GT_STREAM_ORDERED_BITS:
		ok = bits_to_row(r, n_slots, &n);
		break;
	default:
		ok = gt_runs_next(ordered ? &r->order : NULL, &r->zeros, &r->ones, n_slots, r->row,
				&n);
		ordered = false; /* done on the way */
		break;
	}
	if (ok && ordered)
		gt_order_move_bits(&r->order, r->row);
	return ok && out_bits(o, r->row, n, n_slots);
}

static bool read_row(struct gt_reader *r, struct out *o, uint32_t n_slots)
{
	uint8_t form = cursor_u8(&r->meta);

	switch (form) {
	case GT_STREAM_EMPTY:
		if (cursor_bad(&r->meta) || !out_has(o, 1))
			return false;
		*o->at++ = GT_ROW_EMPTY;
		return true;
	case GT_STREAM_LIST:
		return read_list(r, o, n_slots);
	default:
		return form <= GT_STREAM_ORDERED_RUNS && read_common(r, o, n_slots, form);
	}
}

bool gt_reader_next(struct gt_reader *r, uint32_t n_slots, uint8_t *out, size_t room, size_t *len)
{
	struct out o = { .at = out, .end = out + room };
	struct gt_cell cell = { 0 };
	uint8_t type_phase = cursor_u8(&r->meta);
	uint32_t n_alt = cursor_varint32(&r->meta);

	cell.type = type_phase & 0xf;
	cell.phase = type_phase >> 4;
	if (cursor_bad(&r->meta) || cell.type < RECORD_INT8 || cell.type > RECORD_INT32 ||
			cell.phase >= N_GT_PHASES || n_alt > GT_ALT_MAX || room < 4 ||
			n_slots > r->max_slots)
		return false;
	cell.n_alt = (uint16_t)n_alt;
	*o.at++ = cell.type;
	*o.at++ = (uint8_t)cell.phase;
	*o.at++ = (uint8_t)n_alt;
	*o.at++ = (uint8_t)(n_alt >> 8);
	for (unsigned i = 0; i < n_rows(&cell); i++)
		if (!read_row(r, &o, n_slots))
			return false;
	*len = (size_t)(o.at - out);
	return true;
}
