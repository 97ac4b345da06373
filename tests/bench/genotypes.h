/* SPDX-License-Identifier: MIT */
/*
 * What the programs that make cohorts share: files in and out, chance that repeats, and a record's
 * genotypes as an array of haplotypes in BCF's values (allele + 1) << 1 | phased.
 */
#ifndef GENOFS_BENCH_GENOTYPES_H
#define GENOFS_BENCH_GENOTYPES_H

#include <stdbool.h>
#include <stdint.h>

#include <htslib/hts.h>
#include <htslib/vcf.h>

/* ---- chance: the same numbers for the same seed ---- */

struct chance {
	unsigned short state[3];
};

struct chance chance_from(unsigned seed);
double chance_unit(struct chance *c);                /* in (0, 1) */
unsigned chance_below(struct chance *c, unsigned n); /* 0 to n - 1 */
bool chance_of(struct chance *c, double p);          /* true with probability @p */
unsigned chance_gap(struct chance *c, double p);     /* failures before a success of @p */

/* ---- files: each prints what is wrong and exits ---- */

htsFile *open_in(const char *pathname, bcf_hdr_t **hdr);
/* ".bcf", ".vcf.gz" or plain VCF by the name's end; writes the header. */
htsFile *open_out(const char *pathname, bcf_hdr_t *hdr);
void write_record(htsFile *out, bcf_hdr_t *hdr, bcf1_t *rec);
void close_out(htsFile *out);
void stop(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* The number that the argument @text is, within the limits. */
double number_from(const char *text, double min, double max);

/* ---- genotypes ---- */

enum { COMMON_COUNT = 16 }; /* alleles that more haplotypes carry are common */

struct genotypes {
	int32_t *values; /* n haplotypes, sample after sample; owned */
	int n;
	int capacity; /* htslib's */
	int n_samples;
};

/* False where the record has none, or its samples are not all diploid: it is left as it is. */
bool genotypes_read(struct genotypes *g, bcf_hdr_t *hdr, bcf1_t *rec);
void genotypes_done(struct genotypes *g);
int genotypes_count(const struct genotypes *g, int allele);

/* A phased haplotype's value; a sample's first one has no phase, as htslib reads it from text. */
int32_t genotypes_value(int haplotype, int allele);

/* Exchange the alleles of two haplotypes, and leave phase as it is. */
void genotypes_swap(struct genotypes *g, int i, int j);

/**
 * genotypes_misplace() - let some haplotypes that carry @allele trade it with any that does not
 * @p: the share of carriers that do
 *
 * Counts of alleles stay as they are.
 */
void genotypes_misplace(struct genotypes *g, int allele, double p, struct chance *c);

#endif
