/* SPDX-License-Identifier: MIT */
#include <endian.h>
#include <stdlib.h>

#include "core/base/byte_mask.h"
#include "core/codec/gt_cell.h"
#include "core/codec/gt_streams.h"
#include "core/codec/int_values.h"
#include "core/record/record.h"

static size_t n_bytes(uint32_t n_slots)
{
	return ((size_t)n_slots + 7) / 8;
}

uint64_t gt_reader_cost(uint32_t max_slots)
{
	/* A row as bits, and as a cell has it, which is no longer but for its form. */
	return gt_order_cost(max_slots) + 2 * (n_bytes(max_slots) + 1);
}

void gt_reader_done(struct gt_reader *r)
{
	gt_order_done(&r->order);
	free(r->row);
	free(r->end.row);
	r->row = NULL;
	r->end = (struct gt_kept_row){ 0 };
}

/* Bytes appended to a cell that is being rebuilt in place. */
struct out {
	uint8_t *at;
	uint8_t *end;
};

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
	if (1 + size > (size_t)(o->end - o->at))
		return false;
	*o->at++ = (uint8_t)*form;
	if (*form == GT_ROW_LIST16 || *form == GT_ROW_LIST32)
		out_u32(o, n);
	return true;
}

/* A row of slots in ascending order. */
static bool out_list(struct out *o, const uint32_t *slots, uint32_t n, uint32_t n_slots)
{
	enum gt_row_form form;

	if (!out_row(o, n, n_slots, &form))
		return false;
	if (form == GT_ROW_BITS) {
		memset(o->at, 0, n_bytes(n_slots));
		for (uint32_t i = 0; i < n; i++)
			o->at[slots[i] / 8] |= (uint8_t)(1u << slots[i] % 8);
		o->at += n_bytes(n_slots);
		return true;
	}
	for (uint32_t i = 0; i < n; i++)
		out_slot(o, slots[i], form == GT_ROW_LIST16);
	return true;
}

/* A row that lies there as bits. */
static bool out_bits(struct out *o, const uint8_t *bits, uint32_t n, uint32_t n_slots)
{
	struct gt_row row = { .form = GT_ROW_BITS, .data = bits };
	struct gt_row_iter it = gt_row_iter(&row, n_slots);
	enum gt_row_form form;
	uint32_t h;

	if (!out_row(o, n, n_slots, &form))
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

static bool read_rare(
		struct gt_reader *r, struct out *o, uint32_t n, uint32_t n_slots, bool by_place)
{
	struct cursor *lists = &r->streams[GT_LISTS];
	uint32_t slots[GT_RARE_MAX];
	uint64_t next = 0;

	for (uint32_t k = 0; k < n; k++) {
		uint64_t v = next + cursor_varint32(lists);
		uint32_t slot;
		uint32_t i = k;

		if (v >= n_slots)
			return false;
		next = v + 1;
		slot = by_place ? gt_order_slot(&r->order, (uint32_t)v) : (uint32_t)v;
		for (; i && slots[i - 1] > slot; i--)
			slots[i] = slots[i - 1];
		slots[i] = slot;
	}
	return !cursor_bad(lists) && out_list(o, slots, n, n_slots);
}

/* Into the bits of r->row, which are 0. */
static bool list_to_row(struct gt_reader *r, uint32_t n, uint32_t n_slots)
{
	struct cursor *lists = &r->streams[GT_LISTS];
	uint64_t next = 0;

	for (uint32_t k = 0; k < n; k++) {
		uint64_t h = next + cursor_varint32(lists);

		if (h >= n_slots)
			return false;
		r->row[h / 8] |= (uint8_t)(1u << h % 8);
		next = h + 1;
	}
	return !cursor_bad(lists);
}

static bool bits_to_row(struct gt_reader *r, uint32_t n, uint32_t n_slots)
{
	size_t len = n_bytes(n_slots);
	const uint8_t *bits = cursor_take(&r->streams[GT_BITS], len);

	if (!bits || (n_slots % 8 && bits[len - 1] >> n_slots % 8))
		return false;
	memcpy(r->row, bits, len);
	return bits_count(bits, len) == n;
}

static bool ordered_to_row(struct gt_reader *r, uint32_t n, enum gt_stream_form form)
{
	struct gt_order *o = &r->order;
	const uint8_t *bits;
	bool ok;

	switch (form) {
	case GT_STREAM_ORDERED_LIST:
		ok = gt_order_take_list(o, &r->streams[GT_LISTS], n);
		break;
	case GT_STREAM_ORDERED_BITS:
		bits = cursor_take(&r->streams[GT_BITS], n_bytes(o->n));
		ok = bits && gt_order_take_bits(o, bits, n);
		break;
	default:
		ok = gt_order_take_runs(o, &r->streams[GT_ZEROS], &r->streams[GT_ONES], n);
		break;
	}
	if (ok)
		gt_order_last(o, n, r->row);
	return ok;
}

/* A row that is not rare: into r->row first. */
static bool read_common(struct gt_reader *r, struct out *o, uint32_t n, uint32_t n_slots, bool alt)
{
	uint8_t form = cursor_u8(&r->streams[GT_FORMS]);
	bool ordered = form >= GT_STREAM_ORDERED_LIST;
	bool ok;

	if (cursor_bad(&r->streams[GT_FORMS]) || form >= N_GT_STREAM_FORMS || (ordered && !alt))
		return false;
	if (!r->row)
		r->row = malloc(n_bytes(r->max_slots) + 1);
	if (!r->row || (alt && !r->order.n && gt_order_begin(&r->order, n_slots) < 0) ||
			(ordered && r->order.n != n_slots))
		return false;
	memset(r->row, 0, n_bytes(n_slots));
	if (alt)
		r->ordered = ordered;
	if (ordered)
		ok = ordered_to_row(r, n, form);
	else if (form == GT_STREAM_LIST)
		ok = list_to_row(r, n, n_slots);
	else if (form == GT_STREAM_BITS)
		ok = bits_to_row(r, n, n_slots);
	else
		ok = gt_runs_next(&r->streams[GT_ZEROS], &r->streams[GT_ONES], n_slots, n, r->row);
	return ok && out_bits(o, r->row, n, n_slots);
}

static bool read_row(struct gt_reader *r, struct out *o, uint32_t n, uint32_t n_slots, bool alt)
{
	if (!n) {
		if (o->at == o->end)
			return false;
		*o->at++ = GT_ROW_EMPTY;
		return true;
	}
	if (n > n_slots)
		return false;
	if (n <= GT_RARE_MAX)
		return read_rare(r, o, n, n_slots, alt && r->ordered && r->order.n == n_slots);
	return read_common(r, o, n, n_slots, alt);
}

/* The streams go on with the bytes that the kept row was read from. */
static bool is_kept(const struct gt_reader *r, uint32_t n, uint32_t n_slots)
{
	const struct gt_kept_row *k = &r->end;

	if (n != k->n || n_slots != k->n_slots)
		return false;
	for (unsigned i = GT_FORMS; i < N_GT_STREAMS; i++)
		if (k->from_len[i] > cursor_left(&r->streams[i]) ||
				memcmp(r->streams[i].at, k->from[i], k->from_len[i]) != 0)
			return false;
	return true;
}

static void keep_row(
		struct gt_reader *r, uint32_t n, uint32_t n_slots, const uint8_t *row, size_t len)
{
	struct gt_kept_row *k = &r->end;

	if (!k->row)
		k->row = malloc(n_bytes(r->max_slots) + 1);
	if (!k->row)
		return;
	memcpy(k->row, row, len);
	for (unsigned i = GT_FORMS; i < N_GT_STREAMS; i++)
		k->from_len[i] = (size_t)(r->streams[i].at - k->from[i]);
	k->len = len;
	k->n = n;
	k->n_slots = n_slots;
}

static bool read_end_row(struct gt_reader *r, struct out *o, uint32_t n, uint32_t n_slots)
{
	struct gt_kept_row *k = &r->end;
	const uint8_t *begin = o->at;

	if (n && is_kept(r, n, n_slots)) {
		if (k->len > (size_t)(o->end - o->at))
			return false;
		memcpy(o->at, k->row, k->len);
		o->at += k->len;
		for (unsigned i = GT_FORMS; i < N_GT_STREAMS; i++)
			r->streams[i].at += k->from_len[i];
		return true;
	}
	k->n = 0;
	for (unsigned i = GT_FORMS; i < N_GT_STREAMS; i++)
		k->from[i] = r->streams[i].at;
	if (!read_row(r, o, n, n_slots, false))
		return false;
	if (n)
		keep_row(r, n, n_slots, begin, (size_t)(o->at - begin));
	return true;
}

/* Slots of the ALT row @i. */
static bool next_count(
		struct gt_reader *r, const struct record_field *given, unsigned i, uint32_t *n)
{
	struct cursor *counts = &r->streams[GT_COUNTS];
	int32_t v;

	if (!given) {
		*n = cursor_varint32(counts);
		return !cursor_bad(counts);
	}
	if (i >= given->n)
		return false;
	v = int_value(given->values, (uint8_t)record_type_size(given->type), i);
	*n = (uint32_t)v;
	return v >= 0;
}

static bool read_rows(struct gt_reader *r, const struct gt_cell *cell, uint32_t n_slots,
		const struct record_field *counts, struct out *o)
{
	struct cursor *others = &r->streams[GT_OTHERS];
	unsigned n_rows = gt_cell_n_rows(cell);
	uint32_t n;

	for (unsigned i = 0; i < cell->n_alt; i++)
		if (!next_count(r, counts, i, &n) || !read_row(r, o, n, n_slots, true))
			return false;
	for (unsigned i = cell->n_alt; i < n_rows; i++) {
		bool is_end = i == cell->n_alt + 1u;

		n = cursor_varint32(others);
		if (cursor_bad(others) || !(is_end ? read_end_row(r, o, n, n_slots)
						   : read_row(r, o, n, n_slots, false)))
			return false;
	}
	return true;
}

bool gt_reader_next(struct gt_reader *r, uint32_t n_slots, const struct record_field *counts,
		uint8_t *out, size_t room, size_t *len)
{
	struct out o = { .at = out, .end = out + room };
	struct cursor *meta = &r->streams[GT_META];
	uint8_t type_phase = cursor_u8(meta);
	uint32_t n_alt = cursor_varint32(meta);
	struct gt_cell cell = { .type = type_phase & 0xf, .phase = type_phase >> 4 };

	if (cursor_bad(meta) || cell.type < RECORD_INT8 || cell.type > RECORD_INT32 ||
			cell.phase >= N_GT_PHASES || n_alt > GT_ALT_MAX || room < 4 ||
			n_slots > r->max_slots)
		return false;
	cell.n_alt = (uint16_t)n_alt;
	*o.at++ = cell.type;
	*o.at++ = (uint8_t)cell.phase;
	*o.at++ = (uint8_t)n_alt;
	*o.at++ = (uint8_t)(n_alt >> 8);
	if (!read_rows(r, &cell, n_slots, counts, &o))
		return false;
	*len = (size_t)(o.at - out);
	return true;
}
