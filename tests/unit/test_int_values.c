/* SPDX-License-Identifier: MIT */
#include "core/codec/int_values.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_width_is_the_narrowest_that_bcf_would_choose(void **state)
{
	static const struct {
		int32_t v;
		uint8_t width;
	} cases[] = { { 0, 1 }, { 127, 1 }, { 128, 2 }, { -120, 1 }, { -121, 2 }, { 32767, 2 },
		{ 32768, 4 }, { -32760, 2 }, { -32761, 4 }, { INT32_MIN, 1 }, { INT32_MIN + 1, 1 },
		{ INT32_MIN + 2, 4 }, { INT32_MAX, 4 } };

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(int_values_width((const uint8_t *)&cases[i].v, 4, 1),
				cases[i].width);
}

static void test_special_values_keep_their_meaning_in_every_width(void **state)
{
	static const uint8_t narrow[] = { 0x80, 0x81, 5, 0x88, 0x7f };
	uint8_t wide[4 * sizeof(narrow)];
	uint8_t back[sizeof(narrow)];
	int32_t v[sizeof(narrow)];
	int16_t v16[sizeof(narrow)];

	(void)state;
	int_values_convert(narrow, 1, wide, 4, sizeof(narrow));
	memcpy(v, wide, sizeof(v));
	assert_int_equal(v[0], INT32_MIN);
	assert_int_equal(v[1], INT32_MIN + 1);
	assert_int_equal(v[2], 5);
	assert_int_equal(v[3], -120);
	int_values_convert(wide, 4, back, 1, sizeof(narrow));
	assert_memory_equal(narrow, back, sizeof(narrow));
	int_values_convert(narrow, 1, wide, 2, sizeof(narrow));
	memcpy(v16, wide, sizeof(v16));
	assert_int_equal(v16[0], INT16_MIN);
	assert_int_equal(v16[1], INT16_MIN + 1);
	int_values_convert(wide, 2, back, 1, sizeof(narrow));
	assert_memory_equal(narrow, back, sizeof(narrow));
}

static void test_reserved_values_come_back(void **state)
{
	static const uint8_t narrow[] = { 0x82, 0x87, 1 };
	uint8_t wide[2 * sizeof(narrow)];
	uint8_t back[sizeof(narrow)];

	(void)state;
	assert_int_equal(int_values_width(narrow, 1, sizeof(narrow)), 2);
	int_values_convert(narrow, 1, wide, 2, sizeof(narrow));
	int_values_convert(wide, 2, back, 1, sizeof(narrow));
	assert_memory_equal(narrow, back, sizeof(narrow));
}

static void test_planes_are_read_from_any_place(void **state)
{
	int32_t values[1000];
	int32_t back[1000];
	uint8_t planes[sizeof(values)];
	int16_t v16[300];

	(void)state;
	for (int i = 0; i < 1000; i++)
		values[i] = i % 7 ? i * 31 - 9000 : INT32_MIN + i % 2;
	planes_split((const uint8_t *)values, 4, 1000, planes);
	for (size_t first = 0; first < 1000; first += 333) {
		struct planes p = { planes, 4, 1000, first, 300 };

		if (first + p.count > 1000)
			p.count = 1000 - first;
		planes_join(&p, (uint8_t *)back);
		assert_memory_equal(back, values + first, p.count * sizeof(*values));
		assert_int_equal(planes_int_width(&p), 2);
		planes_int_convert(&p, (uint8_t *)v16, 2);
		for (size_t i = 0; i < p.count; i++) {
			int32_t want = values[first + i];

			if (want <= INT32_MIN + 1)
				want = want - INT32_MIN + INT16_MIN;
			assert_int_equal(v16[i], want);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_width_is_the_narrowest_that_bcf_would_choose),
		cmocka_unit_test(test_special_values_keep_their_meaning_in_every_width),
		cmocka_unit_test(test_reserved_values_come_back),
		cmocka_unit_test(test_planes_are_read_from_any_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
