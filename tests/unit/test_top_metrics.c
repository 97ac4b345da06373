/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/histogram.h"
#include "tools/top_metrics.h"

#define READS "genofs_reads_total 7\n"
#define BUCKET "genofs_read_duration_seconds_bucket"

static struct metrics m;

static int parse(const char *text)
{
	return metrics_parse(text, strlen(text), &m, NULL);
}

static void assert_near(double a, double b)
{
	assert_true(fabs(a - b) <= 1e-9 * fabs(b));
}

static void test_values_are_taken_by_their_names(void **state)
{
	(void)state;
	assert_int_equal(parse("# HELP genofs_reads_total x\n\n" READS
			       "genofs_decode_seconds_total 0.250000000\ngenofs_of_later{a=\"b\"} "
			       "1\n"),
			0);
	assert_true(m.values[METRIC_READS] == 7);
	assert_true(m.values[METRIC_DECODE_SECONDS] == 0.25);
	assert_true(isnan(m.values[METRIC_MISSES]));
	assert_int_equal(m.n_files, 0);
	assert_int_equal(m.read_time.n, 0);
}

static void test_kinds_of_files_are_joined_from_two_families(void **state)
{
	(void)state;
	assert_int_equal(parse(READS "genofs_file_reads_total{file=\"a\"} 1\n"
				     "genofs_file_reads_total{file=\"b\"} 2\n"
				     "genofs_file_read_bytes_total{file=\"b\"} 30\n"),
			0);
	assert_int_equal(m.n_files, 2);
	assert_string_equal(m.files[1].name, "b");
	assert_true(m.files[1].reads == 2 && m.files[1].bytes == 30);
	assert_true(m.files[0].bytes == 0);
}

static void test_what_is_not_that_format_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		"genofs_hits_total 1\n",
		"genofs_reads_total 7",
		"genofs_reads_total\n",
		"genofs_reads_total \n",
		" 7\n",
		"genofs_reads_total -7\n",
		"genofs_reads_total +7\n",
		"genofs_reads_total 0x7\n",
		"genofs_reads_total inf\n",
		"genofs_reads_total nan\n",
		"genofs_reads_total 1e999\n",
		"genofs_reads_total 7 1700000000\n",
		"genofs_reads_total 7.1.1\n",
		"genofs_reads_total 00000000000000000000000000000000000000007\n",
		"genofs_reads_total{file=\"a\"} 7\n",
		READS "genofs_file_reads_total 1\n",
		READS "genofs_file_reads_total{file=\"\"} 1\n",
		READS "genofs_file_reads_total{file=\"\"} 1\ngenofs_file_reads_total 1\n",
		READS "genofs_file_reads_total{file=\"a\"} 1\ngenofs_file_reads_total 1\n",
		READS "genofs_file_reads_total{kind=\"a\"} 1\n",
		READS "genofs_file_reads_total{file=\"a} 1\n",
		READS "genofs_file_reads_total{file=\"a\\\"\"} 1\n",
		READS "genofs_file_reads_total{file=\"\x1b[2J\"} 1\n",
		READS
		"genofs_file_reads_total{file=\"0123456789012345678901234567890123456789\"} 1\n",
		READS BUCKET "{le=\"x\"} 1\n",
		READS BUCKET "{le=\"1\"} 1\n" BUCKET "{le=\"1\"} 1\n",
		READS BUCKET "{le=\"1\"} 2\n" BUCKET "{le=\"2\"} 1\n",
		READS BUCKET "{le=\"+Inf\"} 2\n" BUCKET "{le=\"+Inf\"} 2\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (parse(texts[i]) != -EBADMSG)
			fail_msg("taken: %s", texts[i]);
}

static void test_tables_are_bounded(void **state)
{
	struct buf text = { 0 };

	(void)state;
	buf_printf(&text, READS);
	for (int i = 0; i < METRICS_MAX_BUCKETS; i++)
		buf_printf(&text, BUCKET "{le=\"%d\"} 1\n", i);
	for (int i = 0; i < METRICS_MAX_FILES; i++)
		buf_printf(&text, "genofs_file_reads_total{file=\"%d\"} 1\n", i);
	assert_int_equal(metrics_parse((const char *)text.data, text.len, &m, NULL), 0);
	assert_int_equal(m.n_files, METRICS_MAX_FILES);
	assert_int_equal(m.read_time.n, METRICS_MAX_BUCKETS);

	buf_printf(&text, "genofs_file_reads_total{file=\"x\"} 1\n");
	assert_int_equal(metrics_parse((const char *)text.data, text.len, &m, NULL), -EBADMSG);
	buf_clear(&text);
	buf_printf(&text, READS);
	for (int i = 0; i <= METRICS_MAX_BUCKETS; i++)
		buf_printf(&text, BUCKET "{le=\"%d\"} 1\n", i);
	assert_int_equal(metrics_parse((const char *)text.data, text.len, &m, NULL), -EBADMSG);
	buf_done(&text);
}

static void test_a_fault_is_told_with_its_line(void **state)
{
	static const char text[] = READS "x 1\nx y\n";
	struct err err = { 0 };

	(void)state;
	assert_int_equal(metrics_parse(text, sizeof(text) - 1, &m, &err), -EBADMSG);
	assert_non_null(strstr(err.msg, "line 3"));
}

static void test_what_was_added_is_never_negative(void **state)
{
	static struct metrics before;

	(void)state;
	assert_int_equal(parse("genofs_reads_total 5\ngenofs_hits_total 9\n"), 0);
	before = m;
	assert_int_equal(parse("genofs_reads_total 12\ngenofs_hits_total 3\n"), 0);
	assert_true(metrics_added(&before, &m, METRIC_READS) == 7);
	assert_true(metrics_added(NULL, &m, METRIC_READS) == 12);
	assert_true(metrics_added(&before, &m, METRIC_HITS) == 0);
	assert_true(isnan(metrics_added(&before, &m, METRIC_WAITS)));
}

static void test_quantiles_are_spread_within_their_bucket(void **state)
{
	const struct metrics_histogram h = {
		.n = 4, .le = { 1, 2, 4, INFINITY }, .count = { 10, 10, 90, 100 }
	};

	(void)state;
	assert_near(metrics_quantile(NULL, &h, 0.05), 0.5);
	assert_near(metrics_quantile(NULL, &h, 0.1), 1);
	assert_near(metrics_quantile(NULL, &h, 0.5), 3);
	assert_near(metrics_quantile(NULL, &h, 0.9), 4);
	assert_near(metrics_quantile(NULL, &h, 0.99), 4); /* the largest bound there is */
	assert_true(metrics_quantile(NULL, &h, 0) == 0);
}

static void test_quantiles_are_of_what_was_added(void **state)
{
	const struct metrics_histogram before = {
		.n = 3, .le = { 1, 2, INFINITY }, .count = { 50, 50, 50 }
	};
	const struct metrics_histogram now = {
		.n = 3, .le = { 1, 2, INFINITY }, .count = { 50, 54, 54 }
	};
	const struct metrics_histogram other = {
		.n = 3, .le = { 1, 3, INFINITY }, .count = { 50, 54, 54 }
	};
	const struct metrics_histogram none = { 0 };

	(void)state;
	assert_near(metrics_quantile(&before, &now, 0.5), 1.5);
	assert_near(metrics_quantile(&other, &now, 0.5), 0.54); /* no common bounds: all of it */
	assert_true(isnan(metrics_quantile(&now, &now, 0.5)));
	assert_true(isnan(metrics_quantile(NULL, &none, 0.5)));
}

static void test_what_the_server_writes_is_understood(void **state)
{
	struct histogram h = { 0 };
	struct buf text = { 0 };

	(void)state;
	for (int i = 0; i < 100; i++)
		histogram_add(&h, 3000000); /* the bucket from 2.048 to 4.096 ms */
	buf_printf(&text, READS);
	histogram_write(&h, "genofs_read_duration_seconds", "x", &text);
	assert_int_equal(metrics_parse((const char *)text.data, text.len, &m, NULL), 0);
	assert_int_equal(m.read_time.n, HISTOGRAM_BUCKETS);
	assert_near(metrics_quantile(NULL, &m.read_time, 0.5), 0.003072);
	assert_near(m.read_time.sum, 0.3);
	buf_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_are_taken_by_their_names),
		cmocka_unit_test(test_kinds_of_files_are_joined_from_two_families),
		cmocka_unit_test(test_what_is_not_that_format_is_refused),
		cmocka_unit_test(test_tables_are_bounded),
		cmocka_unit_test(test_a_fault_is_told_with_its_line),
		cmocka_unit_test(test_what_was_added_is_never_negative),
		cmocka_unit_test(test_quantiles_are_spread_within_their_bucket),
		cmocka_unit_test(test_quantiles_are_of_what_was_added),
		cmocka_unit_test(test_what_the_server_writes_is_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
