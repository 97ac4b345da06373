/* SPDX-License-Identifier: MIT */
/*
 * r2 of two sites.
 *
 * Of genotypes: the square of Pearson's correlation of the copies of an allele, over the samples
 * that are called at both sites, as `plink1.9 --r2`. Of haplotypes: D^2 / (p(1-p) q(1-q)) of the
 * alleles' frequencies in those samples; where it is not known which haplotypes a sample has
 * (heterozygous at both sites, not phased at one), their frequencies are the most likely ones, as
 * of `plink1.9 --r2 dprime`, which takes no call for phased. Pure; from any thread.
 */
#ifndef GENOFS_LD_LD_PAIR_H
#define GENOFS_LD_LD_PAIR_H

#include "core/ld/ld_sites.h"

struct ld_measure {
	bool phased;
	double min_r2; /* pairs below it are of no interest */
	uint32_t n_samples;
};

/* One site of a pair. */
struct ld_side {
	const struct ld_sites *sites;
	const struct ld_site *site;
};

/* No other site has an r2 with it: all its calls are alike, or none is there. */
static inline bool ld_is_alike(const struct ld_site *s)
{
	return s->variance <= 0;
}

/**
 * ld_may_reach() - whether the pair could have min_r2, by what each site counts to
 *
 * Of sites that lack no call the alleles could only lie together in so many samples; a cheap way
 * to pass over most pairs of a frequent and a rare one. True wherever it is not sure.
 */
bool ld_may_reach(const struct ld_measure *m, const struct ld_site *a, const struct ld_site *b);

/* r2; -1 where it is not defined: no sample is called at both sites, or calls are all alike. */
double ld_r2(const struct ld_measure *m, struct ld_side a, struct ld_side b);

/**
 * ld_likely() - the most likely number of samples with haplotypes 11 and 00
 * @known:   haplotypes counted: 00, 01, 10, 11
 * @unknown: samples that have either 11 and 00, or 10 and 01
 *
 * Return: 0 to @unknown, not a whole number.
 */
double ld_likely(const double known[4], double unknown);

/* Enough of a margin for what floats lose: r2 at least this is taken for @min_r2. */
static inline double ld_threshold(double min_r2)
{
	return min_r2 * (1 - 1e-12);
}

#endif
