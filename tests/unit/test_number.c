/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/number.h"

static void assert_size(const char *text, uint64_t want)
{
	uint64_t n = 0;

	assert_true(number_parse_size(text, &n));
	assert_true(n == want);
}

static void test_sizes_have_units(void **state)
{
	(void)state;
	assert_size("1", 1);
	assert_size("64K", 64 << 10);
	assert_size("3m", 3 << 20);
	assert_size("2G", (uint64_t)2 << 30);
	assert_size("16777215T", (uint64_t)16777215 << 40);
}

static void test_what_is_no_size_is_refused(void **state)
{
	static const char *const bad[] = { "", "0", "0K", "K", "-1", "+1", " 1", "1 ", "1KB", "1P",
		"1.5G", "16777216T", "18446744073709551616" };
	uint64_t n = 7;

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(number_parse_size(bad[i], &n));
	assert_int_equal(n, 7);
}

static void test_numbers_are_whole(void **state)
{
	uint64_t n = 7;

	(void)state;
	assert_true(number_parse("0755", 8, &n));
	assert_int_equal(n, 0755);
	assert_true(number_parse("18446744073709551615", 10, &n));
	assert_true(n == UINT64_MAX);
	assert_false(number_parse("", 10, &n));
	assert_false(number_parse("-1", 10, &n));
	assert_false(number_parse("12x", 10, &n));
	assert_false(number_parse("9", 8, &n));
	assert_false(number_parse("18446744073709551616", 10, &n));
	assert_true(n == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes_have_units),
		cmocka_unit_test(test_what_is_no_size_is_refused),
		cmocka_unit_test(test_numbers_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
