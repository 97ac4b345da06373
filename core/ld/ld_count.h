/* SPDX-License-Identifier: MIT */
/*
 * Counts over bit rows of samples, as many words each: what r2 of two sites is made of.
 *
 * There is one way to count for each kind of processor, all with the same outcome. The best that
 * works here is chosen when the program starts; tests choose others. From any thread.
 */
#ifndef GENOFS_LD_LD_COUNT_H
#define GENOFS_LD_LD_COUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LD_WORDS = 4, /* rows are multiples of so many words */
	LD_WORDS_SAMPLES = 64 * LD_WORDS
};

/* Words of a row; bits past the samples are 0. */
static inline size_t ld_words(uint32_t n_samples)
{
	return ((size_t)n_samples + LD_WORDS_SAMPLES - 1) / LD_WORDS_SAMPLES * LD_WORDS;
}

/* Rows are looked at in up to 64 groups of so many words. Which of them have a bit says at once of
 * most pairs of rare alleles that no sample has both. */
static inline size_t ld_group_words(size_t n_words)
{
	return (n_words + 63) / 64;
}

/* The groups in which a row has a bit. */
uint64_t ld_groups_of(const uint64_t *row, size_t n_words);

/* Copies of an allele in each sample, as two rows. */
struct ld_copies {
	const uint64_t *one; /* at least one copy; or, of haplotypes, the first has it */
	const uint64_t *two; /* two copies; or the second has it. NULL: no sample */
};

struct ld_count_way {
	const char *name;
	bool (*works)(void);
	/* Samples that are in both rows. */
	uint32_t (*both)(const uint64_t *a, const uint64_t *b, size_t n_words);
	/* The sum over the samples of the product of their copies; both have @two. */
	uint64_t (*products)(struct ld_copies a, struct ld_copies b, size_t n_words);
};

extern const struct ld_count_way ld_count_ways[]; /* the best first */
extern const unsigned n_ld_count_ways;

/* @way < n_ld_count_ways must work here. Not while any thread counts. */
void ld_count_choose(unsigned way);

uint32_t ld_count_both(const uint64_t *a, const uint64_t *b, size_t n_words);
/* The sum of products of copies (0, 1 or 2 in each sample). @groups: all that both have bits in. */
uint64_t ld_count_products(struct ld_copies a, struct ld_copies b, uint64_t groups, size_t n_words);

/* Haplotypes of two sites, where some heterozygous calls may not be phased. */
struct ld_haplotypes {
	struct ld_copies copies; /* by haplotype */
	const uint64_t *loose;   /* heterozygous, not phased; NULL: none */
};

/**
 * ld_count_haplotypes() - haplotypes that have the allele at both sites
 * @groups:  all that both sites have bits in
 * @unknown: samples where they cannot be told: heterozygous at both, at one of them not phased;
 *           their haplotypes are not among those counted
 */
uint64_t ld_count_haplotypes(const struct ld_haplotypes *a, const struct ld_haplotypes *b,
		uint64_t groups, size_t n_words, uint32_t *unknown);

#endif
