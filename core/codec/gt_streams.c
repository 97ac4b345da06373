/* SPDX-License-Identifier: MIT */
#include "core/codec/gt_streams.h"

#include "core/codec/gt_cell.h"
#include "core/record/record.h"

void gt_writer_done(struct gt_writer *w)
{
	buf_done(&w->meta);
	buf_done(&w->lists);
	buf_done(&w->bits);
}

void gt_writer_clear(struct gt_writer *w)
{
	buf_clear(&w->meta);
	buf_clear(&w->lists);
	buf_clear(&w->bits);
}

static unsigned n_rows(const struct gt_cell *cell)
{
	return cell->n_alt + 2u + (cell->phase == GT_MIXED);
}

bool gt_writer_put(struct gt_writer *w, const uint8_t *data, size_t len, uint32_t n_slots)
{
	struct gt_cell cell;
	struct gt_row row;
	uint32_t next;

	if (!gt_cell_open(data, len, &cell))
		return false;
	buf_put_u8(&w->meta, (uint8_t)(cell.type | cell.phase << 4));
	buf_put_varint(&w->meta, cell.n_alt);
	for (unsigned i = 0; i < n_rows(&cell); i++) {
		if (!gt_row_next(&cell.rows, n_slots, &row))
			return false;
		buf_put_u8(&w->meta, (uint8_t)row.form);
		if (row.form == GT_ROW_BITS) {
			buf_put(&w->bits, row.data, ((size_t)n_slots + 7) / 8);
		} else if (row.form != GT_ROW_EMPTY) {
			buf_put_varint(&w->meta, row.n);
			next = 0;
			for (uint32_t k = 0; k < row.n; k++) {
				uint32_t h = gt_row_slot(&row, k);

				buf_put_varint(&w->lists, h - next);
				next = h + 1;
			}
		}
	}
	return cursor_finished(&cell.rows);
}

/* Bytes appended to a cell that is being rebuilt in place. */
struct out {
	uint8_t *at;
	uint8_t *end;
};

static bool put_list(struct gt_reader *r, struct out *o, uint32_t n_slots, uint8_t form)
{
	size_t size = form == GT_ROW_LIST16 ? 2 : 4;
	uint32_t n = cursor_varint32(&r->meta);
	uint32_t le = htole32(n);
	uint64_t next = 0;

	if (cursor_bad(&r->meta) || n > n_slots ||
			(size_t)(o->end - o->at) < sizeof(le) + n * size ||
			(size == 2 && n_slots > UINT16_MAX + 1))
		return false;
	memcpy(o->at, &le, sizeof(le));
	o->at += sizeof(le);
	for (uint32_t k = 0; k < n; k++) {
		uint64_t h = next + cursor_varint32(&r->lists);
		uint16_t le16 = htole16((uint16_t)h);
		uint32_t le32 = htole32((uint32_t)h);

		if (h >= n_slots)
			return false;
		memcpy(o->at, size == 2 ? (void *)&le16 : (void *)&le32, size);
		o->at += size;
		next = h + 1;
	}
	return !cursor_bad(&r->lists);
}

static bool put_bits(struct gt_reader *r, struct out *o, uint32_t n_slots)
{
	size_t len = ((size_t)n_slots + 7) / 8;
	const uint8_t *bits = cursor_take(&r->bits, len);

	if (!bits || (size_t)(o->end - o->at) < len ||
			(n_slots % 8 && bits[len - 1] >> n_slots % 8))
		return false;
	memcpy(o->at, bits, len);
	o->at += len;
	return true;
}

static bool put_row(struct gt_reader *r, struct out *o, uint32_t n_slots)
{
	uint8_t form = cursor_u8(&r->meta);

	if (cursor_bad(&r->meta) || o->at == o->end)
		return false;
	*o->at++ = form;
	switch (form) {
	case GT_ROW_EMPTY:
		return true;
	case GT_ROW_LIST16:
	case GT_ROW_LIST32:
		return put_list(r, o, n_slots, form);
	case GT_ROW_BITS:
		return put_bits(r, o, n_slots);
	default:
		return false;
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
			cell.phase >= N_GT_PHASES || n_alt > GT_ALT_MAX || room < 4)
		return false;
	cell.n_alt = (uint16_t)n_alt;
	*o.at++ = cell.type;
	*o.at++ = (uint8_t)cell.phase;
	*o.at++ = (uint8_t)n_alt;
	*o.at++ = (uint8_t)(n_alt >> 8);
	for (unsigned i = 0; i < n_rows(&cell); i++)
		if (!put_row(r, &o, n_slots))
			return false;
	*len = (size_t)(o.at - out);
	return true;
}
