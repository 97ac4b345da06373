/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/histogram.h"

static struct buf written(const struct histogram *h)
{
	struct buf out = { 0 };

	histogram_write(h, "x_seconds", "what it is", &out);
	buf_put_u8(&out, '\0');
	assert_false(buf_failed(&out));
	return out;
}

static void assert_line(const struct buf *text, const char *line)
{
	assert_non_null(strstr((const char *)text->data, line));
}

static void test_a_bound_belongs_to_its_bucket(void **state)
{
	struct histogram h = { 0 };
	struct buf text;

	(void)state;
	histogram_add(&h, 0);
	histogram_add(&h, 1000);
	histogram_add(&h, 1001);
	histogram_add(&h, 4000);
	text = written(&h);
	assert_line(&text, "# TYPE x_seconds histogram\n");
	assert_line(&text, "\nx_seconds_bucket{le=\"0.000001\"} 2\n");
	assert_line(&text, "\nx_seconds_bucket{le=\"0.000002\"} 3\n");
	assert_line(&text, "\nx_seconds_bucket{le=\"0.000004\"} 4\n");
	assert_line(&text, "\nx_seconds_bucket{le=\"+Inf\"} 4\n");
	assert_line(&text, "\nx_seconds_sum 0.000006001\n");
	assert_line(&text, "\nx_seconds_count 4\n");
	buf_done(&text);
}

static void test_what_takes_longest_is_in_the_last_bucket_only(void **state)
{
	struct histogram h = { 0 };
	struct buf text;

	(void)state;
	histogram_add(&h, 8388608000u);
	histogram_add(&h, 8388608001u);
	histogram_add(&h, UINT64_MAX - 16777216001u);
	text = written(&h);
	assert_line(&text, "\nx_seconds_bucket{le=\"4.194304\"} 0\n");
	assert_line(&text, "\nx_seconds_bucket{le=\"8.388608\"} 1\n");
	assert_line(&text, "\nx_seconds_bucket{le=\"+Inf\"} 3\n");
	buf_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_bound_belongs_to_its_bucket),
		cmocka_unit_test(test_what_takes_longest_is_in_the_last_bucket_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
