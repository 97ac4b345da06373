/* SPDX-License-Identifier: MIT */
#include "core/view/bcf.h"
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

/* As bcf_record_size() finds them in its bytes. */
static void assert_bcf_lengths_are_right(const struct record *r, uint32_t n_samples)
{
	const struct vcf_text v = { .n_samples = n_samples };
	struct bcf_size size;

	assert_int_equal(bcf_record_size(&v, r, &size), 0);
	assert_int_equal(r->bcf_shared, size.shared);
	assert_int_equal(r->bcf_indiv, size.indiv + size.per_sample * n_samples);
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
		for (uint32_t i = 0; i < n; i++) {
			assert_records_equal(&c.records[i], &b->records[i]);
			assert_bcf_lengths_are_right(&b->records[i], n_samples);
		}
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

/* Numbers of more than one byte: the records grow. */
static void renumber(uint32_t first)
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

	for (uint32_t i = 0; i < SAMPLE_KEYS; i++)
		map[i] = first + i;
	sample_chunk_make(&c, 0, 300, 10);
	assert_int_equal(chunk_encoder_new(&e), 0);
	assert_int_equal(chunk_encode(e, CODEC_AUTO, c.records, c.n, 10, map, SAMPLE_KEYS, &image,
					 &err),
			0);
	assert_int_equal(chunk_image_decode(e, &image, 10, first + SAMPLE_KEYS, &b, &err), 0);
	site = cursor_over(b->records[0].site, b->records[0].site_len);
	cursor_bytes(&site, &len);
	for (uint32_t i = 0; i < b->records[0].n_allele; i++)
		cursor_bytes(&site, &len);
	for (uint32_t i = cursor_varint32(&site); i; i--)
		assert_true(cursor_varint32(&site) >= first);
	for (uint32_t i = 0; i < b->records[0].n_info; i++) {
		assert_true(record_field_next(&site, 1, &f));
		assert_true(f.key >= first);
	}
	assert_true(cursor_finished(&site));
	for (uint32_t i = 0; i < b->n_records; i++)
		assert_bcf_lengths_are_right(&b->records[i], 10);
	block_put(b);
	chunk_image_done(&image);
	chunk_encoder_free(e);
	sample_chunk_done(&c);
}

static void test_keys_are_renumbered(void **state)
{
	/* Among them each that is the first of a new width, here or in BCF. */
	static const uint32_t firsts[] = { 124, 1000, 16380, 32764, 2097148 };

	(void)state;
	for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++)
		renumber(firsts[i]);
}

/* As long as something is, and as many as there are of what can be many. */
static void make_long(uint32_t n, struct record *r, struct buf *site, struct buf *fmt)
{
	buf_clear(site);
	buf_clear(fmt);
	*r = (struct record){ .pos = 5, .rlen = n, .qual = RECORD_QUAL_MISSING, .n_allele = 2 };
	for (unsigned text = 0; text < 2; text++) { /* ID, REF */
		buf_put_varint(site, n);
		for (uint32_t i = 0; i < n; i++)
			buf_put_u8(site, 'A');
	}
	buf_put_bytes(site, "C", 1);
	buf_put_varint(site, n);
	for (uint32_t i = 0; i < n; i++)
		buf_put_varint(site, i % SAMPLE_KEYS);
	sample_text(site, 7, n, 1);
	sample_ints(site, 2, n, 1);
	sample_field(site, 4, RECORD_NULL, n);
	r->n_info = 3;
	sample_text(fmt, 7, n, 3);
	sample_ints(fmt, 6, n, 3);
	r->n_fmt = 2;
	r->site = site->data;
	r->site_len = site->len;
	r->fmt = fmt->data;
	r->fmt_len = fmt->len;
}

static void test_long_parts_have_lengths_as_bcf(void **state)
{
	static const uint32_t lens[] = { 0, 1, 14, 15, 16, 127, 128, 255, 256, 16383, 16384, 32767,
		32768, 70000 };
	struct chunk_encoder *e = NULL;
	struct buf site = { 0 };
	struct buf fmt = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(chunk_encoder_new(&e), 0);
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct chunk_image image = { 0 };
		const struct block *b = NULL;
		struct record r;

		make_long(lens[i], &r, &site, &fmt);
		assert_int_equal(chunk_encode(e, CODEC_AUTO, &r, 1, 3, sample_key_map, SAMPLE_KEYS,
						 &image, &err),
				0);
		assert_int_equal(chunk_image_decode(e, &image, 3, SAMPLE_KEYS, &b, &err), 0);
		assert_records_equal(&r, &b->records[0]);
		assert_bcf_lengths_are_right(&b->records[0], 3);
		block_put(b);
		chunk_image_done(&image);
	}
	chunk_encoder_free(e);
	buf_done(&site);
	buf_done(&fmt);
}

static void test_lengths_in_more_bytes_than_they_need(void **state)
{
	/* No ID; ACGTA, its length in two bytes; C; no FILTER */
	static const uint8_t site[] = { 0, 0x85, 0, 'A', 'C', 'G', 'T', 'A', 1, 'C', 0 };
	struct record records[40];
	struct chunk_encoder *e = NULL;
	struct chunk_image image = { 0 };
	const struct block *b = NULL;
	struct err err = { 0 };

	(void)state;
	for (uint32_t i = 0; i < 40; i++)
		records[i] = (struct record){ .pos = i,
			.rlen = 5,
			.qual = RECORD_QUAL_MISSING,
			.n_allele = 2,
			.site = site,
			.site_len = sizeof(site) };
	assert_int_equal(chunk_encoder_new(&e), 0);
	assert_int_equal(chunk_encode(e, CODEC_AUTO, records, 40, 0, sample_key_map, SAMPLE_KEYS,
					 &image, &err),
			0);
	assert_int_equal(chunk_image_decode(e, &image, 0, SAMPLE_KEYS, &b, &err), 0);
	for (uint32_t i = 0; i < 40; i++) {
		assert_records_equal(&records[i], &b->records[i]);
		assert_bcf_lengths_are_right(&b->records[i], 0);
	}
	block_put(b);
	chunk_image_done(&image);
	chunk_encoder_free(e);
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
		cmocka_unit_test(test_long_parts_have_lengths_as_bcf),
		cmocka_unit_test(test_lengths_in_more_bytes_than_they_need),
		cmocka_unit_test(test_records_that_are_not_well_formed_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
