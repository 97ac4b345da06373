/* SPDX-License-Identifier: MIT */
/*
 * Genotypes as VCF text, byte for byte what htslib prints.
 */
#ifndef GENOFS_VIEW_VCF_GT_H
#define GENOFS_VIEW_VCF_GT_H

#include "core/record/record.h"
#include "core/view/vcf_text.h"

/*
 * A genotype by slot, in vcf_scratch.alleles: the allele, or one of the first two flags; the
 * phase bit beside it.
 */
enum {
	GT_ALLELE = 0x0fff,
	GT_IS_MISSING = 0x1000,
	GT_IS_END = 0x2000,
	GT_IS_PHASED = 0x8000,
};

/**
 * vcf_gt_plain() - write all samples of a record whose FORMAT is GT alone, each after a tab
 * @written: false where the genotypes are not of the plain kind, that has two bytes a slot (one
 *           ploidy, one-digit alleles, one phase); nothing is written then
 *
 * Return: 0; -EBADMSG; -ENOMEM.
 */
int vcf_gt_plain(const struct record_field *gt, uint32_t n_samples, struct vcf_scratch *scratch,
		struct text_out *o, bool *written);

/* A genotype cell by slot, into @alleles (n_samples * ploidy). Return: false where damaged. */
bool vcf_gt_alleles(const struct record_field *gt, uint32_t n_samples, uint16_t *alleles);

/* One sample's genotype, from its slots. */
void vcf_gt_sample(const uint16_t *alleles, uint32_t ploidy, struct text_out *o);

#endif
