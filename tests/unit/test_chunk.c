/* SPDX-License-Identifier: MIT */
#include "tests/unit/sample_store.h"

static void assert_records_equal(const struct record *a, const struct record *b)
{
	assert_int_equal(a->pos, b->pos);
	assert_int_equal(a->rlen, b->rlen);
	assert_int_equal(a->qual, b->qual);
	assert_int_equal(a->n_allele, b->n_allele);
	assert_int_equal(a->n_info, b->n_info);
	assert_int_equal(a->n_fmt, b->n_fmt);
	assert_int_equal(a->site_len, b->site_len);
	assert_int_equal(a->fmt_len, b->fmt_len);
	assert_memory_equal(a->site, b->site, a->site_len);
	if (a->fmt_len)
		assert_memory_equal(a->fmt, b->fmt, a->fmt_len);
}

static void round_trip(uint32_t n, uint32_t n_samples, enum codec_choice choice)
{
	struct chunk_encoder *e = NULL;
	struct chunk_image image = { 0 };
	const struct block *b = NULL;
	struct sample_chunk c;
	struct err err = { 0 };

	sample_chunk_make(&c, 0, n, n_samples);
	assert_int_equal(chunk_encoder_new(&e), 0);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(chunk_encode(e, choice, c.records, n, n_samples, sample_key_map,
						 SAMPLE_KEYS, &image, &err),
				0);
		assert_int_equal(
				chunk_image_decode(e, &image, n_samples, SAMPLE_KEYS, &b, &err), 0);
		assert_int_equal(b->n_records, n);
		for (uint32_t i = 0; i < n; i++)
			assert_records_equal(&c.records[i], &b->records[i]);
		block_put(b);
		chunk_image_done(&image);
		memset(&image, 0, sizeof(image));
	}
	chunk_encoder_free(e);
	sample_chunk_done(&c);
}

static void test_records_come_back_byte_for_byte(void **state)
{
	(void)state;
	for (int choice = CODEC_AUTO; choice <= CODEC_ZSTD; choice++) {
		round_trip(1, 0, choice);
		round_trip(1, 1, choice);
		round_trip(2, 3, choice);
		round_trip(700, 0, choice);
		round_trip(500, 40, choice);
		round_trip(64, 2504, choice);
	}
}

static void test_keys_are_renumbered(void **state)
{
	uint32_t map[SAMPLE_KEYS];
	struct chunk_encoder *e = NULL;
	struct chunk_image image = { 0 };
	const struct block *b = NULL;
	struct sample_chunk c;
	struct cursor site;
	struct record_field f;
	struct err err = { 0 };
	size_t len;

	(void)state;
	/* Numbers of more than one byte: the records grow. */
	for (uint32_t i = 0; i < SAMPLE_KEYS; i++)
		map[i] = 1000 + i;
	sample_chunk_make(&c, 0, 300, 10);
	assert_int_equal(chunk_encoder_new(&e), 0);
	assert_int_equal(chunk_encode(e, CODEC_AUTO, c.records, c.n, 10, map, SAMPLE_KEYS, &image,
					 &err),
			0);
	assert_int_equal(chunk_image_decode(e, &image, 10, 1000 + SAMPLE_KEYS, &b, &err), 0);
	site = cursor_over(b->records[0].site, b->records[0].site_len);
	cursor_bytes(&site, &len);
	for (uint32_t i = 0; i < b->records[0].n_allele; i++)
		cursor_bytes(&site, &len);
	for (uint32_t i = cursor_varint32(&site); i; i--)
		assert_true(cursor_varint32(&site) >= 1000);
	for (uint32_t i = 0; i < b->records[0].n_info; i++) {
		assert_true(record_field_next(&site, 1, &f));
		assert_true(f.key >= 1000);
	}
	assert_true(cursor_finished(&site));
	block_put(b);
	chunk_image_done(&image);
	chunk_encoder_free(e);
	sample_chunk_done(&c);
}

static void test_records_that_are_not_well_formed_are_refused(void **state)
{
	struct chunk_encoder *e = NULL;
	struct sample_chunk c;
	struct err err = { 0 };

	(void)state;
	sample_chunk_make(&c, 0, 1, 3);
	assert_int_equal(chunk_encoder_new(&e), 0);
	for (size_t len = 0; len < c.records[0].site_len; len++) {
		struct chunk_image image = { 0 };
		struct record r = c.records[0];

		r.site_len = len;
		assert_int_equal(chunk_encode(e, CODEC_AUTO, &r, 1, 3, sample_key_map, SAMPLE_KEYS,
						 &image, &err),
				-EBADMSG);
		chunk_image_done(&image);
	}
	chunk_encoder_free(e);
	sample_chunk_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records_come_back_byte_for_byte),
		cmocka_unit_test(test_keys_are_renumbered),
		cmocka_unit_test(test_records_that_are_not_well_formed_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
