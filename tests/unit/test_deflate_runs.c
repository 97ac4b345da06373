/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libdeflate.h>

#include "core/codec/deflate_runs.h"

static uint8_t in[DEFLATE_RUNS_MAX];
static uint8_t out[DEFLATE_RUNS_ROOM];
static uint8_t back[DEFLATE_RUNS_MAX];

static uint64_t state = 20261125;
static uint32_t sum; /* of all that was written */

static uint32_t draw(uint32_t n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((state >> 33) % n);
}

/* Another's inflate gives @n bytes back. Return: bytes between. */
static size_t check(size_t n)
{
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	size_t len = deflate_runs(in, n, out);
	size_t used;
	size_t made;

	sum = libdeflate_crc32(sum, out, len);
	assert_non_null(d);
	assert_true(len <= n + DEFLATE_RUNS_GROWTH);
	memset(back, 0xa5, sizeof(back));
	assert_int_equal(libdeflate_deflate_decompress_ex(
					 d, out, len, back, sizeof(back), &used, &made),
			LIBDEFLATE_SUCCESS);
	assert_int_equal(used, len);
	assert_int_equal(made, n);
	assert_memory_equal(in, back, n);
	libdeflate_free_decompressor(d);
	return len;
}

static void each_length(void **arg)
{
	(void)arg;
	for (size_t n = 1; n < 700; n++) {
		memset(in, 2, n);
		check(n);
		for (size_t i = 0; i < n; i++)
			in[i] = (uint8_t)draw(256);
		check(n);
	}
}

/* A repeat of each length, at several places of bytes that are none. */
static void each_repeat(void **arg)
{
	(void)arg;
	for (size_t len = 1; len < 600; len++) {
		for (size_t at = 48; at < 150; at += 17) {
			for (size_t i = 0; i < 900; i++)
				in[i] = (uint8_t)draw(256);
			for (size_t i = at; i < at + len; i++)
				in[i] = in[i - 48];
			check(900);
		}
	}
}

static void what_does_not_repeat_is_stored(void **arg)
{
	(void)arg;
	for (size_t i = 0; i < DEFLATE_RUNS_MAX; i++)
		in[i] = (uint8_t)draw(256);
	assert_int_equal(check(DEFLATE_RUNS_MAX), DEFLATE_RUNS_MAX + DEFLATE_RUNS_GROWTH);
	/* Of fixed codes these would take more than they are. */
	for (size_t i = 0; i < DEFLATE_RUNS_MAX; i++)
		in[i] = (uint8_t)(144 + draw(112));
	assert_int_equal(check(DEFLATE_RUNS_MAX), DEFLATE_RUNS_MAX + DEFLATE_RUNS_GROWTH);
}

/* Two bytes a sample, of which one in @rare is another: as a row of genotypes. */
static size_t genotypes(uint32_t rare)
{
	for (size_t i = 0; i < DEFLATE_RUNS_MAX; i++)
		in[i] = (uint8_t)((i & 1 ? 3 : 2) + (draw(rare) ? 0 : 2));
	return check(DEFLATE_RUNS_MAX);
}

static void genotypes_become_small(void **arg)
{
	(void)arg;
	assert_true(genotypes(100000) < DEFLATE_RUNS_MAX / 80);
	assert_true(genotypes(1000) < DEFLATE_RUNS_MAX / 40);
	assert_true(genotypes(2) <= DEFLATE_RUNS_MAX + DEFLATE_RUNS_GROWTH);
}

static void mixtures(void **arg)
{
	(void)arg;
	for (int round = 0; round < 3000; round++) {
		size_t n = 1 + draw(6000);
		size_t i = 0;

		while (i < n) {
			size_t end = i + 1 + draw(draw(8) ? 90 : 2000);
			bool repeat = i >= 48 && draw(2);
			uint32_t kinds = 1 + draw(256);

			for (; i < end && i < n; i++)
				in[i] = repeat ? in[i - 48] : (uint8_t)draw(kinds);
		}
		check(n);
	}
}

/* Lengths of these bytes are in stores. */
static void it_is_what_it_ever_was(void **arg)
{
	(void)arg;
	assert_int_equal(sum, 0x0f3be4ad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_length),
		cmocka_unit_test(each_repeat),
		cmocka_unit_test(what_does_not_repeat_is_stored),
		cmocka_unit_test(genotypes_become_small),
		cmocka_unit_test(mixtures),
		cmocka_unit_test(it_is_what_it_ever_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
