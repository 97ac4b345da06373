/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/buf.h"

static void test_empty_buf_holds_nothing_and_is_done_safely(void **state)
{
	struct buf b = { 0 };

	(void)state;
	assert_false(buf_failed(&b));
	buf_put(&b, NULL, 0);
	assert_int_equal(b.len, 0);
	buf_done(&b);
	buf_done(&b);
	assert_null(b.data);
}

static void test_puts_append_in_little_endian(void **state)
{
	static const uint8_t expected[] = { 0x01, 0x34, 0x12, 0x78, 0x56, 0x34, 0x12, 0xef, 0xcd,
		0xab, 0x89, 0x67, 0x45, 0x23, 0x01, 'a', 'b' };
	struct buf b = { 0 };

	(void)state;
	buf_put_u8(&b, 1);
	buf_put_u16(&b, 0x1234);
	buf_put_u32(&b, 0x12345678);
	buf_put_u64(&b, 0x0123456789abcdef);
	buf_put(&b, "ab", 2);
	assert_false(buf_failed(&b));
	assert_int_equal(b.len, sizeof(expected));
	assert_memory_equal(b.data, expected, sizeof(expected));
	buf_done(&b);
}

static void test_content_survives_growing(void **state)
{
	struct buf b = { 0 };

	(void)state;
	for (uint32_t i = 0; i < 100000; i++)
		buf_put_u32(&b, i);
	assert_false(buf_failed(&b));
	assert_int_equal(b.len, 400000);
	for (uint32_t i = 0; i < 100000; i++) {
		uint32_t v;

		memcpy(&v, b.data + (size_t)i * 4, sizeof(v));
		assert_int_equal(le32toh(v), i);
	}
	buf_done(&b);
}

static void test_clear_keeps_the_memory(void **state)
{
	struct buf b = { 0 };
	uint8_t *data;

	(void)state;
	buf_put(&b, "0123456789", 10);
	data = b.data;
	buf_clear(&b);
	assert_int_equal(b.len, 0);
	buf_put(&b, "abc", 3);
	assert_ptr_equal(b.data, data);
	assert_memory_equal(b.data, "abc", 3);
	buf_done(&b);
}

static void test_varints_have_their_documented_bytes(void **state)
{
	static const uint8_t expected[] = { 0x00, 0x7f, 0x80, 0x01, 0xac, 0x02, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01 };
	struct buf b = { 0 };

	(void)state;
	buf_put_varint(&b, 0);
	buf_put_varint(&b, 127);
	buf_put_varint(&b, 128);
	buf_put_varint(&b, 300);
	buf_put_varint(&b, UINT64_MAX);
	assert_int_equal(b.len, sizeof(expected));
	assert_memory_equal(b.data, expected, sizeof(expected));
	buf_done(&b);
}

static void test_zigzag_keeps_small_numbers_small_and_goes_back(void **state)
{
	static const int64_t values[] = { 0, -1, 1, -2, 2, INT32_MAX, INT32_MIN, INT64_MAX,
		INT64_MIN };

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(zigzag(values[i]), i);
	for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		assert_true(unzigzag(zigzag(values[i])) == values[i]);
}

static void test_put_bytes_writes_the_length_first(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_put_bytes(&b, "abc", 3);
	buf_put_bytes(&b, NULL, 0);
	assert_int_equal(b.len, 5);
	assert_memory_equal(b.data, "\3abc\0", 5);
	buf_done(&b);
}

static void test_printf_appends_without_a_nul(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_put(&b, "<", 1);
	buf_printf(&b, "%s=%d", "AN", 5008);
	buf_printf(&b, "%s", "");
	buf_put(&b, ">", 1);
	assert_int_equal(b.len, 9);
	assert_memory_equal(b.data, "<AN=5008>", 9);
	buf_done(&b);
}

static void test_failure_sticks_and_stops_all_writes(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_put(&b, "abc", 3);
	assert_false(buf_reserve(&b, SIZE_MAX));
	assert_true(buf_failed(&b));
	buf_put_u8(&b, 1);
	buf_put(&b, "more", 4);
	buf_put_varint(&b, 1);
	buf_printf(&b, "%d", 1);
	assert_true(buf_failed(&b));
	assert_in_range(b.len, 0, b.cap);
	buf_done(&b);
	assert_false(buf_failed(&b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty_buf_holds_nothing_and_is_done_safely),
		cmocka_unit_test(test_puts_append_in_little_endian),
		cmocka_unit_test(test_content_survives_growing),
		cmocka_unit_test(test_clear_keeps_the_memory),
		cmocka_unit_test(test_varints_have_their_documented_bytes),
		cmocka_unit_test(test_zigzag_keeps_small_numbers_small_and_goes_back),
		cmocka_unit_test(test_put_bytes_writes_the_length_first),
		cmocka_unit_test(test_printf_appends_without_a_nul),
		cmocka_unit_test(test_failure_sticks_and_stops_all_writes),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
