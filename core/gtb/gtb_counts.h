/* SPDX-License-Identifier: MIT */
/* AC, AN and AF of a record's genotypes, as fields of INFO. One thread at a time. */
#ifndef GENOFS_GTB_GTB_COUNTS_H
#define GENOFS_GTB_GTB_COUNTS_H

#include "core/gtb/gt_row.h"
#include "core/gtb/vcf_private.h"

enum {
	FREQUENCIES = 1 << 9, /* kept, as many as a power of two */
	COUNTED_MAX = 32      /* bytes of AC, AN and AF, unless their keys are large */
};

/* A frequency as a record has it: what its text is as a float; and all fields of a record of two
 * alleles that has it. */
struct frequency {
	uint32_t n; /* 0: none; of at most 2^22 samples */
	uint32_t count;
	uint32_t bits;
	uint8_t which;      /* counts that there are fields of, a bit for each */
	uint8_t fields_len; /* 0: not made yet */
	uint8_t fields[COUNTED_MAX];
};

struct gtb_counts {
	uint32_t keys[N_COUNTS];
	uint32_t *values;  /* of AC or AF, by ALT; owned */
	uint32_t n_values; /* that there is room for */
	struct frequency frequencies[FREQUENCIES];
};

/* @c: all 0. @keys: where the header declares them. */
void gtb_counts_init(struct gtb_counts *c, struct names *keys);
void gtb_counts_done(struct gtb_counts *c);
/* The fields of those that have a bit in @which (1 << COUNT_AC), appended to @out. Return: false
 * where memory is out. */
bool gtb_counts_put(struct gtb_counts *c, const struct gt_tally *t, unsigned which,
		uint32_t n_alleles, struct buf *out);

#endif
