/* SPDX-License-Identifier: MIT */
#include "core/codec/gt_cell.h"

#include "core/base/byte_mask.h"
#include "core/codec/gt_words.h"
#include "core/record/record.h"

bool gt_cell_open(const uint8_t *data, size_t len, struct gt_cell *out)
{
	struct cursor c = cursor_over(data, len);

	out->type = cursor_u8(&c);
	out->phase = cursor_u8(&c);
	out->n_alt = cursor_u16(&c);
	out->rows = c;
	return !cursor_bad(&c) && out->type >= RECORD_INT8 && out->type <= RECORD_INT32 &&
	       out->phase < N_GT_PHASES && out->n_alt <= GT_ALT_MAX;
}

static bool list_is_sound(const struct gt_row *row, uint32_t n_slots)
{
	uint64_t next = 0; /* the smallest slot that may come next */

	for (uint32_t i = 0; i < row->n; i++) {
		uint32_t h = gt_row_slot(row, i);

		if (h < next || h >= n_slots)
			return false;
		next = (uint64_t)h + 1;
	}
	return true;
}

bool gt_row_next(struct cursor *rows, uint32_t n_slots, struct gt_row *out)
{
	uint8_t form = cursor_u8(rows);
	size_t len;

	out->form = form;
	out->n = 0;
	out->data = NULL;
	switch (form) {
	case GT_ROW_EMPTY:
		return !cursor_bad(rows);
	case GT_ROW_LIST16:
	case GT_ROW_LIST32:
		out->n = cursor_u32(rows);
		if (out->n > n_slots)
			return false;
		out->data = cursor_take(rows, (size_t)out->n * (form == GT_ROW_LIST16 ? 2 : 4));
		return out->data && list_is_sound(out, n_slots);
	case GT_ROW_BITS:
		len = ((size_t)n_slots + 7) / 8;
		out->data = cursor_take(rows, len);
		return out->data && (n_slots % 8 == 0 || !(out->data[len - 1] >> n_slots % 8));
	default:
		return false;
	}
}

static void put_value(uint8_t type, uint8_t *values, size_t i, int32_t v)
{
	uint16_t u16;
	uint32_t u32;

	switch (type) {
	case RECORD_INT8:
		values[i] = (uint8_t)v;
		break;
	case RECORD_INT16:
		u16 = htole16((uint16_t)v);
		memcpy(values + 2 * i, &u16, sizeof(u16));
		break;
	default:
		u32 = htole32((uint32_t)v);
		memcpy(values + 4 * i, &u32, sizeof(u32));
		break;
	}
}

static inline void or_phase(uint8_t type, uint8_t *values, size_t i)
{
	/* The phase bit is the lowest of the value's first byte in every width. */
	values[i * record_type_size(type)] |= 1;
}

/* The slots of a row become @v. */
static void set_row(const struct gt_row *row, uint32_t n_slots, uint8_t type, uint8_t *values,
		int32_t v)
{
	struct gt_row_iter it = gt_row_iter(row, n_slots);
	uint32_t h;

	if (type == RECORD_INT8 && row->form == GT_ROW_BITS) {
		byte_mask_set(values, row->data, n_slots, low_bits * (uint8_t)v);
		return;
	}
	while (gt_row_iter_next(&it, &h))
		put_value(type, values, h, v);
}

/* Set the phase bit of all values but each sample's first. */
static void phase_all(uint8_t type, uint8_t *values, uint32_t ploidy, uint32_t n_slots)
{
	uint64_t rest = low_bits & ~first_bits(ploidy);
	uint64_t word;
	uint32_t h = 0;

	if (type == RECORD_INT8 && first_bits(ploidy))
		for (; n_slots - h >= WORD; h += WORD) {
			memcpy(&word, values + h, sizeof(word));
			word |= rest;
			memcpy(values + h, &word, sizeof(word));
		}
	for (; h < n_slots; h++)
		if (h % ploidy)
			or_phase(type, values, h);
}

static int32_t end_of_vector(uint8_t type)
{
	if (type == RECORD_INT8)
		return INT8_MIN + 1;
	return type == RECORD_INT16 ? INT16_MIN + 1 : INT32_MIN + 1;
}

static bool phase_values(struct gt_cell *cell, const struct gt_row *end, uint32_t ploidy,
		uint32_t n_slots, uint8_t *values)
{
	const uint8_t type = cell->type;
	struct gt_row row;
	struct gt_row_iter it;
	uint32_t h;

	switch (cell->phase) {
	case GT_MIXED:
		if (!gt_row_next(&cell->rows, n_slots, &row))
			return false;
		it = gt_row_iter(&row, n_slots);
		while (gt_row_iter_next(&it, &h))
			or_phase(type, values, h);
		break;
	case GT_PHASED:
		phase_all(type, values, ploidy, n_slots);
		break;
	default:
		break;
	}
	/* End-of-vector is odd in every width; it goes in last, over the phase. */
	set_row(end, n_slots, type, values, end_of_vector(type));
	return true;
}

/* Bytes of which eight at a time are @all. */
static void fill(uint8_t *values, uint32_t n, uint64_t all)
{
	uint32_t done = n < WORD ? n : WORD;

	all = htole64(all);
	memcpy(values, &all, done);
	while (done < n) {
		uint32_t more = n - done < done ? n - done : done;

		memcpy(values + done, values, more);
		done += more;
	}
}

/* The slots of a row become @all, which has the phase of eight slots from the first of a sample. */
static void set_phased_row(
		const struct gt_row *row, uint32_t n_slots, uint8_t *values, uint64_t all)
{
	if (row->form == GT_ROW_BITS) {
		byte_mask_set(values, row->data, n_slots, all);
		return;
	}
	for (uint32_t i = 0; i < row->n; i++) {
		uint32_t h = gt_row_slot(row, i);

		values[h] = (uint8_t)(all >> 8 * (h % WORD));
	}
}

/* What most cells are: bytes, phased all through, of a ploidy that words are a multiple of. */
static bool phased_values(struct gt_cell *cell, uint32_t ploidy, uint32_t n_slots, uint8_t *values)
{
	uint64_t phase = low_bits & ~le64toh(first_bits(ploidy));
	struct gt_row row;

	fill(values, n_slots, low_bits << 1 | phase); /* REF */
	for (uint32_t a = 1; a <= cell->n_alt; a++) {
		if (!gt_row_next(&cell->rows, n_slots, &row))
			return false;
		set_phased_row(&row, n_slots, values, low_bits * (uint8_t)((a + 1) << 1) | phase);
	}
	if (!gt_row_next(&cell->rows, n_slots, &row))
		return false;
	set_phased_row(&row, n_slots, values, phase);
	if (!gt_row_next(&cell->rows, n_slots, &row))
		return false;
	set_phased_row(&row, n_slots, values, low_bits * (uint8_t)(INT8_MIN + 1));
	return cursor_finished(&cell->rows);
}

bool gt_cell_values(const uint8_t *data, size_t len, uint32_t ploidy, uint32_t n_samples,
		uint8_t *values)
{
	uint32_t n_slots = ploidy * n_samples;
	struct gt_cell cell;
	struct gt_row row;

	if (!gt_cell_open(data, len, &cell))
		return false;
	if (cell.type == RECORD_INT8 && cell.phase == GT_PHASED && first_bits(ploidy))
		return phased_values(&cell, ploidy, n_slots, values);
	if (cell.type == RECORD_INT8)
		memset(values, 1 << 1, n_slots); /* REF */
	else
		for (uint32_t h = 0; h < n_slots; h++)
			put_value(cell.type, values, h, 1 << 1);
	for (uint32_t a = 1; a <= cell.n_alt; a++) {
		if (!gt_row_next(&cell.rows, n_slots, &row))
			return false;
		set_row(&row, n_slots, cell.type, values, (int32_t)(a + 1) << 1);
	}
	if (!gt_row_next(&cell.rows, n_slots, &row))
		return false;
	set_row(&row, n_slots, cell.type, values, 0);
	if (!gt_row_next(&cell.rows, n_slots, &row))
		return false;
	return phase_values(&cell, &row, ploidy, n_slots, values) && cursor_finished(&cell.rows);
}
