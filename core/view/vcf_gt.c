/* SPDX-License-Identifier: MIT */
#include "core/view/vcf_gt.h"

#include <errno.h>
#include <stdlib.h>

#include "core/codec/gt_cell.h"

/*
 * The plain kind. Slot h has two bytes of text: a tab or separator at 2h, a digit or dot at
 * 2h + 1. A line begins as a copy of the blank, in which every slot is REF ("\t0|0\t0|0..."); each
 * row then changes the digits of its slots. XOR does that, for one slot or for the eight of a byte
 * of bits: '0' ^ a is the digit a, '0' ^ TO_MISSING is '.'.
 */
enum {
	TO_MISSING = '0' ^ '.',
	BLANK_SLOTS = 4 * 1024, /* at most: 2 bytes each, no more than text_need() gives */
};

/* A row with the place that rendering has come to. */
struct plain_row {
	struct gt_row row;
	uint32_t at; /* index of a list */
	uint8_t flip;
};

/* For each byte of bits: 1 in the digit's byte of each slot that is set. */
static uint64_t flips[256][2];

static void __attribute__((constructor)) make_flips(void)
{
	for (unsigned byte = 0; byte < 256; byte++) {
		uint8_t text[16] = { 0 };

		for (unsigned bit = 0; bit < 8; bit++)
			text[2 * bit + 1] = byte >> bit & 1;
		memcpy(flips[byte], text, sizeof(text));
	}
}

static bool blank_make(struct vcf_scratch *s, uint32_t ploidy, uint8_t phase)
{
	/* Whole samples and whole bytes of bits: a multiple of both. */
	size_t unit = 8 * (size_t)ploidy;
	size_t n_slots = BLANK_SLOTS / unit * unit;

	if (s->blank && s->blank_ploidy == ploidy && s->blank_phase == phase)
		return true;
	if (!s->blank)
		s->blank = malloc(2 * (size_t)BLANK_SLOTS);
	if (!s->blank)
		return false;
	for (size_t h = 0; h < n_slots; h++) {
		s->blank[2 * h] = h % ploidy == 0 ? '\t' : phase == GT_PHASED ? '|' : '/';
		s->blank[2 * h + 1] = '0';
	}
	s->blank_len = 2 * n_slots;
	s->blank_ploidy = ploidy;
	s->blank_phase = phase;
	return true;
}

static void flip_bits(const uint8_t *bits, size_t n_slots, uint8_t flip, char *text)
{
	size_t n_bytes = n_slots / 8;

	for (size_t i = 0; i < n_bytes; i++, text += 16) {
		uint64_t words[2];

		if (!bits[i])
			continue;
		memcpy(words, text, sizeof(words));
		words[0] ^= flips[bits[i]][0] * flip;
		words[1] ^= flips[bits[i]][1] * flip;
		memcpy(text, words, sizeof(words));
	}
	for (size_t h = 0; h < n_slots % 8; h++)
		if (bits[n_bytes] >> h & 1)
			text[2 * h + 1] ^= (char)flip;
}

/* Slots [@first, @first + @n) of a row, whose text begins at @text. */
static void flip_row(struct plain_row *r, uint32_t first, size_t n, char *text)
{
	if (r->row.form == GT_ROW_BITS) {
		flip_bits(r->row.data + first / 8, n, r->flip, text);
		return;
	}
	while (r->at < r->row.n) {
		uint32_t h = gt_row_slot(&r->row, r->at);

		if (h >= first + n)
			break;
		if (h >= first)
			text[2 * (size_t)(h - first) + 1] ^= (char)r->flip;
		r->at++;
	}
}

/* The rows of a cell that is plain, less the empty ones: how many, -1 where not plain, -EBADMSG. */
static int plain_rows(
		struct gt_cell *cell, uint32_t n_slots, struct plain_row rows[11], bool *plain)
{
	struct gt_row row;
	int n = 0;

	*plain = cell->n_alt <= 9 && cell->phase != GT_MIXED;
	if (!*plain)
		return 0;
	for (unsigned i = 1; i <= cell->n_alt + 2u; i++) {
		if (!gt_row_next(&cell->rows, n_slots, &row))
			return -EBADMSG;
		if (row.form == GT_ROW_EMPTY)
			continue;
		if (i == cell->n_alt + 2u) {
			*plain = false; /* END */
			return 0;
		}
		rows[n].row = row;
		rows[n].at = 0;
		rows[n].flip = i <= cell->n_alt ? (uint8_t)i : TO_MISSING;
		n++;
	}
	return cursor_finished(&cell->rows) ? n : -EBADMSG;
}

int vcf_gt_plain(const struct record_field *gt, uint32_t n_samples, struct vcf_scratch *scratch,
		struct text_out *o, bool *written)
{
	uint32_t n_slots = gt->n * n_samples;
	struct plain_row rows[11];
	struct gt_cell cell;
	int n_rows;

	*written = false;
	if (!gt_cell_open(gt->values, gt->len, &cell))
		return -EBADMSG;
	n_rows = plain_rows(&cell, n_slots, rows, written);
	if (n_rows < 0 || !*written)
		return n_rows;
	if (!blank_make(scratch, gt->n, (uint8_t)cell.phase))
		return -ENOMEM;
	for (uint32_t first = 0; first < n_slots && !text_full(o);) {
		size_t n = scratch->blank_len / 2;

		if (n > n_slots - first)
			n = n_slots - first;
		if (!text_pass(o, 2 * n)) {
			text_need(o, 2 * n);
			memcpy(o->at, scratch->blank, 2 * n);
			for (int i = 0; i < n_rows; i++)
				flip_row(&rows[i], first, n, o->at);
			o->at += 2 * n;
		}
		first += (uint32_t)n;
	}
	return 0;
}

static bool set_alleles(struct cursor *rows, uint32_t n_slots, uint16_t value, uint16_t *alleles)
{
	struct gt_row_iter it;
	struct gt_row row;
	uint32_t h;

	if (!gt_row_next(rows, n_slots, &row))
		return false;
	it = gt_row_iter(&row, n_slots);
	while (gt_row_iter_next(&it, &h))
		alleles[h] |= value;
	return true;
}

bool vcf_gt_alleles(const struct record_field *gt, uint32_t n_samples, uint16_t *alleles)
{
	uint32_t n_slots = gt->n * n_samples;
	struct gt_cell cell;

	if (!gt_cell_open(gt->values, gt->len, &cell))
		return false;
	memset(alleles, 0, n_slots * sizeof(*alleles));
	for (unsigned a = 1; a <= cell.n_alt; a++)
		if (!set_alleles(&cell.rows, n_slots, (uint16_t)a, alleles))
			return false;
	if (!set_alleles(&cell.rows, n_slots, GT_IS_MISSING, alleles) ||
			!set_alleles(&cell.rows, n_slots, GT_IS_END, alleles))
		return false;
	if (cell.phase == GT_MIXED && !set_alleles(&cell.rows, n_slots, GT_IS_PHASED, alleles))
		return false;
	if (cell.phase == GT_PHASED)
		for (uint32_t h = 0; h < n_slots; h++)
			alleles[h] |= h % gt->n ? GT_IS_PHASED : 0;
	return cursor_finished(&cell.rows);
}

void vcf_gt_sample(const uint16_t *alleles, uint32_t ploidy, struct text_out *o)
{
	text_need(o, 6 * (size_t)ploidy + 1); /* a separator and five digits a slot */
	for (uint32_t p = 0; p < ploidy; p++) {
		uint16_t a = alleles[p];

		if (a & GT_IS_END) {
			if (!p)
				*o->at++ = '.';
			return;
		}
		if (p)
			*o->at++ = a & GT_IS_PHASED ? '|' : '/';
		if (a & GT_IS_MISSING)
			*o->at++ = '.';
		else if (a < 10)
			*o->at++ = (char)('0' + a);
		else
			o->at += int_text(o->at, a & GT_ALLELE);
	}
	if (!ploidy)
		*o->at++ = '.';
}
