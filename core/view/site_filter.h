/* SPDX-License-Identifier: MIT */
/*
 * Filters of sites: terms joined by ',', all of which must hold.
 *
 *	pass            FILTER is PASS                               bcftools view -f PASS
 *	qual OP X       QUAL; a missing one is !=                    -i 'QUAL OP X'
 *	type=T, type!=T T: snp indel mnp other bnd ref; any allele    -v snps, -V snps
 *	alleles OP N    alleles, REF included                        -i 'N_ALT+1 OP N'
 *	ac OP N         ALT alleles called                           -c N, -C N (nref)
 *	an OP N         alleles called                               -i 'AN OP N'
 *	af OP X         ac / an                                      -q X, -Q X (nref)
 *	maf OP X        all but the most frequent allele             -q X:nonmajor
 *	missing OP X    samples with a missing allele                -i 'F_MISSING OP X'
 *
 * OP is one of = != < <= > >=. As bcftools has it, counts are those of INFO where a record has both
 *AC and AN and all samples are there, else of the genotypes; those of nothing called have
 * no frequencies, which no term with one holds for.
 */
#ifndef GENOFS_VIEW_SITE_FILTER_H
#define GENOFS_VIEW_SITE_FILTER_H

#include "core/base/err.h"
#include "core/record/sample_set.h"
#include "core/view/scratch.h"

enum { SITE_FILTER_TERMS = 16 };

struct filter_term {
	uint8_t what; /* row of the table in site_filter.c */
	uint8_t op;
	double value;
};

struct site_filter {
	struct filter_term terms[SITE_FILTER_TERMS];
	unsigned n;
};

/* Return: 0; -ENOENT where @text is none, with the reason in @err. */
int site_filter_parse(const char *text, struct site_filter *out, struct err *err);

/* Whether sites alone may do. */
bool site_filter_wants_calls(const struct site_filter *f, bool all_samples);

/**
 * site_filter_test() - whether the record passes
 * @samples: those that count; NULL: all
 *
 * Return: 1; 0; -EAGAIN where the record's genotypes are needed and it has none with it (a block of
 * sites); -EBADMSG; -ENOMEM.
 */
int site_filter_test(const struct site_filter *f, const struct vcf_text *v, const struct record *r,
		bool has_calls, const struct sample_set *samples, uint32_t ac_key, uint32_t an_key,
		struct view_scratch *s);

#endif
