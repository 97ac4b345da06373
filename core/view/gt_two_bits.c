/* SPDX-License-Identifier: MIT */
#include "core/view/gt_two_bits.h"

#include <errno.h>

#include "core/codec/gt_cell.h"
#include "core/view/gt_alleles.h"

/* The lower bit of each pair. */
static const uint64_t lower = 0x5555555555555555;

int gt_field(const struct vcf_text *v, const struct record *r, struct record_field *out)
{
	struct cursor c = cursor_over(r->fmt, r->fmt_len);

	for (uint32_t i = 0; i < r->n_fmt; i++) {
		if (!record_field_next(&c, v->n_samples, out))
			return -EBADMSG;
		if (out->key == v->gt_key)
			return 1;
	}
	return 0;
}

/* Set the bits of a row in @bits, one a slot. */
static void or_row(const struct gt_row *row, uint32_t n_slots, uint64_t *bits)
{
	size_t n_bytes = n_slots / 8 + (n_slots % 8 != 0);
	size_t at = 0;

	if (row->form == GT_ROW_BITS) {
		for (; n_bytes - at >= sizeof(*bits); at += sizeof(*bits)) {
			uint64_t word;

			memcpy(&word, row->data + at, sizeof(word));
			bits[at / sizeof(*bits)] |= le64toh(word);
		}
		for (; at < n_bytes; at++)
			bits[at / sizeof(*bits)] |= (uint64_t)row->data[at]
						    << 8 * (at % sizeof(*bits));
		return;
	}
	for (uint32_t i = 0; i < row->n; i++) {
		uint32_t slot = gt_row_slot(row, i);

		bits[slot / 64] |= (uint64_t)1 << slot % 64;
	}
}

/* Rows of a cell as bits: all of ALT together, MISSING, END; each of @n_words. */
static bool take_rows(const struct gt_cell *cell, uint32_t n_slots, uint64_t *bits, size_t n_words)
{
	struct cursor rows = cell->rows;

	memset(bits, 0, 3 * n_words * sizeof(*bits));
	for (unsigned i = 0; i < cell->n_alt + 2u; i++) {
		unsigned to = i < cell->n_alt ? 0 : i - cell->n_alt + 1;
		struct gt_row row;

		if (!gt_row_next(&rows, n_slots, &row))
			return false;
		or_row(&row, n_slots, bits + to * n_words);
	}
	return true;
}

static uint64_t diploid_word(uint64_t alt, uint64_t missing, uint64_t end)
{
	uint64_t first = alt & lower;
	uint64_t second = alt >> 1 & lower;
	uint64_t is_missing = (missing | missing >> 1 | end) & lower;

	second |= first & (end >> 1 & lower); /* a haploid call counts twice */
	return ((first & second) << 1) | (first ^ second) | is_missing * 3;
}

/* Bit i of the lower half of @x to bit 2 * i. */
static uint64_t spread(uint64_t x)
{
	x &= UINT32_MAX;
	x = (x | x << 16) & 0x0000ffff0000ffff;
	x = (x | x << 8) & 0x00ff00ff00ff00ff;
	x = (x | x << 4) & 0x0f0f0f0f0f0f0f0f;
	x = (x | x << 2) & 0x3333333333333333;
	return (x | x << 1) & lower;
}

static uint64_t haploid_word(uint64_t alt, uint64_t missing, uint64_t end)
{
	return spread(alt) << 1 | spread(missing | end) * 3;
}

/* What most records are. @out: behind the rows' bits. */
static void pairs_of(
		uint32_t ploidy, const uint64_t *bits, size_t n_words, uint64_t *out, size_t n_out)
{
	const uint64_t *missing = bits + n_words;
	const uint64_t *end = missing + n_words;

	for (size_t i = 0; i < n_out; i++) {
		unsigned shift = i % 2 ? 32 : 0;

		out[i] = ploidy == 2 ? diploid_word(bits[i], missing[i], end[i])
				     : haploid_word(bits[i / 2] >> shift, missing[i / 2] >> shift,
						       end[i / 2] >> shift);
	}
}

/* Calls of any ploidy, of which those of one or two alleles count. */
static uint64_t call_of(const uint16_t *alleles, uint32_t ploidy)
{
	uint64_t copies = 0;
	uint32_t n = 0;

	for (; n < ploidy && !(alleles[n] & GT_IS_END); n++) {
		if (alleles[n] & GT_IS_MISSING)
			return 3;
		copies += (alleles[n] & GT_ALLELE) != 0;
	}
	return n == 1 ? 2 * copies : n == 2 ? copies : 3;
}

static int calls_of(
		const struct record_field *f, uint32_t n_samples, uint16_t *alleles, uint64_t *out)
{
	if (!gt_alleles_spread(f, n_samples, alleles))
		return -EBADMSG;
	for (uint32_t i = 0; i < n_samples; i++)
		out[i / TWO_BITS_A_WORD] |= call_of(alleles + (size_t)i * f->n, f->n)
					    << 2 * (i % TWO_BITS_A_WORD);
	return 0;
}

static void clear_rest(uint64_t *out, uint32_t n_samples)
{
	if (n_samples % TWO_BITS_A_WORD)
		out[n_samples / TWO_BITS_A_WORD] &=
				((uint64_t)1 << 2 * (n_samples % TWO_BITS_A_WORD)) - 1;
}

int gt_two_bits(const struct vcf_text *v, const struct record *r, struct view_scratch *s,
		uint64_t **out)
{
	const size_t n_out = two_bits_words(v->n_samples);
	struct record_field f;
	struct gt_cell cell;
	uint64_t n_slots = 0;
	size_t n_words;
	uint64_t *words;
	int status = gt_field(v, r, &f);

	if (status < 0)
		return status;
	if (status && f.type == RECORD_GT)
		n_slots = (uint64_t)f.n * v->n_samples;
	if (n_slots > UINT32_MAX)
		return -EBADMSG;
	n_words = (size_t)(n_slots + 63) / 64 + 1;
	buf_clear(&s->values);
	if (!buf_reserve(&s->values, (n_out + 1 + 4 * n_words) * sizeof(*words) +
						     n_slots * sizeof(uint16_t)))
		return -ENOMEM;
	words = (uint64_t *)(void *)s->values.data;
	*out = words;
	if (!n_slots) {
		memset(words, UINT8_MAX, n_out * sizeof(*words));
	} else if (f.n <= 2) {
		if (!gt_cell_open(f.values, f.len, &cell) ||
				!take_rows(&cell, (uint32_t)n_slots, words + n_out, n_words))
			return -EBADMSG;
		pairs_of(f.n, words + n_out, n_words, words, n_out);
	} else {
		memset(words, 0, n_out * sizeof(*words));
		status = calls_of(&f, v->n_samples, (uint16_t *)(void *)(words + n_out), words);
		if (status < 0)
			return status;
	}
	clear_rest(words, v->n_samples);
	for (size_t i = 0; i < n_out; i++)
		words[i] = htole64(words[i]);
	return 0;
}
