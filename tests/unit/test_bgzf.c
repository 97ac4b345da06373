/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <htslib/bgzf.h>

#include "core/view/bgzf.h"

enum { MARKER = 28, PAGE = 4096 };

/* A file of @out, which ends as one in BGZF does. */
static BGZF *open_written(const char *path, const struct buf *out)
{
	FILE *f = fopen(path, "wb");
	BGZF *b;

	assert_non_null(f);
	assert_int_equal(fwrite(out->data, 1, out->len, f), out->len);
	fclose(f);
	b = bgzf_open(path, "r");
	assert_non_null(b);
	assert_int_equal(bgzf_check_EOF(b), 1);
	return b;
}

/* What htslib reads of it is what went in, and where it says it is. */
static void check(size_t len)
{
	static const char path[] = "/tmp/test_bgzf.gz";
	uint8_t *in = calloc(len + 1, 1);
	struct buf out = { 0 };
	uint64_t size;
	uint8_t byte;
	BGZF *b;

	for (size_t i = 0; i < len; i++)
		in[i] = (uint8_t)(i * 7 + i / 251);
	bgzf_put_file(&out, in, len);
	assert_int_equal(bgzf_size(0, len, &size), 0);
	assert_int_equal(size + MARKER, out.len);
	b = open_written(path, &out);
	for (size_t at = 0; at < len; at += at + 1) {
		assert_int_equal(bgzf_seek(b, (int64_t)bgzf_virtual_offset(0, at), SEEK_SET), 0);
		assert_int_equal(bgzf_read(b, &byte, 1), 1);
		assert_int_equal(byte, in[at]);
	}
	bgzf_close(b);
	remove(path);
	buf_done(&out);
	free(in);
}

static void test_htslib_reads_what_was_put(void **state)
{
	(void)state;
	check(0);
	check(1);
	check(BGZF_PAYLOAD - 1);
	check(BGZF_PAYLOAD);
	check(BGZF_PAYLOAD + 1);
	check(3 * BGZF_PAYLOAD + 12345);
}

/* A file that ends as one of @len bytes of rows does, whole and read from its middle. */
static void check_end(size_t len)
{
	static const char path[] = "/tmp/test_bgzf_end.gz";
	uint8_t *in = calloc(len, 1);
	uint8_t end[BGZF_END_MAX];
	uint8_t piece[BGZF_END_MAX];
	struct buf out = { 0 };
	size_t size;
	BGZF *b;

	bgzf_put_file(&out, in, len);
	out.len -= MARKER;
	size = bgzf_end_size(out.len);
	assert_true(size <= sizeof(end));
	assert_int_equal((out.len + size - MARKER) % PAGE, 0);
	bgzf_end_read(out.len, 0, end, size);
	for (size_t from = 0; from < size; from += 1 + size / 7) {
		bgzf_end_read(out.len, from, piece, size - from);
		assert_memory_equal(piece, end + from, size - from);
	}
	buf_put(&out, end, size);
	b = open_written(path, &out);
	assert_int_equal(bgzf_read(b, in, len), len);
	assert_int_equal(bgzf_read(b, piece, 1), 0);
	bgzf_close(b);
	remove(path);
	buf_done(&out);
	free(in);
}

static void test_the_end_marker_begins_a_page(void **state)
{
	(void)state;
	for (size_t at = PAGE - 60; at <= PAGE + 1; at++)
		check_end(at - BGZF_HEAD - BGZF_TAIL);
	check_end(1);
	check_end(BGZF_PAYLOAD);
	check_end(BGZF_PAYLOAD + 4000);
}

static void test_sizes_that_no_file_has_are_refused(void **state)
{
	uint64_t size;

	(void)state;
	assert_true(bgzf_size(0, INT64_MAX, &size) < 0);
	assert_true(bgzf_size(100, UINT64_MAX, &size) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_htslib_reads_what_was_put),
		cmocka_unit_test(test_the_end_marker_begins_a_page),
		cmocka_unit_test(test_sizes_that_no_file_has_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
