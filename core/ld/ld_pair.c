/* SPDX-License-Identifier: MIT */
#include "core/ld/ld_pair.h"

#include <math.h>

/* Copies of the allele in the samples that are called at both sites. */
struct sums {
	double n; /* samples */
	double a, a_squares;
	double b, b_squares;
};

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t excess(uint64_t a, uint64_t b, uint64_t n)
{
	return a + b > n ? a + b - n : 0;
}

/* Samples with one copy or two, and with two. */
static void carriers(const struct ld_site *s, uint64_t *any, uint64_t *two)
{
	*two = (s->squares - s->copies) / 2;
	*any = s->copies - *two;
}

bool ld_may_reach(const struct ld_measure *m, const struct ld_site *a, const struct ld_site *b)
{
	/* The least and the most that the sum of products can be, and n times what it is of sites
	 * that do not depend on each other. */
	uint64_t low;
	uint64_t high;
	double n = (m->phased ? 2 : 1) * (double)m->n_samples;
	double none = (double)a->copies * (double)b->copies;
	double most;
	double least;

	if ((a->rows | b->rows) & LD_ROW_MISSING)
		return true;
	if (!(a->groups & b->groups)) {
		low = high = 0; /* and as much it is */
	} else if (m->phased) {
		low = excess(a->copies, b->copies, 2 * (uint64_t)m->n_samples);
		high = smaller(a->copies, b->copies);
	} else {
		uint64_t a1;
		uint64_t a2;
		uint64_t b1;
		uint64_t b2;

		carriers(a, &a1, &a2);
		carriers(b, &b1, &b2);
		low = excess(a1, b1, m->n_samples) + excess(a1, b2, m->n_samples) +
		      excess(a2, b1, m->n_samples) + excess(a2, b2, m->n_samples);
		high = smaller(a1, b1) + smaller(a1, b2) + smaller(a2, b1) + smaller(a2, b2);
	}
	most = n * (double)high - none;
	least = none - n * (double)low;
	if (least > most)
		most = least;
	return most * most >= m->min_r2 * (1 - 1e-9) * a->variance * b->variance;
}

/* Take those samples out of a site's sums that the other lacks. */
static void less_missing(const struct ld_rows *rows, const uint64_t *missing, size_t n_words,
		double *copies, double *squares)
{
	const struct ld_copies *c = &rows->haplotypes.copies;
	double one = ld_count_both(c->one, missing, n_words);
	double two = c->two ? ld_count_both(c->two, missing, n_words) : 0;

	*copies -= one + two;
	*squares -= one + 3 * two;
}

static struct sums sums_of(const struct ld_measure *m, const struct ld_site *a,
		const struct ld_rows *a_rows, const struct ld_site *b, const struct ld_rows *b_rows)
{
	struct sums s = { .n = a->n_called,
		.a = (double)a->copies,
		.a_squares = (double)a->squares,
		.b = (double)b->copies,
		.b_squares = (double)b->squares };

	if (b_rows->missing) {
		s.n = b->n_called;
		less_missing(a_rows, b_rows->missing, ld_words(m->n_samples), &s.a, &s.a_squares);
	}
	if (a_rows->missing)
		less_missing(b_rows, a_rows->missing, ld_words(m->n_samples), &s.b, &s.b_squares);
	if (a_rows->missing && b_rows->missing)
		s.n = (double)a->n_called + b->n_called - m->n_samples +
		      ld_count_both(a_rows->missing, b_rows->missing, ld_words(m->n_samples));
	return s;
}

static double of_genotypes(const struct ld_measure *m, const struct sums *s,
		const struct ld_rows *a, const struct ld_rows *b, uint64_t groups)
{
	double products = (double)ld_count_products(
			a->haplotypes.copies, b->haplotypes.copies, groups, ld_words(m->n_samples));
	double covariance = s->n * products - s->a * s->b;
	double variances =
			(s->n * s->a_squares - s->a * s->a) * (s->n * s->b_squares - s->b * s->b);

	return variances > 0 ? covariance * covariance / variances : -1;
}

/* r2 that is less comes of rounding where it is of haplotypes that had to be found. */
static const double NOTHING = 1e-20;

static double of_haplotypes(const struct ld_measure *m, const struct sums *s,
		const struct ld_rows *a, const struct ld_rows *b, uint64_t groups)
{
	uint32_t unknown;
	double both = (double)ld_count_haplotypes(
			&a->haplotypes, &b->haplotypes, groups, ld_words(m->n_samples), &unknown);
	double n = 2 * s->n;
	double variances = s->a * (n - s->a) * (s->b * (n - s->b));
	double d;

	if (variances <= 0)
		return -1;
	if (unknown) {
		const double known[] = { n - s->a - s->b + both, s->b - both - unknown,
			s->a - both - unknown, both };

		both += ld_likely(known, unknown);
		d = both * n - s->a * s->b;
		return d * d < NOTHING * variances ? 0 : d * d / variances;
	}
	d = both * n - s->a * s->b;
	return d * d / variances;
}

double ld_r2(const struct ld_measure *m, struct ld_side a, struct ld_side b)
{
	struct ld_rows a_rows = ld_rows_of(a.sites, a.site, ld_words(m->n_samples));
	struct ld_rows b_rows = ld_rows_of(b.sites, b.site, ld_words(m->n_samples));
	struct sums s = sums_of(m, a.site, &a_rows, b.site, &b_rows);
	double r2;

	if (s.n <= 0)
		return -1;
	r2 = (m->phased ? of_haplotypes : of_genotypes)(
			m, &s, &a_rows, &b_rows, a.site->groups & b.site->groups);
	return r2 > 1 ? 1 : r2; /* what floats add */
}

/* ---- haplotypes that cannot be told ---- */

/* With x samples of 11 and 00 the haplotypes number f11 = k11 + x and so on. */
struct likelihood {
	double k[4]; /* known: 00, 01, 10, 11 */
	double u;    /* samples unknown */
};

/*
 * The likelihood rises where this is negative: a cubic, its leading coefficient positive. It is
 * what one step of expectation and maximisation would take from x, times what is positive.
 */
static double slope(const struct likelihood *l, double x)
{
	double same = (l->k[3] + x) * (l->k[0] + x);
	double other = (l->k[1] + l->u - x) * (l->k[2] + l->u - x);

	return x * (same + other) - l->u * same;
}

static double times_log(double k, double f)
{
	return k > 0 ? k * log(f) : 0;
}

static double log_likelihood(const struct likelihood *l, double x)
{
	double f00 = l->k[0] + x;
	double f11 = l->k[3] + x;
	double f01 = l->k[1] + l->u - x;
	double f10 = l->k[2] + l->u - x;

	return times_log(l->k[0], f00) + times_log(l->k[1], f01) + times_log(l->k[2], f10) +
	       times_log(l->k[3], f11) + times_log(l->u, f00 * f11 + f01 * f10);
}

/* Where slope() is 0 between @low, where it is negative or 0, and @high. */
static double root_between(const struct likelihood *l, double low, double high)
{
	enum { STEPS = 60 }; /* to the last bit of a double */

	for (unsigned i = 0; i < STEPS && low < high; i++) {
		double middle = low + (high - low) / 2;

		if (slope(l, middle) <= 0)
			low = middle;
		else
			high = middle;
	}
	return low + (high - low) / 2;
}

double ld_likely(const double known[4], double unknown)
{
	const struct likelihood l = { { known[0], known[1], known[2], known[3] }, unknown };
	/* slope() = 2 x^3 + c2 x^2 + c1 x + c0; it turns where 6 x^2 + 2 c2 x + c1 = 0. */
	const double o1 = l.k[1] + l.u;
	const double o2 = l.k[2] + l.u;
	const double c2 = l.k[0] + l.k[3] - o1 - o2 - l.u;
	const double c1 = l.k[0] * l.k[3] + o1 * o2 - l.u * (l.k[0] + l.k[3]);
	const double under = c2 * c2 - 6 * c1;
	double ends[] = { 0, 0, unknown, unknown };
	double best = 0;
	double best_log = -INFINITY;

	if (under > 0) {
		ends[1] = fmin(fmax((-c2 - sqrt(under)) / 6, 0), unknown);
		ends[2] = fmin(fmax((-c2 + sqrt(under)) / 6, 0), unknown);
	} else {
		ends[1] = ends[2] = 0;
	}
	/* It falls between ends 1 and 2, so that a zero there is where the likelihood is least. */
	for (unsigned i = 0; i < 4; i += 2) {
		double x;
		double at;

		if (slope(&l, ends[i]) > 0 || slope(&l, ends[i + 1]) < 0)
			continue;
		x = root_between(&l, ends[i], ends[i + 1]);
		at = log_likelihood(&l, x);
		if (at > best_log) {
			best_log = at;
			best = x;
		}
	}
	return best;
}
