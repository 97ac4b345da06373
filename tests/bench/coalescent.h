/* SPDX-License-Identifier: MIT */
/*
 * A genealogy of haplotypes that changes along a contig, as recombination changes it: mutations on
 * its branches have the frequencies and the linkage of a population's.
 *
 * The tree is kept as a row of leaves in which each clade is a stretch, and between neighbours the
 * age of their latest common ancestor. A recombination takes a clade out and joins it to another
 * lineage (the sequentially Markov coalescent), with lineages at age t counted as n / (1 + n t /
 * 2), what they are on average. Ages are in units of 2N generations.
 */
#ifndef GENOFS_BENCH_COALESCENT_H
#define GENOFS_BENCH_COALESCENT_H

#include "tests/bench/genotypes.h"

enum { N_POPULATIONS = 3 };

struct coalescent;

struct stretch {
	unsigned from, to; /* of the row of leaves, half-open */
};

/* @n haplotypes in as many equal populations, numbered one population after the other. */
struct coalescent *coalescent_new(unsigned n, struct chance *c);
void coalescent_free(struct coalescent *t);

/* The first haplotype of population @p; of N_POPULATIONS, the number of haplotypes. */
unsigned coalescent_population(const struct coalescent *t, unsigned p);

/* A crossover somewhere in the tree. */
void coalescent_recombine(struct coalescent *t, struct chance *c);
/* A branch by its length; the clade below it. */
struct stretch coalescent_branch(const struct coalescent *t, struct chance *c);
/* The haplotype at place @at of the row. */
unsigned coalescent_leaf(const struct coalescent *t, unsigned at);

#endif
