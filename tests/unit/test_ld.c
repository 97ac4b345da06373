/* SPDX-License-Identifier: MIT */
/* core/ld: counts of bit rows, r2 of two sites. */
#include <math.h>

#include "core/ld/ld_count.h"
#include "core/ld/ld_pair.h"
#include "tests/unit/ld_sites_made.h"

enum { N_SITES = 60 };

/* ---- haplotypes, the slow way ---- */

/* Log likelihood of @f: frequencies of 00, 01, 10, 11. */
static double log_likelihood(const double known[4], double unknown, const double f[4])
{
	double sum = unknown > 0 ? unknown * log(f[0] * f[3] + f[1] * f[2]) : 0;

	for (unsigned i = 0; i < 4; i++)
		sum += known[i] > 0 ? known[i] * log(f[i]) : 0;
	return sum;
}

/* By expectation and maximisation from several starts: the frequency of 11. */
static double slow_frequency(const double known[4], double unknown)
{
	double n = known[0] + known[1] + known[2] + known[3] + 2 * unknown;
	double best = -INFINITY;
	double best_f = 0;

	for (unsigned start = 0; start <= 10; start++) {
		double same = start / 10.;
		double f[4];

		for (unsigned i = 0; i < 20000; i++) {
			double before = same;

			f[0] = (known[0] + same * unknown) / n;
			f[3] = (known[3] + same * unknown) / n;
			f[1] = (known[1] + (1 - same) * unknown) / n;
			f[2] = (known[2] + (1 - same) * unknown) / n;
			same = f[0] * f[3] / (f[0] * f[3] + f[1] * f[2]);
			if (!(same >= 0)) /* nothing of either */
				same = before;
			if (fabs(same - before) < 1e-15)
				break;
		}
		if (log_likelihood(known, unknown, f) > best + 1e-9) {
			best = log_likelihood(known, unknown, f);
			best_f = f[3];
		}
	}
	return best_f;
}

static double slow_haplotypes(const struct site *a, const struct site *b)
{
	double known[4] = { 0 };
	double unknown = 0, n = 0, p = 0, q = 0, d;

	for (unsigned i = 0; i < N_SAMPLES; i++) {
		int h[2], k[2];

		if (!haplotypes(&a->calls[i], h) || !haplotypes(&b->calls[i], k))
			continue;
		n += 2;
		p += h[0] + h[1];
		q += k[0] + k[1];
		if (h[0] != h[1] && k[0] != k[1] && !(a->calls[i].phased && b->calls[i].phased)) {
			unknown++;
			continue;
		}
		for (unsigned j = 0; j < 2; j++)
			known[2 * h[j] + k[j]]++;
	}
	if (n == 0 || p == 0 || q == 0 || p == n || q == n)
		return -1;
	p /= n;
	q /= n;
	d = (unknown > 0 ? slow_frequency(known, unknown) : known[3] / n) - p * q;
	return d * d / (p * (1 - p) * q * (1 - q));
}

/* ---- the tests ---- */

static void fill_row(uint64_t *row, size_t n, unsigned one_of)
{
	for (size_t i = 0; i < n; i++) {
		row[i] = 0;
		for (unsigned bit = 0; bit < 64; bit++)
			row[i] |= (uint64_t)(random_below(one_of) == 0) << bit;
	}
}

static void test_each_way_to_count_gives_the_same(void **state)
{
	enum { MOST = 400 };
	static uint64_t rows[4][MOST];

	(void)state;
	for (unsigned way = 0; way < n_ld_count_ways; way++) {
		if (!ld_count_ways[way].works())
			continue;
		ld_count_choose(way);
		for (size_t n = LD_WORDS; n <= MOST; n += n < 40 ? LD_WORDS : 72) {
			unsigned one_of = n % 3 ? 2 : n % 5 ? 1 : 300;
			uint64_t both = 0;
			uint64_t products = 0;
			uint64_t groups;

			fill_row(rows[0], n, one_of);
			fill_row(rows[2], n, one_of);
			fill_row(rows[1], n, 2);
			fill_row(rows[3], n, 2);
			for (size_t i = 0; i < n; i++) {
				rows[1][i] &= rows[0][i];
				rows[3][i] &= rows[2][i];
			}
			for (size_t i = 0; i < n * 64; i++) {
				uint64_t bit = (uint64_t)1 << i % 64;
				unsigned a = !!(rows[0][i / 64] & bit) + !!(rows[1][i / 64] & bit);
				unsigned b = !!(rows[2][i / 64] & bit) + !!(rows[3][i / 64] & bit);

				both += a && b;
				products += (uint64_t)a * b;
			}
			groups = ld_groups_of(rows[0], n) & ld_groups_of(rows[2], n);
			assert_int_equal(ld_count_both(rows[0], rows[2], n), both);
			assert_int_equal(ld_count_products((struct ld_copies){ rows[0], rows[1] },
							 (struct ld_copies){ rows[2], rows[3] },
							 groups, n),
					products);
			assert_int_equal(ld_count_products((struct ld_copies){ rows[0], NULL },
							 (struct ld_copies){ rows[2], NULL },
							 groups, n),
					both);
		}
	}
	ld_count_choose(0);
}

static void check_pairs(bool phased, enum phase phase, bool odd)
{
	static struct site sites[N_SITES];
	const struct ld_choice choice = { .phased = phased };
	const struct ld_measure all = { .phased = phased, .n_samples = N_SAMPLES };
	struct ld_sites b = { 0 };
	unsigned n_defined = 0;

	for (unsigned i = 0; i < N_SITES; i++) {
		make_site(&sites[i], i, phase, odd);
		sites[i].pos = i;
		assert_int_equal(add_site(&b, &choice, &sites[i]), 0);
	}
	ld_sites_fit(&b);
	assert_int_equal(b.n, N_SITES);
	for (unsigned i = 0; i < N_SITES; i++)
		for (unsigned j = i + 1; j < N_SITES; j++) {
			double want = phased ? slow_haplotypes(&sites[i], &sites[j])
					     : slow_genotypes(&sites[i], &sites[j]);
			double got = ld_r2(&all, (struct ld_side){ &b, &b.sites[i] },
					(struct ld_side){ &b, &b.sites[j] });
			struct ld_measure above = all;

			if (fabs(got - want) > 1e-9)
				fail_msg("sites %u and %u: %.12g, not %.12g", i, j, got, want);
			n_defined += want >= 0;
			if (ld_is_alike(&b.sites[i]) || ld_is_alike(&b.sites[j]))
				assert_true(want < 0);
			above.min_r2 = want;
			assert_true(want < 0 || ld_may_reach(&above, &b.sites[i], &b.sites[j]));
		}
	assert_true(n_defined > N_SITES * N_SITES / 4);
	ld_sites_done(&b);
}

static void test_r2_of_genotypes_is_pearsons(void **state)
{
	(void)state;
	check_pairs(false, UNPHASED, false);
	check_pairs(false, MIXED, true);
}

static void test_r2_of_phased_haplotypes_is_counted(void **state)
{
	(void)state;
	check_pairs(true, PHASED, false);
	check_pairs(true, PHASED, true);
}

static void test_r2_of_unphased_haplotypes_is_the_most_likely(void **state)
{
	(void)state;
	check_pairs(true, UNPHASED, false);
	check_pairs(true, UNPHASED, true);
	check_pairs(true, MIXED, true);
}

static void test_all_heterozygous_has_haplotypes_but_no_genotypes(void **state)
{
	static struct site s[2];
	struct ld_choice choice = { 0 };
	struct ld_sites b = { 0 };

	(void)state;
	for (unsigned k = 0; k < 2; k++) {
		s[k].n_allele = 2;
		for (unsigned i = 0; i < N_SAMPLES; i++)
			s[k].calls[i] = (struct call){ { (i & 1), !(i & 1) }, 2, true };
		add_site(&b, &choice, &s[k]);
	}
	assert_true(ld_is_alike(&b.sites[0]));
	ld_sites_done(&b);
	choice.phased = true;
	for (unsigned k = 0; k < 2; k++)
		add_site(&b, &choice, &s[k]);
	assert_false(ld_is_alike(&b.sites[0]));
	assert_true(ld_r2(&(struct ld_measure){ .phased = true, .n_samples = N_SAMPLES },
				    (struct ld_side){ &b, &b.sites[0] },
				    (struct ld_side){ &b, &b.sites[1] }) == 1);
	ld_sites_done(&b);
}

static void test_the_likelier_of_two_solutions_is_taken(void **state)
{
	const double known[4] = { 30, 4, 5, 2 };

	(void)state;
	for (unsigned k = 0; k < 2000; k++) {
		double n[4];
		double unknown = 1 + random_below(40);
		double total = 2 * unknown;
		double want;

		for (unsigned i = 0; i < 4; i++) {
			n[i] = k ? random_below(4) * random_below(12) : known[i];
			total += n[i];
		}
		want = slow_frequency(n, unknown);
		/* Frequencies that are as likely as each other are as good. */
		{
			double same = ld_likely(n, unknown);
			double f[4] = { (n[0] + same) / total, (n[1] + unknown - same) / total,
				(n[2] + unknown - same) / total, (n[3] + same) / total };
			double x = want - n[3] / total;
			double g[4] = { n[0] / total + x, (n[1] + unknown) / total - x,
				(n[2] + unknown) / total - x, want };

			assert_true(log_likelihood(n, unknown, f) >=
					log_likelihood(n, unknown, g) - 1e-7);
		}
	}
}

static void test_choice_of_records(void **state)
{
	static struct site s;
	struct ld_choice choice = { 0 };
	struct ld_sites b = { 0 };

	(void)state;
	s.n_allele = 3;
	for (unsigned i = 0; i < N_SAMPLES; i++)
		s.calls[i] = (struct call){ { i % 10 == 0, i % 5 == 0 ? 2 : 0 }, 2, false };
	add_site(&b, &choice, &s);
	assert_int_equal(b.n, 0); /* several ALT alleles */
	choice.multiallelic = LD_MOST_COMMON;
	add_site(&b, &choice, &s);
	assert_int_equal(b.n, 1);
	/* 61 have allele 2, of which 31 have allele 1 too and are missing. */
	assert_int_equal(b.sites[0].n_called, N_SAMPLES - 31);
	assert_int_equal(b.sites[0].copies, 30);
	choice.min_maf = 30. / (2 * (N_SAMPLES - 31));
	add_site(&b, &choice, &s);
	assert_int_equal(b.n, 2);
	choice.min_maf += 1e-6;
	add_site(&b, &choice, &s);
	assert_int_equal(b.n, 2);
	ld_sites_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_way_to_count_gives_the_same),
		cmocka_unit_test(test_r2_of_genotypes_is_pearsons),
		cmocka_unit_test(test_r2_of_phased_haplotypes_is_counted),
		cmocka_unit_test(test_r2_of_unphased_haplotypes_is_the_most_likely),
		cmocka_unit_test(test_all_heterozygous_has_haplotypes_but_no_genotypes),
		cmocka_unit_test(test_the_likelier_of_two_solutions_is_taken),
		cmocka_unit_test(test_choice_of_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
