/* SPDX-License-Identifier: MIT */
/*
 * Genotypes as two bits a sample, as PLINK's files have them: copies of any ALT allele of a diploid
 * call (0, 1, 2), 3 where it is missing.
 *
 * As plink2 reads a VCF: a haploid call counts twice, a call with a missing allele or of more than
 * two is missing, and so are all of a record without genotypes.
 */
#ifndef GENOFS_VIEW_GT_TWO_BITS_H
#define GENOFS_VIEW_GT_TWO_BITS_H

#include "core/record/record.h"
#include "core/view/scratch.h"

enum { TWO_BITS_A_WORD = 32 }; /* samples in a word */

static inline size_t two_bits_words(uint32_t n_samples)
{
	return ((size_t)n_samples + TWO_BITS_A_WORD - 1) / TWO_BITS_A_WORD;
}

/* The record's genotypes. Return: 1; 0 where it has none; -EBADMSG. */
int gt_field(const struct vcf_text *v, const struct record *r, struct record_field *out);

/**
 * gt_two_bits() - one record's
 * @out: two_bits_words(), the scratch's until it is used again; bits past the samples are 0; in
 *       little-endian byte order they are the bytes of a file
 *
 * Return: 0; -EBADMSG; -ENOMEM.
 */
int gt_two_bits(const struct vcf_text *v, const struct record *r, struct view_scratch *s,
		uint64_t **out);

#endif
