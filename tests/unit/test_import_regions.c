/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/import/regions.h"

static struct regions parse(const char *text, struct names **contigs)
{
	struct regions r = { 0 };
	struct err err = { 0 };

	assert_int_equal(names_new(contigs), 0);
	assert_int_equal(regions_parse(text, *contigs, &r, &err), 0);
	return r;
}

static void test_positions_become_half_open(void **state)
{
	struct names *contigs;
	struct regions r = parse("chr1:11-20,chr2:5,chr3:7-,chr4", &contigs);

	(void)state;
	assert_int_equal(r.n, 4);
	assert_int_equal(r.v[0].start, 10);
	assert_int_equal(r.v[0].end, 20);
	assert_int_equal(r.v[1].start, 4);
	assert_int_equal(r.v[1].end, 5);
	assert_int_equal(r.v[2].start, 6);
	assert_int_equal(r.v[2].end, INT64_MAX);
	assert_true(r.v[3].start < 0); /* POS 0 too */
	regions_done(&r);
	names_free(contigs);
}

static void test_names_with_colons_stand_in_braces(void **state)
{
	struct names *contigs;
	struct regions r = parse("{HLA:1,2}:3-4,HLA:x", &contigs);

	(void)state;
	assert_int_equal(r.n, 2);
	assert_string_equal(names_get(contigs, r.v[0].contig)->s, "HLA:1,2");
	assert_int_equal(r.v[0].start, 2);
	assert_string_equal(names_get(contigs, r.v[1].contig)->s, "HLA:x");
	regions_done(&r);
	names_free(contigs);
}

static void test_overlapping_regions_are_joined(void **state)
{
	struct names *contigs;
	struct regions r = parse("1:50-60,2:1-9,1:10-20,1:15-30,1:31-40", &contigs);

	(void)state;
	assert_int_equal(r.n, 3);
	assert_int_equal(r.v[0].start, 9);
	assert_int_equal(r.v[0].end, 40);
	assert_int_equal(r.v[1].start, 49);
	assert_int_equal(regions_find(&r, 0, 39, 50), 0);
	assert_int_equal(regions_find(&r, 0, 40, 49), UINT32_MAX);
	assert_int_equal(regions_find(&r, 1, 8, 9), 2);
	assert_int_equal(regions_find(&r, 7, 8, 9), UINT32_MAX);
	regions_done(&r);
	names_free(contigs);
}

static void test_nonsense_is_refused(void **state)
{
	static const char *const bad[] = { "", ",", "1,", "1,,2", ":5", ":", "1:", "{1", "{}",
		"{}:5", "{1}x", "{1}:", "{1}:x", "{1}:5-4", "1:5-4", "1:-", "1:-100", "1:5x",
		"1:5-x", "1:5-6x", "1:5--6", "1:+5", "1:99999999999999999999", "2,1:5-4,3" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct names *contigs;
		struct regions r = { 0 };
		struct err err = { 0 };

		assert_int_equal(names_new(&contigs), 0);
		assert_int_equal(regions_parse(bad[i], contigs, &r, &err), -EINVAL);
		assert_null(r.v);
		assert_non_null(strstr(err.msg, "not a region"));
		names_free(contigs);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_positions_become_half_open),
		cmocka_unit_test(test_names_with_colons_stand_in_braces),
		cmocka_unit_test(test_overlapping_regions_are_joined),
		cmocka_unit_test(test_nonsense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
