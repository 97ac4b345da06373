/* SPDX-License-Identifier: MIT */
/*
 * Sites through a chunk and back: positions, IDs and alleles at their edges, and INFO columns
 * that tell of one another, which must come back and must have become small.
 */
#include "tests/unit/sample_store.h"

#include <stdio.h>

enum { KEY_AC = 2, KEY_AN, KEY_AF, KEY_K1, KEY_K2, KEY_END, KEY_VT };

struct sites {
	struct record records[3000];
	struct buf bytes;
	size_t at[3001];
	uint32_t n;
};

static struct sites *sites_new(void)
{
	return calloc(1, sizeof(struct sites));
}

static void sites_free(struct sites *s)
{
	buf_done(&s->bytes);
	free(s);
}

/* A record with two alleles; fields are put after it. */
static struct record *put_site(
		struct sites *s, int64_t pos, const char *id, const char *ref, const char *alt)
{
	struct record *r = &s->records[s->n];

	*r = (struct record){ .pos = pos,
		.rlen = (int64_t)strlen(ref),
		.qual = RECORD_QUAL_MISSING,
		.n_allele = alt ? 2 : 1 };
	s->at[s->n++] = s->bytes.len;
	buf_put_bytes(&s->bytes, id, strlen(id));
	buf_put_bytes(&s->bytes, ref, strlen(ref));
	if (alt)
		buf_put_bytes(&s->bytes, alt, strlen(alt));
	buf_put_varint(&s->bytes, 0);
	return r;
}

static void put_int(struct sites *s, struct record *r, uint32_t key, int32_t v)
{
	uint8_t width = 4;

	if (v >= -120 && v <= 127)
		width = 1;
	else if (v >= -32760 && v <= 32767)
		width = 2;
	sample_field(&s->bytes, key,
			width == 1   ? RECORD_INT8
			: width == 2 ? RECORD_INT16
				     : RECORD_INT32,
			1);
	for (unsigned b = 0; b < width; b++)
		buf_put_u8(&s->bytes, (uint8_t)((uint32_t)v >> (8 * b)));
	r->n_info++;
}

/* As a text with six digits, or with so many decimals. */
static void put_float(struct sites *s, struct record *r, uint32_t key, int decimals, double v)
{
	char text[40];
	float f;
	uint32_t bits;

	if (decimals)
		snprintf(text, sizeof(text), "%.*f", decimals, v);
	else
		snprintf(text, sizeof(text), "%.6g", v);
	f = strtof(text, NULL);
	memcpy(&bits, &f, sizeof(bits));
	sample_field(&s->bytes, key, RECORD_FLOAT, 1);
	buf_put_u32(&s->bytes, bits);
	r->n_info++;
}

/* Encode, decode, compare. Returns the bytes of the streams of sites. */
static size_t round_trip(struct sites *s)
{
	struct chunk_encoder *e = NULL;
	struct chunk_image image = { 0 };
	const struct block *b = NULL;
	struct err err = { 0 };
	size_t len;

	s->at[s->n] = s->bytes.len;
	for (uint32_t i = 0; i < s->n; i++) {
		s->records[i].site = s->bytes.data + s->at[i];
		s->records[i].site_len = s->at[i + 1] - s->at[i];
	}
	assert_int_equal(chunk_encoder_new(&e), 0);
	assert_int_equal(chunk_encode(e, CODEC_AUTO, s->records, s->n, 0, sample_key_map,
					 SAMPLE_KEYS, &image, &err),
			0);
	if (chunk_image_decode(e, &image, 0, SAMPLE_KEYS, &b, &err) < 0)
		fail_msg("%s", err.msg);
	for (uint32_t i = 0; i < s->n; i++) {
		const struct record *want = &s->records[i];
		const struct record *got = &b->records[i];

		assert_int_equal(got->pos, want->pos);
		assert_int_equal(got->rlen, want->rlen);
		assert_int_equal(got->qual, want->qual);
		assert_int_equal(got->n_allele, want->n_allele);
		assert_int_equal(got->site_len, want->site_len);
		assert_memory_equal(got->site, want->site, want->site_len);
	}
	len = image.streams[BLOCK_SITES].len;
	block_put(b);
	chunk_image_done(&image);
	chunk_encoder_free(e);
	return len;
}

static void test_positions_at_their_edges(void **state)
{
	static const int64_t lists[][4] = { { -1, -1, 0, 0 }, { 5, 5, 5, 5 }, { -1, 254, 255, 511 },
		{ 0, 65535, 65536, 131072 }, { 0, 1LL << 32, 1LL << 33, 1LL << 61 },
		{ 1LL << 61, 1LL << 61, 1LL << 61, 1LL << 61 }, { -1, -1, -1, 1LL << 61 } };

	(void)state;
	for (unsigned k = 0; k < sizeof(lists) / sizeof(lists[0]); k++)
		for (unsigned n = 1; n <= 4; n++) {
			struct sites *s = sites_new();

			for (unsigned i = 0; i < n; i++)
				put_site(s, lists[k][i], "", "A", "C");
			round_trip(s);
			sites_free(s);
		}
}

static void test_ids_of_every_form(void **state)
{
	static const char *const ids[] = { "", "rs1", "rs0", "rs00", "rs0123", "rs4294967295",
		"rs4294967296", "rs18446744073709551616", "rs", "7", "0", "007", "esv123;rs5",
		"x y", "chr20_10_A_G", "chr20_10_A_", "chr20_11_A_G", "20:10:A:G", "20:10:A_G",
		"10", "rs10", "_A_G", "A_G", "10_A_G", "4294967295_A_G", "_10_A_G", "1_10_A_G",
		"rs007_10_A_G", "rs4294967296:10:A:G", "rs1:10_A_G",
		"a-name-that-is-longer-than-any-that-is-counted-and-so-spelt-out-1" };

	(void)state;
	for (unsigned repeat = 1; repeat <= 5; repeat += 4) {
		struct sites *s = sites_new();

		for (unsigned i = 0; i < repeat * sizeof(ids) / sizeof(ids[0]); i++)
			put_site(s, 9, ids[i / repeat], "A", "G");
		/* Enough of them to make it a form. */
		for (unsigned i = 0; i < 5; i++)
			put_site(s, 4294967294, "4294967295_A_G", "A", "G");
		for (unsigned i = 0; i < 5; i++)
			put_site(s, 4294967295, "4294967296_A_G", "A", "G");
		round_trip(s);
		sites_free(s);
	}
}

static void test_ids_of_alleles_that_are_spelt_out(void **state)
{
	static const char bases[] = "ACGTTGCAACGT";
	struct sites *s = sites_new();
	char id[80];

	(void)state;
	for (int i = 0; i < 400; i++) {
		char ref[8] = { 0 };
		char alt[8] = { 0 };

		memcpy(ref, bases + i % 5, 1 + (size_t)i % 7);
		memcpy(alt, bases + i % 4, 1 + (size_t)i * 3 % 7);
		if (i % 2)
			snprintf(id, sizeof(id), "rs%d:%d:%s:%s", i + 77777, i * 10 + 1, ref, alt);
		else
			snprintf(id, sizeof(id), "chrX:%d:%s:%s", i * 10 + 1, ref, alt);
		put_site(s, i * 10LL, id, ref, alt);
	}
	/* Alleles take bytes; IDs do not. */
	assert_in_range(round_trip(s), 1, 1100);
	sites_free(s);
}

static void test_alleles_of_every_length(void **state)
{
	struct sites *s = sites_new();
	char *lengthy = malloc(200001);

	(void)state;
	memset(lengthy, 'A', 200000);
	lengthy[200000] = 0;
	for (int i = 0; i < 300; i++) {
		put_site(s, i, "",
				i % 3 ? "A"
				      : "ACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGT",
				i % 2 ? "T" : NULL);
		if (i == 150)
			put_site(s, i, "rs7", lengthy, lengthy + 5);
	}
	round_trip(s);
	sites_free(s);
	free(lengthy);
}

/* Sites with AC, and with what follows from it too. */
static size_t frequencies(bool derived)
{
	struct sites *s = sites_new();
	size_t len;

	sample_seed = 5;
	for (int i = 0; i < 3000; i++) {
		int k1 = (int)sample_random(1 + sample_random(1000));
		int k2 = (int)sample_random(1 + sample_random(900));
		struct record *r = put_site(s, i * 100LL, "", "A", "G");

		put_int(s, r, KEY_AC, k1 + k2);
		put_float(s, r, KEY_K1, 0, k1 / 1002.0);
		if (!derived)
			continue;
		put_int(s, r, KEY_AN, 2004);
		put_float(s, r, KEY_AF, 0, (k1 + k2) / 2004.0);
		put_float(s, r, KEY_K2, 4, k2 / 1002.0);
	}
	len = round_trip(s);
	sites_free(s);
	return len;
}

static void test_frequencies_follow_from_counts(void **state)
{
	(void)state;
	assert_in_range(frequencies(true), 1000, frequencies(false) + 200);
}

static void test_values_that_do_not_follow_come_back(void **state)
{
	static const uint32_t odd[] = { 0x80000000, 0x7fc00000, 0x7f800001, 0x7f800002, 0x7f800003,
		0xff800000, 0x00000001, 0x3eaaaaab, 0x7f7fffff };
	struct sites *s = sites_new();

	(void)state;
	sample_seed = 6;
	for (int i = 0; i < 2000; i++) {
		int ac = (int)sample_random(2000);
		struct record *r = put_site(s, i, "", "A", "G");

		r->qual = i % 50 ? 0x42c80000 : odd[(size_t)i / 50 % 9];
		put_int(s, r, KEY_AC, i % 70 ? ac : INT32_MAX - i);
		put_int(s, r, KEY_AN, i % 90 ? 2004 + i % 3 : 0);
		put_float(s, r, KEY_AF, 0, ac / (2004.0 + i % 3));
		if (i % 40 == 0) {
			sample_field(&s->bytes, KEY_K1, RECORD_FLOAT, 1);
			buf_put_u32(&s->bytes, odd[(size_t)i / 40 % 9]);
			r->n_info++;
		} else {
			put_float(s, r, KEY_K1, 2, ac / 7.0);
		}
	}
	round_trip(s);
	sites_free(s);
}

/* Records that follow one another without a gap, as a gVCF's, and with gaps and overlaps. */
static void test_positions_after_the_record_before(void **state)
{
	struct sites *s = sites_new();
	int64_t pos = 1000;

	(void)state;
	sample_seed = 8;
	for (int i = 0; i < 3000; i++) {
		struct record *r = put_site(s, pos, "", "A", "<NON_REF>");

		r->rlen = 1 + sample_random(1000);
		pos += i % 100 ? r->rlen : sample_random(2 * (uint32_t)r->rlen);
	}
	/* Ten bits of length each; positions for next to nothing. */
	assert_in_range(round_trip(s), 3000, 4600);
	sites_free(s);
}

static size_t ends(bool with)
{
	struct sites *s = sites_new();
	size_t len;

	sample_seed = 7;
	for (int i = 0; i < 2000; i++) {
		struct record *r = put_site(s, i * 1000LL, "", "A", "G");

		r->rlen = 1 + sample_random(100000);
		if (with)
			put_int(s, r, KEY_END, i % 500 == 7 ? -5 : (int)(r->pos + r->rlen));
	}
	len = round_trip(s);
	sites_free(s);
	return len;
}

static void test_end_follows_from_the_record(void **state)
{
	(void)state;
	assert_in_range(ends(true), 100, ends(false) + 150);
}

static void test_texts_that_repeat_are_numbered(void **state)
{
	static const char *const texts[] = { "SNP", "INDEL", "", "a,b" };
	struct sites *s = sites_new();

	(void)state;
	for (int i = 0; i < 3000; i++) {
		struct record *r = put_site(s, i, "", i % 7 ? "A" : "AT", "G");
		const char *text = texts[i % 7 ? 0 : i / 7 % 4];

		sample_field(&s->bytes, KEY_VT, RECORD_CHAR, (uint32_t)strlen(text));
		buf_put(&s->bytes, text, strlen(text));
		r->n_info++;
	}
	assert_in_range(round_trip(s), 1, 500);
	sites_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_positions_at_their_edges),
		cmocka_unit_test(test_positions_after_the_record_before),
		cmocka_unit_test(test_ids_of_every_form),
		cmocka_unit_test(test_ids_of_alleles_that_are_spelt_out),
		cmocka_unit_test(test_alleles_of_every_length),
		cmocka_unit_test(test_frequencies_follow_from_counts),
		cmocka_unit_test(test_values_that_do_not_follow_come_back),
		cmocka_unit_test(test_end_follows_from_the_record),
		cmocka_unit_test(test_texts_that_repeat_are_numbered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
