/* SPDX-License-Identifier: MIT */
/* The genotypes of one record as BGEN has them: ploidy and missingness by sample, probabilities. */
#ifndef GENOFS_VIEW_BGEN_CALLS_H
#define GENOFS_VIEW_BGEN_CALLS_H

#include "core/view/scratch.h"
#include "core/view/vcf_text.h"

enum { BGEN_PLOIDY_MAX = 63, BGEN_IS_MISSING = 0x80 };

/* As plink2 writes it, a record without ALT has '.' for one: readers want two alleles. */
static inline uint32_t bgen_n_alleles(const struct record *r)
{
	return r->n_allele < 2 ? 2 : r->n_allele;
}

/* What is stored of a record. */
struct bgen_calls {
	bool left_out; /* BGEN cannot hold it */
	bool phased;
	bool from_gp;
	uint8_t min_ploidy;
	uint8_t max_ploidy;
	uint64_t values;        /* probabilities stored, of all samples */
	struct record_field gt; /* n is 0 where there is none */
	struct record_field gp; /* likewise */
};

/* Return: 0; -EBADMSG; -ENOMEM. */
int bgen_calls_find(const struct vcf_text *v, const struct record *r, struct view_scratch *s,
		struct bgen_calls *out);

/* Write a byte for each sample, and the probabilities. @c: as found. The same returns. */
int bgen_calls_put_ploidy(const struct vcf_text *v, const struct record *r,
		const struct bgen_calls *c, struct view_scratch *s, struct text_out *o);
int bgen_calls_put_values(const struct vcf_text *v, const struct record *r,
		const struct bgen_calls *c, struct view_scratch *s, struct text_out *o);

#endif
