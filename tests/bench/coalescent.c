/* SPDX-License-Identifier: MIT */
#include "tests/bench/coalescent.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A population that grew has long branches at its leaves: half of its variants are singletons. */
static const double recent_growth = 0.72;
static const double oldest = 2.0;
/* Lineages stay in their population up to this age, but for a few. */
static const double split_age = 0.05;
static const double migrants = 0.03;

struct coalescent {
	unsigned n;
	unsigned *leaf; /* n haplotypes */
	double *age;    /* n + 1: [i] lies between leaf[i - 1] and leaf[i]; infinite at the ends */
	unsigned *moved_leaf; /* room for a clade on its way */
	double *moved_age;
};

unsigned coalescent_population(const struct coalescent *t, unsigned p)
{
	/* Even, so that no sample has its haplotypes in two. */
	return p == N_POPULATIONS ? t->n : t->n / (2 * N_POPULATIONS) * 2 * p;
}

static unsigned population_of(const struct coalescent *t, unsigned haplotype)
{
	unsigned p = 0;

	while (haplotype >= coalescent_population(t, p + 1))
		p++;
	return p;
}

static double scale(const struct coalescent *t)
{
	return 2.0 / t->n;
}

static void shuffle(unsigned *v, unsigned n, struct chance *c)
{
	for (unsigned i = n; i > 1; i--) {
		unsigned j = chance_below(c, i);
		unsigned swap = v[i - 1];

		v[i - 1] = v[j];
		v[j] = swap;
	}
}

static void first_tree(struct coalescent *t, struct chance *c)
{
	for (unsigned i = 0; i < t->n; i++)
		t->leaf[i] = i;
	for (unsigned i = 1; i < t->n; i++)
		t->age[i] = fmin(scale(t) * (1 / chance_unit(c) - 1), oldest);
	t->age[0] = t->age[t->n] = INFINITY;
	for (unsigned p = 0; p < N_POPULATIONS; p++) {
		unsigned from = coalescent_population(t, p);

		shuffle(t->leaf + from, coalescent_population(t, p + 1) - from, c);
		t->age[from] = fmax(t->age[from], split_age);
	}
}

struct coalescent *coalescent_new(unsigned n, struct chance *c)
{
	struct coalescent *t = calloc(1, sizeof(*t));

	if (t) {
		t->n = n;
		t->leaf = calloc(n, sizeof(*t->leaf));
		t->age = calloc((size_t)n + 1, sizeof(*t->age));
		t->moved_leaf = calloc(n, sizeof(*t->moved_leaf));
		t->moved_age = calloc((size_t)n + 1, sizeof(*t->moved_age));
	}
	if (!t || !t->leaf || !t->age || !t->moved_leaf || !t->moved_age)
		stop("out of memory");
	first_tree(t, c);
	return t;
}

void coalescent_free(struct coalescent *t)
{
	free(t->leaf);
	free(t->age);
	free(t->moved_leaf);
	free(t->moved_age);
	free(t);
}

unsigned coalescent_leaf(const struct coalescent *t, unsigned at)
{
	return t->leaf[at];
}

/* The age of a point anywhere on the tree, all of its length being equally likely. */
static double age_of_point(const struct coalescent *t, struct chance *c)
{
	return scale(t) * expm1(chance_unit(c) * log1p(oldest / scale(t)));
}

/* One of the lineages that there are at @age among the first @n leaves: those below it. */
static struct stretch lineage_at(
		const struct coalescent *t, unsigned n, double age, struct chance *c)
{
	struct stretch s;

	do
		s.from = chance_below(c, n);
	while (t->age[s.from] < age);
	s.to = s.from + 1;
	while (t->age[s.to] < age)
		s.to++;
	return s;
}

struct stretch coalescent_branch(const struct coalescent *t, struct chance *c)
{
	double age = chance_of(c, recent_growth) ? scale(t) * chance_unit(c) : age_of_point(t, c);

	return lineage_at(t, t->n, age, c);
}

/* Out of the row, into the room for it. */
static void take_out(struct coalescent *t, struct stretch s)
{
	unsigned m = s.to - s.from;
	double joined = fmax(t->age[s.from], t->age[s.to]);

	memcpy(t->moved_leaf, t->leaf + s.from, m * sizeof(*t->leaf));
	memcpy(t->moved_age, t->age + s.from, m * sizeof(*t->age));
	memmove(t->leaf + s.from, t->leaf + s.to, (t->n - s.to) * sizeof(*t->leaf));
	memmove(t->age + s.from, t->age + s.to, (t->n - s.to + 1) * sizeof(*t->age));
	t->age[s.from] = joined;
}

/* Back into the row of @n leaves, before place @at, its ancestor of @age shared with those left. */
static void put_in(struct coalescent *t, unsigned n, unsigned m, unsigned at, double age)
{
	memmove(t->leaf + at + m, t->leaf + at, (n - at) * sizeof(*t->leaf));
	memmove(t->age + at + m, t->age + at, (n - at + 1) * sizeof(*t->age));
	memcpy(t->leaf + at, t->moved_leaf, m * sizeof(*t->leaf));
	memcpy(t->age + at, t->moved_age, m * sizeof(*t->age));
	t->age[at] = age;
}

static bool may_join(const struct coalescent *t, struct stretch s, double age, struct chance *c)
{
	return age > split_age ||
	       population_of(t, t->leaf[s.from]) == population_of(t, t->moved_leaf[0]) ||
	       chance_of(c, migrants);
}

void coalescent_recombine(struct coalescent *t, struct chance *c)
{
	double age = age_of_point(t, c);
	struct stretch clade = lineage_at(t, t->n, age, c);
	unsigned m = clade.to - clade.from;
	struct stretch other;

	if (m == t->n)
		return;
	take_out(t, clade);
	/* The longer it waits, the fewer lineages there are to meet. */
	age = (age + scale(t)) / sqrt(chance_unit(c)) - scale(t);
	do
		other = lineage_at(t, t->n - m, age, c);
	while (!may_join(t, other, age, c));
	put_in(t, t->n - m, m, other.to, age);
}
