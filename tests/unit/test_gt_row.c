/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/gtb/gt_row_private.h"
#include "core/record/record.h"

/* With more than 32,768 samples a slot takes four bytes in a list. */
static const uint32_t sample_counts[] = { 1, 2, 3, 4, 63, 96, 191, 192, 193, 250, 2504, 2509, 32768,
	32769, 40000 };

/* One sample in so many is not 0/0, and one of these in so many is missing; 0: none. */
static const struct {
	unsigned odd;
	unsigned missing;
} mixtures[] = { { 0, 0 }, { 1, 0 }, { 2, 0 }, { 2, 3 }, { 9, 0 }, { 9, 2 }, { 14, 0 }, { 14, 3 },
	{ 20, 0 }, { 20, 1 }, { 40, 0 }, { 40, 1 }, { 3000, 0 }, { 3000, 2 } };

enum { N_MIXTURES = sizeof(mixtures) / sizeof(mixtures[0]), MULTI_CODES = 17, SHORT_ALLELES = 3 };

/* A row of one kind, in each of the ways. */
struct given {
	enum row_kind kind;
	bool phased;
	uint32_t n_samples;
	uint8_t *codes; /* of each sample; owned */
	uint8_t *bytes; /* as stored; owned */
	size_t len;
};

static void make_codes(struct given *g, unsigned mixture, unsigned *seed)
{
	unsigned n_codes = g->kind == ROW_BYTES ? MULTI_CODES : g->phased ? 5 : 4;

	for (uint32_t i = 0; i < g->n_samples; i++) {
		unsigned odd = mixtures[mixture].odd;
		unsigned missing = mixtures[mixture].missing;

		g->codes[i] = 1;
		if (!odd || rand_r(seed) % odd)
			continue;
		if (missing && rand_r(seed) % missing == 0)
			g->codes[i] = 0;
		else
			g->codes[i] = (uint8_t)(2 + rand_r(seed) % (n_codes - 2));
	}
}

static void pack(struct given *g, unsigned *seed)
{
	static const uint8_t plink[] = { 1, 0, 2, 3 }; /* missing, 0/0, 0/1, 1/1 */

	g->len = g->kind == ROW_BYTES ? g->n_samples
				      : packed_row_size(g->n_samples,
							g->kind == ROW_PACKED && g->phased);
	memset(g->bytes, 0, g->len);
	/* What fills the last byte is anything. */
	for (uint32_t i = 0; i < g->n_samples + 3; i++) {
		unsigned code = i < g->n_samples ? g->codes[i] : rand_r(seed) % 4;

		if (g->kind == ROW_BYTES && i < g->len)
			g->bytes[i] = (uint8_t)code;
		else if (g->kind == ROW_PLINK && i / 4 < g->len)
			g->bytes[i / 4] |= (uint8_t)(plink[code] << 2 * (i % 4));
		else if (g->kind == ROW_PACKED && !g->phased && i / 4 < g->len)
			g->bytes[i / 4] |= (uint8_t)(code << (6 - 2 * (i % 4)));
		else if (g->kind == ROW_PACKED && g->phased && i / 3 < g->len)
			g->bytes[i / 3] = (uint8_t)(g->bytes[i / 3] +
						    code * (i % 3 == 0                  ? 25
									   : i % 3 == 1 ? 5
											: 1));
	}
}

/* The cell of the values that BCF has, as import makes it. */
static void put_expected(const struct given *g, uint32_t n_alleles, struct buf *out)
{
	uint8_t *values = malloc(2 * (size_t)g->n_samples);
	struct gt_scratch scratch = { 0 };
	const struct call *calls = calls_by_code();

	assert_non_null(values);
	for (size_t i = 0; i < g->n_samples; i++) {
		struct call c = calls[g->codes[i]];
		uint8_t a = g->phased || c.a < c.b ? c.a : c.b;
		uint8_t b = g->phased || c.a < c.b ? c.b : c.a;
		bool missing = c.a >= n_alleles || c.b >= n_alleles;

		values[2 * i] = (uint8_t)(missing ? 0 : (a + 1) << 1);
		values[2 * i + 1] = (uint8_t)((missing ? 0 : (b + 1) << 1) | g->phased);
	}
	assert_int_equal(gt_cell_encode(RECORD_INT8, values, 2, g->n_samples, &scratch, out), 1);
	gt_scratch_done(&scratch);
	free(values);
}

static void check_row(const struct given *g, uint32_t n_alleles, const struct gt_row_way *way)
{
	const struct stored_row row = { .kind = g->kind,
		.phased = g->phased,
		.bytes = g->bytes,
		.len = g->len,
		.code_max = 225,
		.n_alleles = n_alleles };
	struct calls_scratch scratch;
	struct gt_row_maker m = { 0 };
	struct gt_tally tally;
	struct buf expected = { 0 };
	struct buf cell = { 0 };
	uint32_t ploidy;

	assert_int_equal(calls_scratch_init(&scratch, g->n_samples), 0);
	assert_int_equal(gt_row_maker_init(&m, g->n_samples), 0);
	m.way = way;
	assert_int_equal(gt_row_put(&m, &scratch, &row, 2, &tally, &ploidy, &cell, NULL), 0);
	put_expected(g, n_alleles, &expected);
	assert_int_equal(ploidy, 2);
	assert_int_equal(cell.len, expected.len);
	assert_memory_equal(cell.data, expected.data, expected.len);
	buf_done(&cell);
	buf_done(&expected);
	gt_row_maker_done(&m);
	calls_scratch_done(&scratch);
}

static void check_rows(struct given *g, unsigned mixture, unsigned *seed)
{
	make_codes(g, mixture, seed);
	pack(g, seed);
	for (unsigned w = 0; w < n_gt_row_ways; w++) {
		if (!gt_row_ways[w].works())
			continue;
		check_row(g, g->kind == ROW_BYTES ? 5 : 2, &gt_row_ways[w]);
		/* An allele that the record has not makes the call missing. */
		check_row(g, g->kind == ROW_BYTES ? SHORT_ALLELES : 1, &gt_row_ways[w]);
	}
}

static void check_kind(enum row_kind kind, bool phased)
{
	unsigned seed = 4711;

	for (size_t s = 0; s < sizeof(sample_counts) / sizeof(sample_counts[0]); s++) {
		struct given g = { .kind = kind, .phased = phased, .n_samples = sample_counts[s] };

		g.codes = malloc(g.n_samples);
		g.bytes = malloc(g.n_samples + 1);
		assert_non_null(g.codes);
		assert_non_null(g.bytes);
		for (unsigned mixture = 0; mixture < N_MIXTURES; mixture++)
			check_rows(&g, mixture, &seed);
		free(g.codes);
		free(g.bytes);
	}
}

static void test_packed_rows_become_the_cells_that_import_makes(void **state)
{
	(void)state;
	check_kind(ROW_PACKED, true);
	check_kind(ROW_PACKED, false);
	check_kind(ROW_PLINK, false);
}

static void test_rows_of_codes_become_the_cells_that_import_makes(void **state)
{
	(void)state;
	check_kind(ROW_BYTES, true);
	check_kind(ROW_BYTES, false);
}

static void test_a_byte_that_cannot_be_is_refused_wherever_it_is(void **state)
{
	enum { N = 600 };
	uint8_t bytes[N / 3];
	struct stored_row row = { .kind = ROW_PACKED, .phased = true, .n_alleles = 2 };

	(void)state;
	for (unsigned w = 0; w < n_gt_row_ways; w++)
		for (size_t bad = 0; bad < sizeof(bytes) && gt_row_ways[w].works(); bad++) {
			struct gt_row_maker m = { 0 };
			struct calls_scratch scratch;
			struct gt_tally tally;
			struct buf cell = { 0 };
			uint32_t ploidy;

			assert_int_equal(calls_scratch_init(&scratch, N), 0);
			assert_int_equal(gt_row_maker_init(&m, N), 0);
			m.way = &gt_row_ways[w];
			/* Few that are not 0/0, or all. */
			memset(bytes, bad % 2 ? 31 : 62, sizeof(bytes));
			bytes[bad] = (uint8_t)(bad % 3 ? 125 : 255);
			row.bytes = bytes;
			row.len = sizeof(bytes);
			assert_int_equal(gt_row_put(&m, &scratch, &row, 2, &tally, &ploidy, &cell,
							 NULL),
					-EBADMSG);
			buf_done(&cell);
			gt_row_maker_done(&m);
			calls_scratch_done(&scratch);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packed_rows_become_the_cells_that_import_makes),
		cmocka_unit_test(test_rows_of_codes_become_the_cells_that_import_makes),
		cmocka_unit_test(test_a_byte_that_cannot_be_is_refused_wherever_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
