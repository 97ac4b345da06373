/* SPDX-License-Identifier: MIT */
/* core/ld: all pairs of a window, as text. */
#include <errno.h>

#include "core/ld/ld_pairs.h"
#include "core/ld/ld_scan.h"
#include "tests/unit/ld_sites_made.h"

/* ---- r2 as text ---- */

static void check_text(double r2)
{
	char want[32];
	char got[32];

	snprintf(want, sizeof(want), "%g", r2);
	*ld_r2_text(got, r2) = '\0';
	assert_string_equal(got, want);
}

static void test_r2_is_printed_as_g_has_it(void **state)
{
	static const double some[] = { 0, 1, 1e-90, 1.5e-20, 1e-5, 9.99999e-5, 9.9999951e-5, 1e-4,
		1e-3, 0.01, 0.1, 0.0999999, 0.09999995001, 0.099999949, 0.99999951, 0.99999949, 0.2,
		0.25, 0.5, 0.000123456501, 0.00099999995001, 0.000999999949, 1. / 3 };

	(void)state;
	for (unsigned i = 0; i < sizeof(some) / sizeof(some[0]); i++)
		check_text(some[i]);
	for (unsigned i = 0; i < 200000; i++) {
		/* No number has a half for its seventh digit. */
		double x = (random_below(10000000) + (random_below(2) ? 0.3 : 0.7)) / 1e7;

		check_text(x);
		check_text(x * 1e-3);
		check_text(x * 1e-12);
	}
}

static void test_halves_are_rounded_to_the_even_digit(void **state)
{
	static const struct {
		double r2;
		const char *text;
	} halves[] = { { 0.1990625, "0.199062" }, { 0.2296875, "0.229688" },
		{ 0.5359375, "0.535938" }, { 0.0005859375, "0.000585938" }, { 0.9999995, "1" },
		{ 0.09999995, "0.1" }, { 0.00009999995, "0.0001" },
		{ 0.00001234565, "1.23456e-05" } };

	(void)state;
	for (unsigned i = 0; i < sizeof(halves) / sizeof(halves[0]); i++) {
		char got[32];

		*ld_r2_text(got, halves[i].r2) = '\0';
		assert_string_equal(got, halves[i].text);
	}
}

/* ---- all pairs ---- */

struct world {
	struct site *sites;
	unsigned n;
	unsigned batch;   /* sites in a batch, at most */
	uint64_t fail_at; /* batch that cannot be had */
	struct buf text;
	size_t room; /* bytes that can be written */
	const struct ld_choice *choice;
};

/* Where batch @index begins: batches are of one contig. */
static unsigned begin_of(const struct world *w, uint64_t index)
{
	unsigned i = 0;

	for (; index && i < w->n; index--) {
		unsigned first = i;

		while (i < w->n && i - first < w->batch &&
				w->sites[i].contig == w->sites[first].contig)
			i++;
	}
	return i;
}

static int load(void *arg, uint64_t index, struct ld_sites *out, struct err *err)
{
	struct world *w = arg;
	unsigned i = begin_of(w, index);
	unsigned end = begin_of(w, index + 1);

	if (index == w->fail_at)
		return err_set(err, -EBADMSG, "batch %d is damaged", (int)index);
	for (; i < end; i++)
		assert_int_equal(add_site(out, w->choice, &w->sites[i]), 0);
	return end > begin_of(w, index);
}

static int take(void *arg, const void *p, size_t n, struct err *err)
{
	struct world *w = arg;

	if (w->text.len + n > w->room)
		return err_set(err, -ENOSPC, "no room");
	buf_put(&w->text, p, n);
	return 0;
}

static void slow_scan(const struct world *w, const struct ld_scan_setup *setup, struct buf *out)
{
	buf_printf(out, "CHR_A\tBP_A\tSNP_A\tCHR_B\tBP_B\tSNP_B\tR2\n");
	for (unsigned i = 0; i < w->n; i++)
		for (unsigned j = i + 1; j < w->n; j++) {
			const struct site *a = &w->sites[i];
			const struct site *b = &w->sites[j];
			char text[LD_R2_TEXT_MAX + 1];
			double r2;

			if (a->contig != b->contig || b->pos - a->pos > setup->window_bases ||
					j - i > setup->window_sites)
				continue;
			r2 = slow_genotypes(a, b);
			if (r2 < 0 || r2 < setup->measure.min_r2)
				continue;
			*ld_r2_text(text, r2) = '\0';
			buf_printf(out, "%s\t%lld\ts%lld\t%s\t%lld\ts%lld\t%s\n",
					contigs[a->contig], (long long)a->pos + 1,
					(long long)a->pos, contigs[b->contig],
					(long long)b->pos + 1, (long long)b->pos, text);
		}
}

static void make_world(struct world *w, const struct ld_choice *choice)
{
	int64_t pos = 0;

	*w = (struct world){
		.n = 400, .batch = 7, .fail_at = UINT64_MAX, .room = SIZE_MAX, .choice = choice
	};
	w->sites = calloc(w->n, sizeof(*w->sites));
	for (unsigned i = 0; i < w->n; i++) {
		make_site(&w->sites[i], i, UNPHASED, i % 50 > 20);
		w->sites[i].contig = i >= 250;
		pos = i == 250 ? 0 : pos + random_below(100);
		w->sites[i].pos = pos;
	}
}

static void world_done(struct world *w)
{
	free(w->sites);
	buf_done(&w->text);
}

static struct ld_scan_setup setup_of(struct world *w)
{
	return (struct ld_scan_setup){ .source = { .load = load, .arg = w },
		.sink = { take, w },
		.measure = { .min_r2 = 0.1, .n_samples = N_SAMPLES },
		.window_bases = 1000,
		.window_sites = 9,
		.memory = (size_t)64 << 20,
		.n_threads = 2 };
}

static void test_pairs_of_the_window_whatever_the_threads(void **state)
{
	static const struct {
		int64_t bases;
		uint64_t sites;
		unsigned batch;
		double min_r2;
	} ways[] = { { 1000, 9, 7, 0.1 }, { 1 << 30, 9, 100, 0 }, { 1000, UINT64_MAX, 1, 0.2 },
		{ 1 << 30, UINT64_MAX, 50, 0 }, { 0, 3, 7, 0 }, { 3000, 150, 13, 0.5 } };
	const struct ld_choice choice = { 0 };
	struct world w;

	(void)state;
	make_world(&w, &choice);
	for (unsigned k = 0; k < sizeof(ways) / sizeof(ways[0]); k++) {
		struct ld_scan_setup setup = setup_of(&w);
		struct buf want = { 0 };

		setup.window_bases = ways[k].bases;
		setup.window_sites = ways[k].sites;
		setup.measure.min_r2 = ways[k].min_r2;
		w.batch = ways[k].batch;
		slow_scan(&w, &setup, &want);
		for (unsigned n = 1; n <= 5; n += 2) {
			struct err err = { 0 };

			setup.n_threads = n;
			setup.source.in_turn = n == 3;
			buf_clear(&w.text);
			assert_int_equal(ld_scan(&setup, &err), 0);
			assert_int_equal(w.text.len, want.len);
			assert_memory_equal(w.text.data, want.data, want.len);
		}
		buf_done(&want);
	}
	world_done(&w);
}

static void test_failures_end_the_scan(void **state)
{
	const struct ld_choice choice = { 0 };
	struct ld_scan_setup setup;
	struct err err = { 0 };
	struct world w;

	(void)state;
	make_world(&w, &choice);
	setup = setup_of(&w);
	w.fail_at = 9;
	assert_int_equal(ld_scan(&setup, &err), -EBADMSG);
	assert_non_null(strstr(err.msg, "batch 9"));
	w.fail_at = UINT64_MAX;
	w.room = 3000;
	buf_clear(&w.text);
	assert_int_equal(ld_scan(&setup, &err), -ENOSPC);
	w.room = 10; /* not even the head */
	buf_clear(&w.text);
	assert_int_equal(ld_scan(&setup, &err), -ENOSPC);
	world_done(&w);
}

static void test_a_window_of_too_much_memory_is_refused(void **state)
{
	const struct ld_choice choice = { 0 };
	struct ld_scan_setup setup;
	struct err err = { 0 };
	struct world w;

	(void)state;
	make_world(&w, &choice);
	setup = setup_of(&w);
	setup.window_bases = INT64_MAX;
	setup.window_sites = UINT64_MAX;
	for (unsigned n = 1; n <= 4; n++) {
		setup.n_threads = n;
		setup.memory = (size_t)n * LD_THREAD_BYTES + ld_batch_memory(N_SAMPLES) + 4000;
		buf_clear(&w.text);
		assert_int_equal(ld_scan(&setup, &err), -ENOBUFS);
		assert_non_null(strstr(err.msg, "chr1:"));
		assert_non_null(strstr(err.msg, "--memory"));
		setup.memory = (size_t)n * LD_THREAD_BYTES;
		assert_int_equal(ld_scan(&setup, &err), -ENOBUFS);
	}
	world_done(&w);
}

static void test_no_sites_have_no_pairs(void **state)
{
	const struct ld_choice choice = { 0 };
	struct world w = { .fail_at = UINT64_MAX, .batch = 1, .room = SIZE_MAX, .choice = &choice };
	struct ld_scan_setup setup = setup_of(&w);
	struct err err = { 0 };

	(void)state;
	assert_int_equal(ld_scan(&setup, &err), 0);
	assert_int_equal(w.text.len, strlen("CHR_A\tBP_A\tSNP_A\tCHR_B\tBP_B\tSNP_B\tR2\n"));
	buf_done(&w.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_r2_is_printed_as_g_has_it),
		cmocka_unit_test(test_halves_are_rounded_to_the_even_digit),
		cmocka_unit_test(test_pairs_of_the_window_whatever_the_threads),
		cmocka_unit_test(test_failures_end_the_scan),
		cmocka_unit_test(test_a_window_of_too_much_memory_is_refused),
		cmocka_unit_test(test_no_sites_have_no_pairs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
