/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/cursor.h"

static void test_reads_what_buf_wrote(void **state)
{
	static const uint64_t varints[] = { 0, 1, 127, 128, 16383, 16384, UINT32_MAX, UINT64_MAX };
	enum { N = sizeof(varints) / sizeof(varints[0]) };
	struct buf b = { 0 };
	struct cursor c;
	const uint8_t *p;
	size_t n;

	(void)state;
	buf_put_u8(&b, 0xfe);
	buf_put_u16(&b, 0xfedc);
	buf_put_u32(&b, 0xfedcba98);
	buf_put_u64(&b, 0xfedcba9876543210);
	for (unsigned i = 0; i < N; i++)
		buf_put_varint(&b, varints[i]);
	buf_put_zigzag(&b, INT64_MIN);
	buf_put_bytes(&b, "chr20", 5);

	c = cursor_over(b.data, b.len);
	assert_int_equal(cursor_left(&c), b.len);
	assert_int_equal(cursor_u8(&c), 0xfe);
	assert_int_equal(cursor_u16(&c), 0xfedc);
	assert_int_equal(cursor_u32(&c), 0xfedcba98);
	assert_true(cursor_u64(&c) == 0xfedcba9876543210);
	for (unsigned i = 0; i < N; i++)
		assert_true(cursor_varint(&c) == varints[i]);
	assert_true(cursor_zigzag(&c) == INT64_MIN);
	assert_false(cursor_finished(&c));
	p = cursor_bytes(&c, &n);
	assert_int_equal(n, 5);
	assert_memory_equal(p, "chr20", 5);
	assert_true(cursor_finished(&c));
	buf_done(&b);
}

static void test_nothing_at_all_is_finished_at_once(void **state)
{
	struct cursor c = cursor_over(NULL, 0);

	(void)state;
	assert_true(cursor_finished(&c));
	assert_non_null(cursor_take(&c, 0));
	assert_false(cursor_bad(&c));
	assert_int_equal(cursor_u8(&c), 0);
	assert_true(cursor_bad(&c));
	assert_false(cursor_finished(&c));
}

static void test_a_read_past_the_end_gives_zero_and_sticks(void **state)
{
	static const uint8_t bytes[] = { 1, 2, 3 };
	struct cursor c = cursor_over(bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(cursor_u32(&c), 0);
	assert_true(cursor_bad(&c));
	assert_int_equal(cursor_left(&c), 0);
	/* The three bytes are gone too: nothing after a failure is believed. */
	assert_int_equal(cursor_u8(&c), 0);
	assert_null(cursor_take(&c, 1));
}

static void test_every_width_stops_one_byte_short(void **state)
{
	static const uint8_t bytes[8] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	struct cursor c;

	(void)state;
	c = cursor_over(bytes, 1);
	assert_int_equal(cursor_u16(&c), 0);
	assert_true(cursor_bad(&c));
	c = cursor_over(bytes, 7);
	assert_true(cursor_u64(&c) == 0);
	assert_true(cursor_bad(&c));
	c = cursor_over(bytes, 8);
	assert_true(cursor_u64(&c) == UINT64_MAX);
	assert_true(cursor_finished(&c));
}

static void test_a_varint_without_an_end_is_refused(void **state)
{
	static const uint8_t bytes[] = { 0x80, 0x80, 0x80 };
	struct cursor c = cursor_over(bytes, sizeof(bytes));

	(void)state;
	assert_true(cursor_varint(&c) == 0);
	assert_true(cursor_bad(&c));
}

static void test_a_varint_past_64_bits_is_refused(void **state)
{
	static const uint8_t too_large[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0x02 };
	static const uint8_t too_long[] = { 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
		0x80, 0x00 };
	struct cursor c;

	(void)state;
	c = cursor_over(too_large, sizeof(too_large));
	assert_true(cursor_varint(&c) == 0);
	assert_true(cursor_bad(&c));
	c = cursor_over(too_long, sizeof(too_long));
	assert_true(cursor_varint(&c) == 0);
	assert_true(cursor_bad(&c));
}

static void test_varint32_refuses_more_than_32_bits(void **state)
{
	struct buf b = { 0 };
	struct cursor c;

	(void)state;
	buf_put_varint(&b, UINT32_MAX);
	buf_put_varint(&b, (uint64_t)UINT32_MAX + 1);
	c = cursor_over(b.data, b.len);
	assert_int_equal(cursor_varint32(&c), UINT32_MAX);
	assert_false(cursor_bad(&c));
	assert_int_equal(cursor_varint32(&c), 0);
	assert_true(cursor_bad(&c));
	buf_done(&b);
}

static void test_a_length_past_the_end_is_refused(void **state)
{
	struct buf b = { 0 };
	struct cursor c;
	size_t n = 99;

	(void)state;
	buf_put_varint(&b, 4);
	buf_put(&b, "abc", 3);
	c = cursor_over(b.data, b.len);
	assert_null(cursor_bytes(&c, &n));
	assert_int_equal(n, 0);
	assert_true(cursor_bad(&c));

	buf_clear(&b);
	buf_put_varint(&b, UINT64_MAX);
	c = cursor_over(b.data, b.len);
	assert_null(cursor_bytes(&c, &n));
	assert_true(cursor_bad(&c));
	buf_done(&b);
}

static void test_take_stays_within_its_range(void **state)
{
	static const uint8_t bytes[] = { 1, 2, 3, 4 };
	struct cursor c = cursor_over(bytes, 3);

	(void)state;
	assert_ptr_equal(cursor_take(&c, 2), bytes);
	assert_null(cursor_take(&c, 2));
	assert_true(cursor_bad(&c));
	c = cursor_over(bytes, 3);
	assert_null(cursor_take(&c, SIZE_MAX));
	assert_true(cursor_bad(&c));
}

static void test_fail_ends_all_reading(void **state)
{
	static const uint8_t bytes[] = { 1, 2, 3 };
	struct cursor c = cursor_over(bytes, sizeof(bytes));

	(void)state;
	cursor_fail(&c);
	assert_true(cursor_bad(&c));
	assert_int_equal(cursor_left(&c), 0);
	assert_int_equal(cursor_u8(&c), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_what_buf_wrote),
		cmocka_unit_test(test_nothing_at_all_is_finished_at_once),
		cmocka_unit_test(test_a_read_past_the_end_gives_zero_and_sticks),
		cmocka_unit_test(test_every_width_stops_one_byte_short),
		cmocka_unit_test(test_a_varint_without_an_end_is_refused),
		cmocka_unit_test(test_a_varint_past_64_bits_is_refused),
		cmocka_unit_test(test_varint32_refuses_more_than_32_bits),
		cmocka_unit_test(test_a_length_past_the_end_is_refused),
		cmocka_unit_test(test_take_stays_within_its_range),
		cmocka_unit_test(test_fail_ends_all_reading),
	};

	return cmocka_run_group_tests_name("cursor", tests, NULL, NULL);
}
