/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/block/block.h"
#include "core/import/chunk_encode.h"

/* Records as a caller of variants makes them: AD, DP its sum, PL, GQ of PL, and a few texts. */
enum { RECORDS = 300, SAMPLES = 1100, KEYS = 6, KEY_AD = 1, KEY_DP, KEY_PL, KEY_GQ, KEY_FT };

/* Or floats: with two decimals; some that have more; any bits at all. */
enum kind { RELATED, UNRELATED, FEW_DECIMALS, SOME_ODD, ANY_BITS };

static const uint32_t key_map[KEYS] = { 0, 1, 2, 3, 4, 5 };

static uint32_t seed = 1;

static uint32_t below(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

static void put_field(struct buf *fmt, uint32_t key, uint8_t type, uint32_t n, const void *values,
		size_t size)
{
	buf_put_varint(fmt, key);
	buf_put_u8(fmt, type);
	buf_put_varint(fmt, n);
	buf_put(fmt, values, size * n * SAMPLES);
}

static uint32_t float_bits(double value)
{
	float f = (float)value;
	uint32_t bits;

	memcpy(&bits, &f, sizeof(bits));
	return bits;
}

static uint32_t draw_float(enum kind kind)
{
	static const uint32_t odd[] = { 0x80000000, 0, 0x7f800001, 0x7f800002, 0x7f800000,
		0xff800000, 0x7fc00000, 0x00000001, 0x7f7fffff, 0x3727c5ac /* 1e-5 */,
		0xc9742400 /* -1e6 */ };

	if (kind == ANY_BITS)
		return below(1 << 24) << 8 | below(256);
	if (kind == SOME_ODD && below(30) == 0)
		return odd[below(sizeof(odd) / sizeof(odd[0]))];
	return below(5) ? float_bits(below(500) / -100.0) | 0x80000000 : 0x80000000;
}

/* As many likelihoods as in turn one, three and six genotypes have. */
static uint32_t put_floats(struct buf *fmt, enum kind kind, unsigned record)
{
	static const uint32_t ns[] = { 3, 1, 3, 6 };
	static uint32_t values[SAMPLES * 6];
	uint32_t n = ns[record % 4];

	for (unsigned i = 0; i < SAMPLES * n; i++)
		values[i] = draw_float(kind);
	put_field(fmt, KEY_AD, RECORD_FLOAT, n, values, sizeof(values[0]));
	return 1;
}

/* @related: DP and GQ follow from AD and PL; else they are as random as these. */
static uint32_t put_format(struct buf *fmt, bool related, bool with_dp)
{
	static uint8_t ad[SAMPLES][2];
	static uint8_t dp[SAMPLES];
	static uint8_t gq[SAMPLES];
	static int16_t pl[SAMPLES][3];
	static char ft[SAMPLES][4];

	for (unsigned s = 0; s < SAMPLES; s++) {
		int16_t least = (int16_t)below(1000);

		ad[s][0] = (uint8_t)below(50);
		ad[s][1] = (uint8_t)below(10);
		dp[s] = (uint8_t)(related ? ad[s][0] + ad[s][1] : below(60));
		pl[s][0] = 0;
		pl[s][1] = least;
		pl[s][2] = (int16_t)(least + 1 + (int16_t)below(2000));
		gq[s] = (uint8_t)(related ? (least < 99 ? least : 99) : (int16_t)below(100));
		memcpy(ft[s], below(9) ? "PASS" : "low\0", 4);
	}
	put_field(fmt, KEY_AD, RECORD_INT8, 2, ad, 1);
	if (with_dp)
		put_field(fmt, KEY_DP, RECORD_INT8, 1, dp, 1);
	put_field(fmt, KEY_PL, RECORD_INT16, 3, pl, 2);
	put_field(fmt, KEY_GQ, RECORD_INT8, 1, gq, 1);
	put_field(fmt, KEY_FT, RECORD_CHAR, 4, ft, 1);
	return with_dp ? 5 : 4;
}

/* Code the records and compare what comes back. Returns the bytes that FORMAT takes. */
static size_t round_trip(enum kind kind, unsigned dp_missing, uint32_t *n_tiles)
{
	static const uint8_t site[] = { 0, 1, 'A', 0 }; /* no ID, one allele, no FILTER */
	static struct record records[RECORDS];
	static size_t at[RECORDS + 1];
	struct chunk_encoder *e = NULL;
	struct chunk_image image = { 0 };
	const struct block *b = NULL;
	struct buf fmt = { 0 };
	struct err err = { 0 };
	size_t size;

	for (unsigned i = 0; i < RECORDS; i++) {
		at[i] = fmt.len;
		records[i] = (struct record){ .pos = i, .rlen = 1, .n_allele = 1 };
		records[i].n_fmt = (uint16_t)(kind >= FEW_DECIMALS
							      ? put_floats(&fmt, kind, i)
							      : put_format(&fmt, kind == RELATED,
										!dp_missing || i % dp_missing));
	}
	at[RECORDS] = fmt.len;
	for (unsigned i = 0; i < RECORDS; i++) {
		records[i].site = site;
		records[i].site_len = sizeof(site);
		records[i].fmt = fmt.data + at[i];
		records[i].fmt_len = at[i + 1] - at[i];
	}
	assert_int_equal(chunk_encoder_new(&e), 0);
	assert_int_equal(chunk_encode(e, CODEC_AUTO, records, RECORDS, SAMPLES, key_map, KEYS,
					 &image, &err),
			0);
	assert_int_equal(chunk_image_decode(e, &image, SAMPLES, KEYS, &b, &err), 0);
	for (unsigned i = 0; i < RECORDS; i++) {
		assert_int_equal(b->records[i].fmt_len, records[i].fmt_len);
		assert_memory_equal(b->records[i].fmt, records[i].fmt, records[i].fmt_len);
	}
	size = image.streams[BLOCK_CALLS].len;
	*n_tiles = image.info.n_tiles;
	block_put(b);
	chunk_image_done(&image);
	chunk_encoder_free(e);
	buf_done(&fmt);
	return size;
}

static void test_what_follows_from_others_takes_next_to_nothing(void **state)
{
	uint32_t n_tiles;
	size_t related = round_trip(RELATED, 0, &n_tiles);
	size_t random = round_trip(UNRELATED, 0, &n_tiles);

	(void)state;
	assert_int_equal(n_tiles, 5);
	/* DP and GQ are nearly six and seven random bits a sample. */
	assert_true(related + RECORDS * SAMPLES * 12 / 8 < random);
}

static void test_records_without_a_field_are_no_hindrance(void **state)
{
	uint32_t n_tiles;
	size_t all = round_trip(RELATED, 0, &n_tiles);
	size_t most = round_trip(RELATED, 7, &n_tiles);

	(void)state;
	assert_true(most < all + all / 50);
}

static void test_floats_come_back_bit_for_bit(void **state)
{
	uint32_t n_tiles;
	size_t few = round_trip(FEW_DECIMALS, 0, &n_tiles);
	size_t some = round_trip(SOME_ODD, 0, &n_tiles);
	size_t any = round_trip(ANY_BITS, 0, &n_tiles);

	(void)state;
	/* One of 500 values is nine bits. */
	assert_true(few * 2 < any);
	assert_true(some < few + few / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_follows_from_others_takes_next_to_nothing),
		cmocka_unit_test(test_records_without_a_field_are_no_hindrance),
		cmocka_unit_test(test_floats_come_back_bit_for_bit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
