/* SPDX-License-Identifier: MIT */
#include "core/codec/gt_cell.h"

#include <errno.h>
#include <stdlib.h>

#include "core/record/record.h"

void gt_scratch_done(struct gt_scratch *s)
{
	free(s->bits);
	s->bits = NULL;
	s->n_bytes = 0;
}

static uint8_t *scratch_get(struct gt_scratch *s, size_t n_bytes)
{
	if (n_bytes > s->n_bytes) {
		uint8_t *p = realloc(s->bits, n_bytes);

		if (!p)
			return NULL;
		s->bits = p;
		s->n_bytes = n_bytes;
	}
	return s->bits;
}

/*
 * A value of @type as BCF's 32-bit one: end-of-vector becomes VALUE_END, everything else that is
 * negative (integer "missing" and reserved values) VALUE_ODD.
 */
enum { VALUE_END = -1, VALUE_ODD = -2 };

static inline __attribute__((always_inline)) int32_t value_at(
		uint8_t type, const uint8_t *p, size_t i)
{
	int32_t v;
	int32_t end;

	if (type == RECORD_INT8) {
		v = (int8_t)p[i];
		end = INT8_MIN + 1;
	} else if (type == RECORD_INT16) {
		uint16_t u;

		memcpy(&u, p + 2 * i, sizeof(u));
		v = (int16_t)le16toh(u);
		end = INT16_MIN + 1;
	} else {
		uint32_t u;

		memcpy(&u, p + 4 * i, sizeof(u));
		v = (int32_t)le32toh(u);
		end = INT32_MIN + 1;
	}
	if (v >= 0)
		return v;
	return v == end ? VALUE_END : VALUE_ODD;
}

/*
 * Most values of most records are REF, so values are gone through in words of eight, and words of
 * nothing but REF (2, or 3 with the phase bit) are passed over. One bit of a word's low bits
 * stands for each value.
 */
enum { WORD = 8 };

static const uint64_t low_bits = 0x0101010101010101;

static inline __attribute__((always_inline)) bool word_is_ref(
		uint8_t type, const uint8_t *values, size_t h, size_t n_slots, uint64_t *word)
{
	if (type != RECORD_INT8 || n_slots - h < WORD)
		return false;
	memcpy(word, values + h, sizeof(*word));
	return !((*word ^ 2 * low_bits) & ~low_bits);
}

/* How many low bits of a word are set: __builtin_popcountll() is a call on older processors. */
static inline uint32_t count_low_bits(uint64_t word)
{
	return (uint32_t)(word * low_bits >> 56);
}

/* Low bits of the values in a word that are the first of their sample; 0 where words differ. */
static uint64_t first_bits(uint32_t ploidy)
{
	switch (ploidy) {
	case 1:
		return low_bits;
	case 2:
		return htole64(0x0001000100010001);
	case 4:
		return htole64(0x0000000100000001);
	default:
		return 0;
	}
}

/* What one pass over the values finds out. */
struct gt_scan {
	int32_t max;             /* largest value: (allele + 1) << 1 | phased */
	uint32_t n_not_ref;      /* slots in any row of ALT, MISSING and END */
	uint32_t n_phased;       /* slots with the phase bit */
	uint32_t n_phased_first; /* of these, first slots of a sample */
	uint32_t n_rest;         /* slots that are neither first nor end-of-vector */
	bool odd;
};

static inline __attribute__((always_inline)) void scan_value(
		struct gt_scan *s, int32_t v, bool first)
{
	if (v < 0) {
		s->odd |= v == VALUE_ODD;
		s->n_not_ref++;
		return;
	}
	s->max = v > s->max ? v : s->max;
	s->n_not_ref += v >> 1 != 1;
	s->n_phased += v & 1;
	s->n_phased_first += first && v & 1;
	s->n_rest += !first;
}

static inline __attribute__((always_inline)) struct gt_scan scan(
		uint8_t type, const uint8_t *values, uint32_t ploidy, uint32_t n_samples)
{
	size_t n_slots = (size_t)n_samples * ploidy;
	uint64_t first = first_bits(ploidy);
	struct gt_scan s = { 0 };
	uint32_t p = 0; /* of slot h in its sample */

	for (size_t h = 0; h < n_slots;) {
		size_t end = h + WORD < n_slots ? h + WORD : n_slots;
		uint64_t word;

		if (first && word_is_ref(type, values, h, n_slots, &word)) {
			s.n_phased += count_low_bits(word & low_bits);
			s.n_phased_first += count_low_bits(word & first);
			s.n_rest += WORD - WORD / ploidy;
			h = end;
			continue;
		}
		for (; h < end; h++) {
			scan_value(&s, value_at(type, values, h), p == 0);
			p = p + 1 == ploidy ? 0 : p + 1;
		}
	}
	return s;
}

/* Row of a value that is not REF: 0 ... n_alt - 1 for ALTs, then MISSING, then END. */
static inline uint32_t row_of(int32_t v, uint32_t n_alt)
{
	if (v == VALUE_END)
		return n_alt + 1;
	return v >> 1 ? (uint32_t)(v >> 1) - 2 : n_alt;
}

/* Slots sorted by row: row r has slots[first[r]] to slots[first[r + 1] - 1], ascending. */
static inline __attribute__((always_inline)) void sort_slots(uint8_t type, const uint8_t *values,
		size_t n_slots, uint32_t n_alt, uint32_t *first, uint32_t *slots)
{
	uint32_t n_rows = n_alt + 2;
	uint64_t word;

	memset(first, 0, (n_rows + 1) * sizeof(*first));
	for (size_t h = 0; h < n_slots; h += WORD)
		if (!word_is_ref(type, values, h, n_slots, &word))
			for (size_t i = h; i < h + WORD && i < n_slots; i++) {
				int32_t v = value_at(type, values, i);

				if (v >> 1 != 1)
					first[row_of(v, n_alt) + 1]++;
			}
	for (uint32_t r = 0; r < n_rows; r++)
		first[r + 1] += first[r];
	for (size_t h = 0; h < n_slots; h += WORD)
		if (!word_is_ref(type, values, h, n_slots, &word))
			for (size_t i = h; i < h + WORD && i < n_slots; i++) {
				int32_t v = value_at(type, values, i);

				if (v >> 1 != 1)
					slots[first[row_of(v, n_alt)]++] = (uint32_t)i;
			}
	/* Filling moved every start to the next row's: move back. */
	memmove(first + 1, first, n_rows * sizeof(*first));
	first[0] = 0;
}

enum gt_row_form gt_row_form_of(uint32_t n, size_t n_slots, size_t *size)
{
	size_t n_bits = (n_slots + 7) / 8;
	bool narrow = n_slots <= UINT16_MAX + 1;
	size_t n_list = sizeof(uint32_t) + (size_t)n * (narrow ? 2 : 4);

	*size = n ? n_list < n_bits ? n_list : n_bits : 0;
	if (!n)
		return GT_ROW_EMPTY;
	if (n_list >= n_bits)
		return GT_ROW_BITS;
	return narrow ? GT_ROW_LIST16 : GT_ROW_LIST32;
}

static void put_row(struct buf *out, const uint32_t *slots, uint32_t n, size_t n_slots)
{
	size_t size;
	enum gt_row_form form = gt_row_form_of(n, n_slots, &size);

	buf_put_u8(out, (uint8_t)form);
	if (form == GT_ROW_BITS) {
		if (!buf_reserve(out, size))
			return;
		memset(out->data + out->len, 0, size);
		for (uint32_t i = 0; i < n; i++)
			out->data[out->len + slots[i] / 8] |= (uint8_t)(1u << slots[i] % 8);
		out->len += size;
	} else if (form != GT_ROW_EMPTY) {
		buf_put_u32(out, n);
		for (uint32_t i = 0; i < n; i++)
			if (form == GT_ROW_LIST16)
				buf_put_u16(out, (uint16_t)slots[i]);
			else
				buf_put_u32(out, slots[i]);
	}
}

static inline __attribute__((always_inline)) uint32_t phased_slots(
		uint8_t type, const uint8_t *values, size_t n_slots, uint32_t *slots)
{
	uint32_t n = 0;

	for (size_t h = 0; h < n_slots; h++) {
		int32_t v = value_at(type, values, h);

		if (v >= 0 && v & 1)
			slots[n++] = (uint32_t)h;
	}
	return n;
}

static inline __attribute__((always_inline)) int encode(uint8_t type, const uint8_t *values,
		uint32_t ploidy, uint32_t n_samples, struct gt_scratch *scratch, struct buf *out)
{
	size_t n_slots = (size_t)n_samples * ploidy;
	struct gt_scan s = scan(type, values, ploidy, n_samples);
	size_t at = out->len;
	enum gt_phase phase;
	uint32_t n_alt;
	uint32_t *first;
	uint32_t *slots;

	n_alt = s.max >> 1 >= 2 ? (uint32_t)(s.max >> 1) - 1 : 0;
	if (s.odd || n_alt > GT_ALT_MAX)
		return 0;
	if (!s.n_phased)
		phase = GT_UNPHASED;
	else if (!s.n_phased_first && s.n_phased == s.n_rest)
		phase = GT_PHASED;
	else
		phase = GT_MIXED;

	first = (uint32_t *)(void *)scratch_get(scratch, (n_alt + 3 + n_slots) * sizeof(*first));
	if (!first)
		return -ENOMEM;
	slots = first + n_alt + 3;

	buf_put_u8(out, type);
	buf_put_u8(out, (uint8_t)phase);
	buf_put_u16(out, (uint16_t)n_alt);
	if (s.n_not_ref) {
		sort_slots(type, values, n_slots, n_alt, first, slots);
		for (uint32_t r = 0; r < n_alt + 2; r++)
			put_row(out, slots + first[r], first[r + 1] - first[r], n_slots);
	} else {
		for (uint32_t r = 0; r < n_alt + 2; r++)
			put_row(out, slots, 0, n_slots);
	}
	if (phase == GT_MIXED)
		put_row(out, slots, phased_slots(type, values, n_slots, slots), n_slots);
	if (buf_failed(out)) {
		out->len = at;
		return -ENOMEM;
	}
	return 1;
}

int gt_cell_encode(uint8_t type, const uint8_t *values, uint32_t ploidy, uint32_t n_samples,
		struct gt_scratch *scratch, struct buf *out)
{
	if (!ploidy || ploidy > GT_PLOIDY_MAX || (uint64_t)ploidy * n_samples > UINT32_MAX)
		return 0;
	switch (type) {
	case RECORD_INT8:
		return encode(RECORD_INT8, values, ploidy, n_samples, scratch, out);
	case RECORD_INT16:
		return encode(RECORD_INT16, values, ploidy, n_samples, scratch, out);
	case RECORD_INT32:
		return encode(RECORD_INT32, values, ploidy, n_samples, scratch, out);
	default:
		return 0;
	}
}

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

/* Do fn(h) for every slot of the row. */
static void set_row(const struct gt_row *row, uint32_t n_slots, uint8_t type, uint8_t *values,
		int32_t v)
{
	struct gt_row_iter it = gt_row_iter(row, n_slots);
	uint32_t h;

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
	static const int32_t end_of[] = { [RECORD_INT8] = INT8_MIN + 1,
		[RECORD_INT16] = INT16_MIN + 1,
		[RECORD_INT32] = INT32_MIN + 1 };

	set_row(end, n_slots, type, values, end_of[type]);
	return true;
}

bool gt_cell_values(const uint8_t *data, size_t len, uint32_t ploidy, uint32_t n_samples,
		uint8_t *values)
{
	uint32_t n_slots = ploidy * n_samples;
	struct gt_cell cell;
	struct gt_row row;

	if (!gt_cell_open(data, len, &cell))
		return false;
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
