/* SPDX-License-Identifier: MIT */
#include "core/base/inline.h"
#include "core/codec/gt_cell.h"

#include <errno.h>
#include <stdlib.h>

#include "core/codec/gt_words.h"
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

INLINE int32_t value_at(uint8_t type, const uint8_t *p, size_t i)
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

/* Words of nothing but REF (2, or 3 with the phase bit) are passed over. */
INLINE bool word_is_ref(
		uint8_t type, const uint8_t *values, size_t h, size_t n_slots, uint64_t *word)
{
	if (type != RECORD_INT8 || n_slots - h < WORD)
		return false;
	memcpy(word, values + h, sizeof(*word));
	return !((*word ^ 2 * low_bits) & ~low_bits);
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

INLINE void scan_value(struct gt_scan *s, int32_t v, bool first)
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

INLINE struct gt_scan scan(uint8_t type, const uint8_t *values, uint32_t ploidy, uint32_t n_samples)
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
INLINE void sort_slots(uint8_t type, const uint8_t *values, size_t n_slots, uint32_t n_alt,
		uint32_t *first, uint32_t *slots)
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

INLINE uint32_t phased_slots(uint8_t type, const uint8_t *values, size_t n_slots, uint32_t *slots)
{
	uint32_t n = 0;

	for (size_t h = 0; h < n_slots; h++) {
		int32_t v = value_at(type, values, h);

		if (v >= 0 && v & 1)
			slots[n++] = (uint32_t)h;
	}
	return n;
}

INLINE int encode(uint8_t type, const uint8_t *values, uint32_t ploidy, uint32_t n_samples,
		struct gt_scratch *scratch, struct buf *out)
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

/*
 * Most cells are of bytes, with no allele but REF and ALT 1 (2 and 4, or 3 and 5 with the phase
 * bit), none missing and all of one phase: their rows come eight values at a time.
 */
struct plain {
	uint64_t odd;    /* low bits of values that are none of these four */
	uint64_t any;    /* phase bits that some value has */
	uint64_t all;    /* phase bits that every value has */
	uint32_t n_ones; /* slots with ALT 1 */
};

/* The low bits of eight bytes, as one byte. */
static inline uint8_t gather_low_bits(uint64_t low)
{
	return (uint8_t)(le64toh(low) * 0x0102040810204080 >> 56);
}

static inline uint8_t plain_word(struct plain *p, uint64_t word)
{
	uint64_t alt = word >> 2 & low_bits;
	uint8_t byte = gather_low_bits(alt);

	/* Of the bits for 2 and 4 just one is set, of those above none. */
	p->odd |= (~(word >> 1 ^ word >> 2) & low_bits) | (word & ~(7 * low_bits));
	p->any |= word;
	p->all &= word;
	p->n_ones += count_low_bits(alt);
	return byte;
}

/* ALT 1 of such a cell to @bits. Return: false where it is not one. */
static bool plain_bits(const uint8_t *values, uint32_t ploidy, size_t n_slots, uint8_t *bits,
		uint32_t *n_ones, enum gt_phase *phase)
{
	uint64_t first = first_bits(ploidy);
	uint64_t rest = low_bits & ~first;
	struct plain p = { .all = UINT64_MAX };
	uint64_t word;
	size_t h = 0;

	if (!first)
		return false;
	for (; h + WORD <= n_slots && !p.odd; h += WORD) {
		memcpy(&word, values + h, sizeof(word));
		bits[h / WORD] = plain_word(&p, word);
	}
	if (h < n_slots && !p.odd) {
		/* The word is filled up with REFs of the same phase. */
		word = 2 * low_bits | (p.any & rest) | (h ? 0 : values[ploidy - 1] & 1 ? rest : 0);
		memcpy(&word, values + h, n_slots - h);
		bits[h / WORD] = plain_word(&p, word);
	}
	*n_ones = p.n_ones;
	*phase = p.any & rest ? GT_PHASED : GT_UNPHASED;
	return n_slots && !p.odd && !(p.any & first) && (p.any & rest) == (p.all & rest) &&
	       (!(p.any & rest) || (p.any & rest) == rest);
}

static void put_plain(struct buf *out, const uint8_t *bits, uint32_t n, enum gt_phase phase,
		size_t n_slots)
{
	struct gt_row row = { .form = GT_ROW_BITS, .data = bits };
	struct gt_row_iter it = gt_row_iter(&row, (uint32_t)n_slots);
	size_t size;
	enum gt_row_form form = gt_row_form_of(n, n_slots, &size);
	uint32_t h;

	buf_put_u8(out, RECORD_INT8);
	buf_put_u8(out, (uint8_t)phase);
	buf_put_u16(out, n > 0);
	if (n) {
		buf_put_u8(out, (uint8_t)form);
		if (form == GT_ROW_BITS)
			buf_put(out, bits, size);
		else
			buf_put_u32(out, n);
		while (form != GT_ROW_BITS && gt_row_iter_next(&it, &h))
			if (form == GT_ROW_LIST16)
				buf_put_u16(out, (uint16_t)h);
			else
				buf_put_u32(out, h);
	}
	/* MISSING and END */
	buf_put_u8(out, GT_ROW_EMPTY);
	buf_put_u8(out, GT_ROW_EMPTY);
}

static int encode_int8(const uint8_t *values, uint32_t ploidy, uint32_t n_samples,
		struct gt_scratch *scratch, struct buf *out)
{
	size_t n_slots = (size_t)n_samples * ploidy;
	size_t at = out->len;
	enum gt_phase phase;
	uint8_t *bits;
	uint32_t n;

	bits = scratch_get(scratch, n_slots / WORD + 1);
	if (!bits)
		return -ENOMEM;
	if (!plain_bits(values, ploidy, n_slots, bits, &n, &phase))
		return encode(RECORD_INT8, values, ploidy, n_samples, scratch, out);
	put_plain(out, bits, n, phase, n_slots);
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
		return encode_int8(values, ploidy, n_samples, scratch, out);
	case RECORD_INT16:
		return encode(RECORD_INT16, values, ploidy, n_samples, scratch, out);
	case RECORD_INT32:
		return encode(RECORD_INT32, values, ploidy, n_samples, scratch, out);
	default:
		return 0;
	}
}
