/* SPDX-License-Identifier: MIT */
/*
 * One record of a .pgen file: two bits a sample, then, where there are any, the alleles beyond the
 * first ALT (auxiliary track 1) and the phase of heterozygous calls (auxiliary track 2), as
 * plink2 writes them, uncompressed.
 *
 * The main track is of type 0. Track 1: a byte of two modes (0: bits; 15: none), then, of calls
 * with one ALT allele, a bit each for those whose allele is not the first, and its number; then of
 * calls with two the same, with both. Track 2: a bit that is set where not all heterozygous calls
 * are phased, then a bit each that says so, and from the next byte on; a bit each of those that are
 * phased: whether the larger allele comes first. Where all are, those bits follow the first at
 * once.
 */
#ifndef GENOFS_VIEW_PGEN_RECORD_H
#define GENOFS_VIEW_PGEN_RECORD_H

#include "core/view/scratch.h"
#include "core/view/vcf_text.h"

enum pgen_type {
	PGEN_PLAIN = 0,
	PGEN_ALLELES = 8, /* track 1 is there */
	PGEN_PHASE = 16,  /* track 2 is there */
};

struct pgen_record {
	uint8_t type;
	uint64_t len;
};

/* Return: 0; -EBADMSG; -ENOMEM. */
int pgen_record_measure(const struct vcf_text *v, const struct record *r, struct view_scratch *s,
		struct pgen_record *out);
int pgen_record_put(const struct vcf_text *v, const struct record *r, struct view_scratch *s,
		struct text_out *o);

/* The most bytes that a record of so many samples may have. */
uint64_t pgen_record_max(uint32_t n_samples);

#endif
