/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/json.h"
#include "core/base/time_text.h"

static void assert_json(const char *p, size_t n, const char *expected)
{
	struct buf b = { 0 };

	json_put_string(&b, p, n);
	assert_false(buf_failed(&b));
	assert_int_equal(b.len, strlen(expected));
	assert_memory_equal(b.data, expected, b.len);
	buf_done(&b);
}

static void test_what_json_wants_escaped_is(void **state)
{
	(void)state;
	assert_json("", 0, "\"\"");
	assert_json("plain/text 1", 12, "\"plain/text 1\"");
	assert_json("a\"b\\c", 5, "\"a\\\"b\\\\c\"");
	assert_json("\0\n\t\x1f\x7f", 5, "\"\\u0000\\u000a\\u0009\\u001f\x7f\"");
}

static void test_utf8_stays_and_what_is_none_is_replaced(void **state)
{
	(void)state;
	assert_json("\xc3\xa4\xe2\x82\xac\xf0\x9f\xa7\xac", 9,
			"\"\xc3\xa4\xe2\x82\xac\xf0\x9f\xa7\xac\"");
	assert_json("\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf", 10,
			"\"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf\"");
	/* A part of a character at the end, alone, and before another. */
	assert_json("a\xc3", 2, "\"a\\ufffd\"");
	assert_json("\xe2\x82", 2, "\"\\ufffd\\ufffd\"");
	assert_json("\xe2\x82"
		    "b",
			3, "\"\\ufffd\\ufffdb\"");
	assert_json("\xf0\x9f\xa7\"", 4, "\"\\ufffd\\ufffd\\ufffd\\\"\"");
	/* Too long, a surrogate, too large, never used. */
	assert_json("\xc0\xaf", 2, "\"\\ufffd\\ufffd\"");
	assert_json("\xe0\x9f\xbf", 3, "\"\\ufffd\\ufffd\\ufffd\"");
	assert_json("\xed\xa0\x80", 3, "\"\\ufffd\\ufffd\\ufffd\"");
	assert_json("\xf4\x90\x80\x80", 4, "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
	assert_json("\xff", 1, "\"\\ufffd\"");
}

static void test_times_are_utc(void **state)
{
	char text[TIME_TEXT_LEN];

	(void)state;
	assert_string_equal(time_text(0, text), "1970-01-01T00:00:00Z");
	assert_string_equal(time_text(1795642800999999999, text), "2026-11-25T21:40:00Z");
	assert_string_equal(time_text(INT64_MAX, text), "2262-04-11T23:47:16Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_json_wants_escaped_is),
		cmocka_unit_test(test_utf8_stays_and_what_is_none_is_replaced),
		cmocka_unit_test(test_times_are_utc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
