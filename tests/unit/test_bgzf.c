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

/* What htslib reads of it is what went in, and where it says it is. */
static void check(size_t len)
{
	static const char path[] = "/tmp/test_bgzf.gz";
	uint8_t *in = calloc(len + 1, 1);
	struct buf out = { 0 };
	uint64_t size;
	uint8_t byte;
	FILE *f;
	BGZF *b;

	for (size_t i = 0; i < len; i++)
		in[i] = (uint8_t)(i * 7 + i / 251);
	bgzf_put_file(&out, in, len);
	assert_int_equal(bgzf_size(0, len, &size), 0);
	assert_int_equal(size, out.len);
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(out.data, 1, out.len, f), out.len);
	fclose(f);
	b = bgzf_open(path, "r");
	assert_non_null(b);
	assert_int_equal(bgzf_check_EOF(b), 1);
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
		cmocka_unit_test(test_sizes_that_no_file_has_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
