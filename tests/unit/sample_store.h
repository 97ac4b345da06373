/* SPDX-License-Identifier: MIT */
/*
 * Records of every kind that a record can hold, and a store made of them, for tests.
 */
#ifndef GENOFS_TESTS_SAMPLE_STORE_H
#define GENOFS_TESTS_SAMPLE_STORE_H

#include <assert.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/block/block.h"
#include "core/codec/gt_cell.h"
#include "core/import/chunk_encode.h"
#include "core/record/record.h"
#include "core/store/writer.h"
#include "core/view/vcf_text.h"

enum { SAMPLE_KEYS = 9 };
static const char *const sample_keys[SAMPLE_KEYS] = { "PASS", "q10", "DP", "AF", "DB", "GT", "AD",
	"FT", "GQ" };

static uint32_t sample_seed = 7;

static inline uint32_t sample_random(uint32_t n)
{
	assert(n);
	sample_seed = sample_seed * 1664525u + 1013904223u;
	return (sample_seed >> 8) % n;
}

static inline void sample_field(struct buf *b, uint32_t key, uint8_t type, uint32_t n)
{
	buf_put_varint(b, key);
	buf_put_u8(b, type);
	buf_put_varint(b, n);
}

static inline void sample_ints(struct buf *b, uint32_t key, uint32_t n, uint32_t n_samples)
{
	static const uint8_t types[] = { RECORD_INT8, RECORD_INT16, RECORD_INT32 };
	uint8_t type = types[sample_random(20) ? 0 : sample_random(3)];

	sample_field(b, key, type, n);
	for (uint32_t i = 0; i < n * n_samples; i++) {
		uint32_t v = sample_random(9) ? sample_random(100) : 0x80 + sample_random(2);

		if (type == RECORD_INT8)
			buf_put_u8(b, (uint8_t)v);
		else if (type == RECORD_INT16)
			buf_put_u16(b, (uint16_t)(v * 301));
		else
			buf_put_u32(b, v * 70001);
	}
}

static inline void sample_text(struct buf *b, uint32_t key, uint32_t n, uint32_t n_samples)
{
	sample_field(b, key, RECORD_CHAR, n);
	for (uint32_t s = 0; s < n_samples; s++) {
		uint32_t len = sample_random(n + 1);

		for (uint32_t i = 0; i < n; i++)
			buf_put_u8(b, i < len ? (uint8_t)('a' + sample_random(26)) : 0);
	}
}

static inline void sample_gt(struct buf *b, uint32_t key, uint32_t n_samples)
{
	uint32_t ploidy = sample_random(10) ? 2 : 1 + sample_random(4);
	uint8_t *values = malloc((size_t)ploidy * n_samples + 1);
	struct gt_scratch scratch = { 0 };
	struct buf cell = { 0 };

	for (uint32_t h = 0; h < ploidy * n_samples; h++) {
		uint32_t allele = sample_random(5) ? 0 : sample_random(3);

		values[h] = (uint8_t)((allele + 1) << 1 | (h % ploidy && 1));
		if (!sample_random(50))
			values[h] = h % ploidy ? 0x81 : 0;
	}
	assert_int_equal(
			gt_cell_encode(RECORD_INT8, values, ploidy, n_samples, &scratch, &cell), 1);
	sample_field(b, key, RECORD_GT, ploidy);
	buf_put_u32(b, (uint32_t)cell.len);
	buf_put(b, cell.data, cell.len);
	buf_done(&cell);
	gt_scratch_done(&scratch);
	free(values);
}

/* Fill in a record; its bytes are appended to @site and @fmt, its pointers not set. */
static inline void sample_record(struct record *r, int64_t pos, uint32_t n_samples,
		struct buf *site, struct buf *fmt)
{
	size_t site_at = site->len;
	size_t fmt_at = fmt->len;
	uint32_t n;

	memset(r, 0, sizeof(*r));
	r->pos = pos;
	r->qual = sample_random(4) ? 0x41200000 + sample_random(1000) : RECORD_QUAL_MISSING;
	buf_put_bytes(site, "rs12345", sample_random(2) ? 7 : 0);
	r->n_allele = 1 + sample_random(3);
	r->rlen = 1 + sample_random(2) * 1000;
	for (uint32_t i = 0; i < r->n_allele; i++)
		buf_put_bytes(site, "ACGTACGT", 1 + sample_random(8));
	n = sample_random(3);
	buf_put_varint(site, n);
	for (uint32_t i = 0; i < n; i++)
		buf_put_varint(site, i);
	if (sample_random(8)) {
		sample_ints(site, 2, 1 + sample_random(3), 1);
		r->n_info++;
	}
	sample_field(site, 3, RECORD_FLOAT, 1);
	buf_put_u32(site, 0x3e000000 + sample_random(100));
	sample_field(site, 4, RECORD_NULL, 0);
	sample_text(site, 7, 5, 1);
	r->n_info += 3;
	if (n_samples && sample_random(20)) {
		sample_gt(fmt, 5, n_samples);
		sample_ints(fmt, 6, 1 + sample_random(3), n_samples);
		sample_text(fmt, 7, sample_random(6), n_samples);
		sample_ints(fmt, 8, 1, n_samples);
		r->n_fmt = 4;
	}
	r->site_len = site->len - site_at;
	r->fmt_len = fmt->len - fmt_at;
}

struct sample_chunk {
	struct record *records;
	uint32_t n;
	struct buf site;
	struct buf fmt;
};

static inline void sample_chunk_make(
		struct sample_chunk *c, uint32_t contig, uint32_t n, uint32_t n_samples)
{
	const uint8_t *site;
	const uint8_t *fmt;
	int64_t pos = -1;

	memset(c, 0, sizeof(*c));
	c->n = n;
	c->records = calloc(n, sizeof(*c->records));
	for (uint32_t i = 0; i < n; i++) {
		sample_record(&c->records[i], pos, n_samples, &c->site, &c->fmt);
		c->records[i].contig = contig;
		pos += sample_random(500);
	}
	site = c->site.data;
	fmt = c->fmt.data;
	for (uint32_t i = 0; i < n; i++) {
		c->records[i].site = site;
		c->records[i].fmt = fmt;
		site += c->records[i].site_len;
		fmt += c->records[i].fmt_len;
	}
}

static inline void sample_chunk_done(struct sample_chunk *c)
{
	free(c->records);
	buf_done(&c->site);
	buf_done(&c->fmt);
}

static inline void sample_take(void *arg, const char *p, size_t n)
{
	buf_put(arg, p, n);
}

/* Measure an encoded chunk's lines and seal it. */
static inline void sample_seal(
		struct chunk_encoder *e, struct chunk_image *image, const struct vcf_text *v)
{
	static char text[TEXT_SCRATCH];
	const struct block *b = NULL;
	struct vcf_scratch scratch = { 0 };
	struct chunk_measures m = { 0 };
	uint64_t *lengths[N_LINE_VIEWS];
	struct err err = { 0 };

	assert_int_equal(chunk_image_decode(e, image, v->n_samples, v->n_keys, &b, &err), 0);
	measures_begin(&m);
	for (unsigned k = 0; k < N_LINE_VIEWS; k++)
		m.lengths[k] = lengths[k] = calloc(b->n_records, sizeof(**lengths));
	for (uint32_t i = 0; i < b->n_records; i++) {
		struct record_lines lines = { { 0 }, NULL };
		struct buf line[N_LINE_VIEWS] = { { 0 } };

		for (unsigned k = 0; k < N_LINE_VIEWS; k++) {
			struct text_out o;

			text_out_sink(&o, text, sample_take, &line[k]);
			assert_int_equal(vcf_text_record(v, &b->records[i],
							 k == STORE_VIEW_CALLS ? VCF_CALLS
									       : VCF_SITES,
							 &scratch, &o),
					0);
			text_flush(&o);
			lengths[k][i] = lines.bytes[k] = line[k].len;
		}
		lines.text = (const char *)line[STORE_VIEW_CALLS].data;
		assert_int_equal(measures_put(&m, v, &b->records[i], &lines), 0);
		for (unsigned k = 0; k < N_LINE_VIEWS; k++)
			buf_done(&line[k]);
	}
	assert_int_equal(measures_end(&m), 0);
	assert_int_equal(chunk_seal(e, image, &m, &err), 0);
	for (unsigned k = 0; k < N_LINE_VIEWS; k++)
		free(lengths[k]);
	measures_done(&m);
	vcf_scratch_done(&scratch);
	block_put(b);
}

static inline void sample_names(struct names **keys, struct names **contigs)
{
	uint32_t id;

	assert_int_equal(names_new(keys), 0);
	assert_int_equal(names_new(contigs), 0);
	for (uint32_t i = 0; i < SAMPLE_KEYS; i++)
		assert_int_equal(names_intern(*keys, sample_keys[i], strlen(sample_keys[i]), &id),
				0);
	assert_int_equal(names_intern(*contigs, "chr1", 4, &id), 0);
	assert_int_equal(names_intern(*contigs, "HLA:01#2", 8, &id), 0);
}

static const uint32_t sample_key_map[SAMPLE_KEYS] = { 0, 1, 2, 3, 4, 5, 6, 7, 8 };

/* A store of @n_chunks chunks of @n_records records each, on two contigs. */
static inline void sample_store_make(
		const char *pathname, uint32_t n_chunks, uint32_t n_records, uint32_t n_samples)
{
	static const uint64_t lengths[] = { 248956422, 0 };
	static const char header[] = "##fileformat=VCFv4.2\n#CHROM\tPOS\n";
	struct store_writer *w = NULL;
	struct chunk_encoder *e = NULL;
	struct names *keys;
	struct names *contigs;
	struct err err = { 0 };
	const char **samples = calloc(n_samples + 1, sizeof(*samples));
	struct store_meta meta = { .header = header,
		.header_len = sizeof(header) - 1,
		.sites_header = header,
		.sites_header_len = sizeof(header) - 1,
		.samples = samples,
		.n_samples = n_samples,
		.n_keys = SAMPLE_KEYS,
		.contig_lengths = lengths,
		.n_contigs = 2 };
	struct vcf_text v = { .n_keys = SAMPLE_KEYS, .gt_key = 5, .n_samples = n_samples };

	sample_names(&keys, &contigs);
	meta.keys = v.keys = keys;
	meta.contigs = contigs;
	for (uint32_t i = 0; i < n_samples; i++)
		samples[i] = "S";
	assert_int_equal(store_writer_new(pathname, &w, &err), 0);
	assert_int_equal(chunk_encoder_new(&e), 0);
	for (uint32_t i = 0; i < n_chunks; i++) {
		struct chunk_image image = { 0 };
		struct sample_chunk c;

		sample_chunk_make(&c, i >= (n_chunks + 1) / 2, n_records, n_samples);
		v.contig = *names_get(contigs, c.records[0].contig);
		assert_int_equal(chunk_encode(e, CODEC_AUTO, c.records, c.n, n_samples,
						 sample_key_map, SAMPLE_KEYS, &image, &err),
				0);
		sample_seal(e, &image, &v);
		assert_int_equal(store_writer_add(w, &image.bytes, &image.index, &image.bcf_blocks,
						 &image.info, &err),
				0);
		chunk_image_done(&image);
		sample_chunk_done(&c);
	}
	assert_int_equal(store_writer_finish(w, &meta, &err), 0);
	store_writer_free(w);
	chunk_encoder_free(e);
	names_free(keys);
	names_free(contigs);
	free(samples);
}

#endif
