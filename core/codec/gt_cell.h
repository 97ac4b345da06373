/* SPDX-License-Identifier: MIT */
/*
 * The genotypes of one record as bit rows: what a RECORD_GT field holds.
 *
 * BCF codes a called allele as (allele + 1) << 1 | phased, a missing one as phased, and fills up
 * samples of lower ploidy with end-of-vector. A cell says the same by haplotype (slot): slot
 * h = sample * ploidy + p. Little-endian:
 *
 *   u8  type     RECORD_INT8, 16 or 32: the width that BCF had
 *   u8  phase    GT_UNPHASED: no value has its phase bit set
 *                GT_PHASED: all have it but each sample's first, and end-of-vector
 *                GT_MIXED: as the PHASE row says
 *   u16 n_alt    ALT rows: the highest allele number that occurs
 *   then the rows ALT 1 ... ALT n_alt, MISSING, END and, for GT_MIXED, PHASE:
 *   u8  form     GT_ROW_EMPTY: no slot; nothing follows
 *                GT_ROW_LIST16, GT_ROW_LIST32: u32 n, then n ascending u16 or u32 slots
 *                GT_ROW_BITS: (n_slots + 7) / 8 bytes, slot h being bit h % 8 of byte h / 8; unused
 * bits 0
 *
 * A slot is in at most one row of ALT, MISSING and END; one in none is REF. The phase bit of a slot
 * in END is not set.
 */
#ifndef GENOFS_CODEC_GT_CELL_H
#define GENOFS_CODEC_GT_CELL_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/cursor.h"

enum gt_phase { GT_UNPHASED, GT_PHASED, GT_MIXED, N_GT_PHASES };
enum gt_row_form { GT_ROW_EMPTY, GT_ROW_LIST16, GT_ROW_LIST32, GT_ROW_BITS, N_GT_ROW_FORMS };

enum {
	GT_PLOIDY_MAX = 255,
	GT_ALT_MAX = 4095, /* a higher allele number leaves the field to plain integers */
};

struct gt_row {
	enum gt_row_form form;
	uint32_t n;          /* slots listed; for GT_ROW_BITS not set */
	const uint8_t *data; /* the list or the bits; unaligned */
};

struct gt_cell {
	uint8_t type;
	enum gt_phase phase;
	uint16_t n_alt;
	struct cursor rows; /* at ALT 1 */
};

/* Scratch of gt_cell_encode(), kept by a thread; zero-initialised. */
struct gt_scratch {
	uint8_t *bits; /* owned */
	size_t n_bytes;
};

void gt_scratch_done(struct gt_scratch *s);

/**
 * gt_cell_encode() - BCF genotype values to a cell
 * @type:   RECORD_INT8, RECORD_INT16 or RECORD_INT32
 * @values: n_samples * ploidy little-endian values
 * @out:    the cell is appended; untouched where the Return is false
 *
 * Return: 1; 0 where the values do not fit a cell (reserved values, BCF's integer "missing",
 * alleles over GT_ALT_MAX, ploidy 0 or over GT_PLOIDY_MAX): keep them as integers; -ENOMEM.
 */
int gt_cell_encode(uint8_t type, const uint8_t *values, uint32_t ploidy, uint32_t n_samples,
		struct gt_scratch *scratch, struct buf *out);

/**
 * gt_cell_open() - the head of a cell
 *
 * Return: false where it is not one.
 */
bool gt_cell_open(const uint8_t *data, size_t len, struct gt_cell *out);
static inline unsigned gt_cell_n_rows(const struct gt_cell *cell)
{
	return cell->n_alt + 2u + (cell->phase == GT_MIXED);
}

/* The next row; false where the bytes are not a row. Lists are checked: ascending, below @n_slots.
 */
bool gt_row_next(struct cursor *rows, uint32_t n_slots, struct gt_row *out);

/* The form that a cell has a row of @n slots in, the smaller one; @size: bytes after the form's. */
static inline enum gt_row_form gt_row_form_of(uint32_t n, size_t n_slots, size_t *size)
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

static inline uint32_t gt_row_slot(const struct gt_row *row, uint32_t i)
{
	uint32_t u32;
	uint16_t u16;

	if (row->form == GT_ROW_LIST16) {
		memcpy(&u16, row->data + 2 * (size_t)i, sizeof(u16));
		return le16toh(u16);
	}
	memcpy(&u32, row->data + 4 * (size_t)i, sizeof(u32));
	return le32toh(u32);
}

/* The slots of a row, ascending, in whatever form it has. */
struct gt_row_iter {
	const struct gt_row *row;
	uint32_t n_bytes; /* of GT_ROW_BITS */
	uint32_t at;      /* list index, or byte */
	uint32_t base;    /* slot of the lowest bit of @bits */
	uint64_t bits;    /* of the bytes before @at that are still to come */
};

static inline struct gt_row_iter gt_row_iter(const struct gt_row *row, uint32_t n_slots)
{
	struct gt_row_iter it = { .row = row, .n_bytes = n_slots / 8 + (n_slots % 8 != 0) };

	assert(row->data || row->form == GT_ROW_EMPTY);
	return it;
}

static inline bool gt_row_iter_next(struct gt_row_iter *it, uint32_t *slot)
{
	if (it->row->form != GT_ROW_BITS) {
		if (it->at >= it->row->n)
			return false;
		*slot = gt_row_slot(it->row, it->at++);
		return true;
	}
	while (!it->bits) {
		uint32_t left = it->n_bytes - it->at;

		if (!left)
			return false;
		it->base = it->at * 8;
		if (left >= sizeof(it->bits))
			memcpy(&it->bits, it->row->data + it->at, sizeof(it->bits));
		else
			memcpy(&it->bits, it->row->data + it->at, left);
		it->bits = le64toh(it->bits);
		it->at += left < sizeof(it->bits) ? left : (uint32_t)sizeof(it->bits);
	}
	*slot = it->base + (uint32_t)__builtin_ctzll(it->bits);
	it->bits &= it->bits - 1;
	return true;
}

/**
 * gt_cell_values() - a cell back to the BCF values that it was made of
 * @values: n_samples * ploidy values of the cell's type
 *
 * Return: false where the cell is damaged.
 */
bool gt_cell_values(const uint8_t *cell, size_t len, uint32_t ploidy, uint32_t n_samples,
		uint8_t *values);

#endif
