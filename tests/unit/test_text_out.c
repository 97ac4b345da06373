/* SPDX-License-Identifier: MIT */
#include "core/view/text_out.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <htslib/kstring.h>

static char scratch[TEXT_SCRATCH];
static char all[300000];
static size_t all_len;

static void write_things(struct text_out *o)
{
	static char long_text[40000];

	memset(long_text, 'x', sizeof(long_text));
	for (int i = 0; i < 3000 && !text_full(o); i++) {
		text_i64(o, (int64_t)i * 12345 - 999999);
		text_char(o, '\t');
		text_need(o, FLOAT_TEXT_MAX);
		o->at = float_text(o->at, (float)i / 7);
		text_char(o, '\n');
		if (i % 1000 == 7)
			text_bytes(o, long_text, sizeof(long_text));
	}
}

static void take(void *arg, const char *p, size_t n)
{
	(void)arg;
	assert_true(all_len + n <= sizeof(all));
	memcpy(all + all_len, p, n);
	all_len += n;
}

static void test_any_window_has_the_bytes_of_the_whole(void **state)
{
	static char window[sizeof(all)];
	struct text_out o;

	(void)state;
	text_out_sink(&o, scratch, take, NULL);
	write_things(&o);
	text_flush(&o);
	assert_int_equal(o.total, all_len);
	text_out_count(&o, scratch);
	write_things(&o);
	text_flush(&o);
	assert_int_equal(o.total, all_len);
	for (size_t off = 0; off < all_len; off += 777)
		for (size_t len = 1; len < all_len; len = len * 5 + 1) {
			size_t want = len < all_len - off ? len : all_len - off;

			memset(window, '#', sizeof(window));
			text_out_window(&o, scratch, window, len, off);
			write_things(&o);
			text_flush(&o);
			assert_int_equal(len - o.left, want);
			assert_memory_equal(window, all + off, want);
			if (len < sizeof(window))
				assert_int_equal(window[len], '#');
		}
}

static void test_floats_are_printed_as_htslib_does(void **state)
{
	kstring_t k = { 0, 0, NULL };
	char text[FLOAT_TEXT_MAX + 1];

	(void)state;
	for (uint64_t u = 0; u < 1ull << 32; u += 4099) {
		uint32_t bits = (uint32_t)u;
		float f;

		memcpy(&f, &bits, sizeof(f));
		k.l = 0;
		kputd(f, &k);
		*float_text(text, f) = '\0';
		assert_string_equal(text, k.s);
	}
	ks_free(&k);
}

static void test_integers(void **state)
{
	static const int64_t values[] = { 0, 1, -1, 9, 10, 99, 100, INT32_MIN, INT64_MAX,
		INT64_MIN };
	char text[INT_TEXT_MAX + 1];
	char want[INT_TEXT_MAX + 2];

	(void)state;
	for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		*int_text(text, values[i]) = '\0';
		snprintf(want, sizeof(want), "%lld", (long long)values[i]);
		assert_string_equal(text, want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_window_has_the_bytes_of_the_whole),
		cmocka_unit_test(test_floats_are_printed_as_htslib_does),
		cmocka_unit_test(test_integers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
