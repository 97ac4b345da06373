/* SPDX-License-Identifier: MIT */
#include "core/codec/float_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t seed = 11;

static uint32_t random_bits(void)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 32);
}

static uint32_t bits_of(float f)
{
	uint32_t bits;

	memcpy(&bits, &f, sizeof(bits));
	return bits;
}

static void test_every_decimal_comes_back(void **state)
{
	(void)state;
	for (unsigned s = 0; s <= 6; s++)
		for (int32_t m = -30000; m <= 2000000; m += m < 30000 ? 1 : 997) {
			char text[40];
			int32_t num;
			uint32_t bits;

			snprintf(text, sizeof(text), "%de-%u", m, s);
			bits = bits_of(strtof(text, NULL));
			/* More digits than a float has: several m are the same float. */
			if (!float_numerator(bits, float_power_of_10(s), ROUND_NOT, &num))
				fail_msg("%s", text);
			assert_int_equal(
					float_quotient(num, float_power_of_10(s), ROUND_NOT), bits);
			if (abs(m) < 1 << 23)
				assert_int_equal(num, m);
		}
}

static void test_random_bits_come_back_or_are_refused(void **state)
{
	(void)state;
	for (int i = 0; i < 2000000; i++) {
		uint32_t bits = random_bits();
		uint8_t rounding = (uint8_t)(random_bits() % (ROUND_MAX + 1));
		double den = 1 + random_bits() % 100000;
		int32_t num;

		if (float_numerator(bits, den, rounding, &num))
			assert_int_equal(float_quotient(num, den, rounding), bits);
	}
}

static void test_what_is_no_number_has_no_numerator(void **state)
{
	static const uint32_t none[] = { 0x80000000, 0x7f800000, 0xff800000, 0x7fc00000, 0x7f800003,
		0xff800001, 0x7f7fffff };
	int32_t num = 5;

	(void)state;
	for (unsigned i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_false(float_numerator(none[i], 1, ROUND_NOT, &num));
	assert_true(float_numerator(FLOAT_BITS_MISSING, 7, 6, &num));
	assert_int_equal(num, INT32_MIN);
	assert_true(float_numerator(FLOAT_BITS_END, 7, 6, &num));
	assert_int_equal(num, INT32_MIN + 1);
	assert_int_equal(float_quotient(INT32_MIN, 0, 0), FLOAT_BITS_MISSING);
	assert_int_equal(float_quotient(INT32_MIN + 1, 5, 0), FLOAT_BITS_END);
	assert_int_equal(float_quotient(3, 0, 0), FLOAT_BITS_MISSING);
	assert_int_equal(float_quotient(3, -1, 0), FLOAT_BITS_MISSING);
}

/* As who writes frequencies does: printf of the quotient, read as a float. */
static void test_quotients_are_rounded_as_printf_does(void **state)
{
	(void)state;
	for (int32_t den = 1; den < 6000; den += den < 100 ? 1 : 211)
		for (int32_t num = 0; num <= den; num++) {
			char text[40];

			snprintf(text, sizeof(text), "%.6g", (double)num / den);
			assert_int_equal(float_quotient(num, den, 6), bits_of(strtof(text, NULL)));
			assert_int_equal(float_quotient(num, den, ROUND_NOT),
					bits_of((float)((double)num / den)));
		}
}

static void test_digits_before_the_point_count(void **state)
{
	(void)state;
	assert_int_equal(float_quotient(123456, 100, 3), bits_of(1235));
	assert_int_equal(float_quotient(123456, 1000, 4), bits_of(123.5f));
	assert_int_equal(float_quotient(-123456, 1000, 4), bits_of(-123.5f));
	assert_int_equal(float_quotient(2, 3, ROUND_DECIMALS + 2), bits_of(0.67f));
	assert_int_equal(float_quotient(2, 3, ROUND_DECIMALS), bits_of(1));
	assert_int_equal(float_quotient(1, 1e9, 15), bits_of(1e-9f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_decimal_comes_back),
		cmocka_unit_test(test_random_bits_come_back_or_are_refused),
		cmocka_unit_test(test_what_is_no_number_has_no_numerator),
		cmocka_unit_test(test_quotients_are_rounded_as_printf_does),
		cmocka_unit_test(test_digits_before_the_point_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
