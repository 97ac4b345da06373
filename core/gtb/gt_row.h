/* SPDX-License-Identifier: MIT */
/*
 * A row of genotypes, as stored, to the cell that a record has (core/codec/gt_cell.h).
 *
 * Most rows are of two alleles, packed, and nearly all in them is 0/0: bytes of nothing else are
 * passed over many at a time, the others are looked up, and no code is made for each sample.
 */
#ifndef GENOFS_GTB_GT_ROW_H
#define GENOFS_GTB_GT_ROW_H

#include "core/codec/gt_cell.h"
#include "core/gtb/calls.h"

/* Of the genotypes of a row as they are shown. */
struct gt_tally {
	uint32_t counts[GTB_MISSING]; /* of each allele; of REF not set */
	uint32_t n_alleles;           /* that counts[] is set for */
	uint64_t n;                   /* alleles that are called */
	uint32_t n_out_of_range;      /* genotypes with alleles that the record does not have */
};

/* Of 64 bytes from @first on, of which some are not 0/0, which those are. */
struct gt_odd {
	uint64_t mask;
	uint32_t first;
};

/* Scratch of a thread. */
struct gt_row_maker {
	uint32_t n_samples;
	uint32_t last_slots[2];   /* of a row of three samples a byte, or four, of its last byte */
	uint8_t *bits[2];         /* of ALT 1 and missing ones; owned */
	uint32_t *slots;          /* 2 * n_samples, and one more word a row; owned */
	uint32_t *odd;            /* samples; owned */
	struct gt_odd *odd_bytes; /* of a row, n_odd_bytes of them; owned */
	uint32_t n_odd_bytes;
	const struct gt_row_way *way;
	/* The alleles of each code of a byte as they are shown, where there are @shown_alleles of
	 * them; 0: not made. */
	struct call shown[256];
	uint32_t shown_alleles;
	bool shown_phased;
	uint8_t *values; /* of BCF, 2 bytes each; owned */
	struct gt_scratch encode;
};

/* Bytes that it takes, and what it has from malloc. */
uint64_t gt_row_maker_cost(uint32_t n_samples);
int gt_row_maker_init(struct gt_row_maker *m, uint32_t n_samples); /* 0 or -ENOMEM */
void gt_row_maker_done(struct gt_row_maker *m);

/**
 * gt_row_put() - the row's cell, appended to @out
 * @ploidy:  of the contig, 1 or 2: with 1 a call of the same allele twice is that allele alone
 * @scratch: for rows of codes
 * @cell_ploidy: the cell's, the largest of its samples
 *
 * Return: 0; -ENOMEM; -EBADMSG, also where the row does not give the counts stored with it.
 */
int gt_row_put(struct gt_row_maker *m, struct calls_scratch *scratch, const struct stored_row *row,
		unsigned ploidy, struct gt_tally *tally, uint32_t *cell_ploidy, struct buf *out,
		struct err *err);

#endif
