/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/byte_mask.h"

enum { N_WORDS = 5, N = N_WORDS * BYTE_MASK };

static uint8_t bytes[2][N + 1]; /* one more, for other alignments */

static void check(const uint8_t *a, const uint8_t *b, const uint64_t *words)
{
	for (size_t i = 0; i < N; i++)
		assert_int_equal(words[i / BYTE_MASK] >> i % BYTE_MASK & 1, a[i] != b[i]);
}

static void each_way_finds_what_differs(void **arg)
{
	uint64_t words[N_WORDS + 1];

	(void)arg;
	for (unsigned round = 0; round < 200; round++) {
		const uint8_t *a = bytes[0] + round % 2;
		const uint8_t *b = bytes[1] + round / 2 % 2;
		unsigned n_ran = 0;

		for (size_t i = 0; i <= N; i++) {
			bytes[0][i] = (uint8_t)rand();
			bytes[1][i] = rand() % 3 ? bytes[0][i] : (uint8_t)rand();
		}
		for (unsigned way = 0; way < n_byte_mask_ways; way++) {
			if (!byte_mask_ways[way].works())
				continue;
			memset(words, 0x5a, sizeof(words));
			byte_mask_ways[way].differ(a, b, N_WORDS, words);
			check(a, b, words);
			assert_int_equal(words[N_WORDS], UINT64_C(0x5a5a5a5a5a5a5a5a));
			n_ran++;
		}
		assert_true(n_ran > 0);
		byte_mask_differ(a, b, N_WORDS, words);
		check(a, b, words);
	}
}

static void each_way_sets_what_its_bits_say(void **arg)
{
	uint8_t bits[N / 8 + 1];

	(void)arg;
	for (unsigned round = 0; round < 600; round++) {
		const uint64_t all =
				(uint64_t)rand() << 40 ^ (uint64_t)rand() << 20 ^ (uint64_t)rand();
		const size_t n = (size_t)rand() % (N + 1);
		unsigned n_ran = 0;

		for (size_t i = 0; i < sizeof(bits); i++)
			bits[i] = rand() % 3 ? (uint8_t)rand() : 0;
		for (unsigned way = 0; way <= n_byte_mask_ways; way++) {
			uint8_t *at = bytes[0] + round % 2;

			if (way < n_byte_mask_ways && !byte_mask_ways[way].works())
				continue;
			memset(bytes[0], 0x5a, sizeof(bytes[0]));
			if (way < n_byte_mask_ways)
				byte_mask_ways[way].set(at, bits, n, all);
			else
				byte_mask_set(at, bits, n, all);
			for (size_t i = 0; i + round % 2 <= N; i++) {
				bool set = i < n && bits[i / 8] >> i % 8 & 1;

				assert_int_equal(at[i], set ? all >> 8 * (i % 8) & 0xff : 0x5a);
			}
			n_ran++;
		}
		assert_true(n_ran > 1);
	}
}

static void each_way_counts_bits(void **arg)
{
	uint8_t bits[8 * BYTE_MASK + 1];

	(void)arg;
	for (size_t n = 0; n < sizeof(bits); n++) {
		const uint8_t *at = bits + n % 2;
		uint32_t want = 0;

		for (size_t i = 0; i < sizeof(bits); i++)
			bits[i] = (uint8_t)rand();
		for (size_t i = 0; i < n; i++)
			for (unsigned b = 0; b < 8; b++)
				want += at[i] >> b & 1u;
		for (unsigned way = 0; way < n_byte_mask_ways; way++)
			if (byte_mask_ways[way].works())
				assert_int_equal(byte_mask_ways[way].count(at, n), want);
		assert_int_equal(bits_count(at, n), want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_way_finds_what_differs),
		cmocka_unit_test(each_way_sets_what_its_bits_say),
		cmocka_unit_test(each_way_counts_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
