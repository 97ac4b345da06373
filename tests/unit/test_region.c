/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/record/region.h"

/* Contigs 0 "1", 1 "chr2", 2 "HLA:01,x"; "chrM" has no records. */
static int find(const void *arg, const char *s, size_t len, uint32_t *contig)
{
	static const char *const names[] = { "1", "chr2", "HLA:01,x" };

	(void)arg;
	for (uint32_t i = 0; i < 3; i++)
		if (strlen(names[i]) == len && memcmp(s, names[i], len) == 0) {
			*contig = i;
			return 0;
		}
	return len == 4 && memcmp(s, "chrM", 4) == 0 ? 1 : -ENOENT;
}

static struct region_list parse(const char *text, uint32_t chosen)
{
	const struct region_names names = { .find = find, .chosen = chosen };
	struct region_list l = { 0 };
	struct err err = { 0 };

	assert_int_equal(region_list_parse(text, &names, &l, &err), 0);
	return l;
}

static void check_one(const char *text, uint32_t contig, int64_t from, int64_t to)
{
	struct region_list l = parse(text, REGION_NO_CONTIG);

	assert_int_equal(l.n, 1);
	assert_int_equal(l.regions[0].contig, contig);
	assert_true(l.regions[0].from == from);
	assert_true(l.regions[0].to == to);
	region_list_done(&l);
}

static void test_positions_are_1_based_and_closed(void **state)
{
	(void)state;
	check_one("chr2:5-7", 1, 4, 7);
	check_one("chr2:5", 1, 4, 5);
	check_one("chr2:5-", 1, 4, INT64_MAX);
	check_one("chr2", 1, INT64_MIN, INT64_MAX);
	check_one("chr2:0-5", 1, -1, 5);
}

static void test_numbers_are_read_as_htslib_does(void **state)
{
	(void)state;
	check_one("chr2:1e3-1.5k", 1, 999, 1500);
	check_one("chr2:2M-2.000001M", 1, 1999999, 2000001);
	check_one("1:1", 0, 0, 1);
}

static void test_braces_keep_a_name_together(void **state)
{
	(void)state;
	check_one("{HLA:01,x}:3-4", 2, 2, 4);
	check_one("{HLA:01,x}", 2, INT64_MIN, INT64_MAX);
}

static void test_regions_of_a_contig_are_merged_in_the_order_of_contigs(void **state)
{
	struct region_list l = parse("chr2:50-60,1:5,chr2:10-20,chr2:15-30,1", REGION_NO_CONTIG);

	(void)state;
	assert_int_equal(l.n, 3);
	assert_int_equal(l.regions[0].contig, 1);
	assert_true(l.regions[0].from == 9 && l.regions[0].to == 30);
	assert_true(l.regions[1].from == 49 && l.regions[1].to == 60);
	assert_int_equal(l.regions[2].contig, 0);
	assert_true(l.regions[2].to == INT64_MAX);
	region_list_done(&l);
}

static void test_the_contig_may_be_left_out_where_it_is_chosen(void **state)
{
	struct region_list l = parse("5-7,1", 1);

	(void)state;
	assert_int_equal(l.n, 2);
	assert_int_equal(l.regions[0].contig, 1);
	assert_int_equal(l.regions[1].contig, 0); /* a contig's name comes first */
	region_list_done(&l);
}

static void test_nothing_is_a_list_too(void **state)
{
	static const char *const empty[] = { "", ",", "chrM", "chr2:7-5", "chrM:5-6," };

	(void)state;
	for (unsigned i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
		struct region_list l = parse(empty[i], REGION_NO_CONTIG);

		assert_int_equal(l.n, 0);
		region_list_done(&l);
	}
}

static void test_what_is_no_list_is_refused(void **state)
{
	static const char *const bad[] = { "chr3", "chr2:", "chr2:x", "chr2:5x", "chr2:5-6-7",
		"5-7", "{chr2", "{chr2}x", "chr2:-5", "chr2:1e99", "chr2:99999999999999999999",
		"chr2:.", "chr2:1.2.3", "chr2:1e" };
	const struct region_names names = { .find = find, .chosen = REGION_NO_CONTIG };

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct region_list l = { 0 };
		struct err err = { 0 };

		assert_int_equal(region_list_parse(bad[i], &names, &l, &err), -ENOENT);
		assert_null(l.regions);
		assert_true(err.msg[0] != '\0');
	}
}

static void test_overlap_counts_the_reference_of_a_record(void **state)
{
	const struct region r = { .from = 10, .to = 20 };

	(void)state;
	assert_true(region_overlaps(&r, 10, 1));
	assert_true(region_overlaps(&r, 19, 1));
	assert_false(region_overlaps(&r, 20, 1));
	assert_false(region_overlaps(&r, 9, 1));
	assert_true(region_overlaps(&r, 5, 6));
	assert_false(region_overlaps(&r, 5, 5));
	assert_true(region_overlaps(&r, 10, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_positions_are_1_based_and_closed),
		cmocka_unit_test(test_numbers_are_read_as_htslib_does),
		cmocka_unit_test(test_braces_keep_a_name_together),
		cmocka_unit_test(test_regions_of_a_contig_are_merged_in_the_order_of_contigs),
		cmocka_unit_test(test_the_contig_may_be_left_out_where_it_is_chosen),
		cmocka_unit_test(test_nothing_is_a_list_too),
		cmocka_unit_test(test_what_is_no_list_is_refused),
		cmocka_unit_test(test_overlap_counts_the_reference_of_a_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
