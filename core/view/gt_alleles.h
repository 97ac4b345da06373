/* SPDX-License-Identifier: MIT */
/*
 * Genotypes spread out by slot: for text that has not two bytes a slot (core/view/vcf_gt.h).
 */
#ifndef GENOFS_VIEW_GT_ALLELES_H
#define GENOFS_VIEW_GT_ALLELES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/record/record.h"

/* A slot: the allele, or one of the first two flags; the phase bit beside it. */
enum {
	GT_ALLELE = 0x0fff,
	GT_IS_MISSING = 0x1000,
	GT_IS_END = 0x2000,
	GT_IS_PHASED = 0x8000,
};

/* A genotype cell by slot, into @alleles (n_samples * ploidy). Return: false where damaged. */
bool gt_alleles_spread(const struct record_field *gt, uint32_t n_samples, uint16_t *alleles);

enum { GT_SLOT_TEXT_MAX = 8 }; /* bytes that may be written over for a slot */

/*
 * @before and one sample's genotype; and the same as the integers that the cell was made of, which
 * is how genotypes are printed that are not the record's (FORMAT names GT twice). They return the
 * byte behind their text.
 */
char *gt_alleles_text(char *p, char before, const uint16_t *alleles, uint32_t ploidy);
char *gt_alleles_ints_text(char *p, char before, const uint16_t *alleles, uint32_t ploidy);

#endif
