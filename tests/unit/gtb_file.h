/* SPDX-License-Identifier: MIT */
/* GTB files for tests: bytes in a file of their own, and all that there is to read in one. */
#ifndef GENOFS_TESTS_GTB_FILE_H
#define GENOFS_TESTS_GTB_FILE_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/block/block.h"
#include "core/codec/gt_cell.h"
#include "core/gtb/gtb_store.h"
#include "core/gtb/vcf.h"
#include "core/store/foreign.h"

/* An open file with the bytes, and the pathname that leads to it. */
struct gtb_file {
	int fd;
	char pathname[40];
};

static inline struct gtb_file gtb_file_of(const void *p, size_t n)
{
	struct gtb_file f = { .fd = memfd_create("test.gtb", MFD_CLOEXEC) };

	if (f.fd < 0 || write(f.fd, p, n) != (ssize_t)n)
		abort();
	snprintf(f.pathname, sizeof(f.pathname), "/proc/self/fd/%d", f.fd);
	return f;
}

static inline int gtb_walk_fields(const struct gtb *g, struct gtb_reader *r, uint64_t record,
		uint64_t *n_bytes, struct err *err)
{
	int ret = 0;

	for (uint32_t i = 0; ret == 0 && i < gtb_n_fields(g); i++) {
		struct gtb_value value;
		struct gtb_item item;

		if (!gtb_field(g, i).type)
			continue;
		ret = gtb_read_value(r, i, record, &value, err);
		while (ret == 0 && gtb_value_next(&value, &item)) {
			for (size_t k = 0; k < item.text.len; k++)
				*n_bytes += (unsigned char)item.text.s[k];
			for (size_t k = 0; k < item.key.len; k++)
				*n_bytes += (unsigned char)item.key.s[k];
		}
	}
	return ret;
}

/**
 * gtb_walk() - everything in a file: its header, the line of each record, each value of fields
 * @most: records to read
 * @text: the header and the lines, appended; may be NULL
 *
 * Return: 0, or what the reader said.
 */
static inline int gtb_walk(const char *pathname, size_t memory, uint64_t most, struct buf *text,
		struct err *err)
{
	const struct gtb_options o = { .memory = memory };
	CLEANUP(gtb_closep) struct gtb *g = NULL;
	CLEANUP(gtb_reader_freep) struct gtb_reader *r = NULL;
	CLEANUP(gtb_vcf_freep) struct gtb_vcf *v = NULL;
	struct gtb_vcf_odd odd = { 0 };
	struct buf scratch = { 0 };
	uint64_t n_bytes = 0;
	uint64_t n;
	int ret = gtb_open(pathname, &o, &g, err);

	if (ret == 0)
		ret = gtb_reader_new(g, &r, err);
	if (ret == 0)
		ret = gtb_vcf_new(g, r, &v, err);
	if (ret < 0)
		return ret;
	gtb_vcf_header(v, text ? text : &scratch);
	n = gtb_n_records(g) < most ? gtb_n_records(g) : most;
	for (uint64_t i = 0; ret == 0 && i < n; i++) {
		buf_clear(&scratch);
		ret = gtb_vcf_line(v, r, i, text ? text : &scratch, &odd, err);
		if (ret == 0)
			ret = gtb_walk_fields(g, r, i, &n_bytes, err);
	}
	buf_done(&scratch);
	return ret;
}

/* Whether a cell is one to its last byte, as every view relies on. */
static inline bool gtb_cell_is_sound(const struct record_field *f, uint32_t n_samples)
{
	struct gt_cell cell;
	struct gt_row row;

	if (f->type != RECORD_GT || !gt_cell_open(f->values, f->len, &cell))
		return false;
	for (unsigned i = gt_cell_n_rows(&cell); i; i--)
		if (!gt_row_next(&cell.rows, f->n * n_samples, &row))
			return false;
	return cursor_finished(&cell.rows);
}

/* Whether the bytes of a record are what its numbers say. */
static inline bool gtb_record_is_sound(
		const struct store *s, const struct record *r, enum block_part part)
{
	struct cursor c = cursor_over(r->site, r->site_len);
	uint32_t n_keys = store_n_keys(s);
	struct record_field f;
	size_t len;

	for (uint32_t i = 0; i < 1 + r->n_allele; i++)
		cursor_bytes(&c, &len);
	for (uint32_t n = cursor_varint32(&c); n && !cursor_bad(&c); n--)
		if (cursor_varint32(&c) >= n_keys)
			return false;
	for (uint32_t i = 0; i < r->n_info; i++)
		if (!record_field_next(&c, 1, &f) || f.key >= n_keys)
			return false;
	if (!cursor_finished(&c) || r->rlen < 0 || r->contig >= store_n_contigs(s))
		return false;
	if (part == BLOCK_SITES || !store_n_samples(s))
		return !r->n_fmt && !r->fmt_len;
	c = cursor_over(r->fmt, r->fmt_len);
	return r->n_fmt == 1 && record_field_next(&c, store_n_samples(s), &f) &&
	       cursor_finished(&c) && f.key == store_gt_key(s) &&
	       gtb_cell_is_sound(&f, store_n_samples(s));
}

/* A chunk's block of each part; sites must be the same in both. */
static inline int gtb_store_walk_chunk(
		const struct store *s, uint32_t chunk, struct buf *bytes, struct err *err)
{
	const struct store_foreign *how = store_foreign(s);
	struct block *b[N_BLOCK_PARTS] = { NULL };
	int r = 0;

	for (unsigned part = 0; r == 0 && part < N_BLOCK_PARTS; part++) {
		r = how->decode(how->arg, chunk, part, &b[part], err);
		if (r == 0 && b[part]->cost > how->cost(how->arg, chunk, part))
			abort();
		for (uint32_t i = 0; r == 0 && i < b[part]->n_records; i++)
			if (!gtb_record_is_sound(s, &b[part]->records[i], part))
				abort();
	}
	for (uint32_t i = 0; r == 0 && i < b[BLOCK_CALLS]->n_records; i++) {
		const struct record *calls = &b[BLOCK_CALLS]->records[i];
		const struct record *sites = &b[BLOCK_SITES]->records[i];

		if (calls->site_len != sites->site_len ||
				memcmp(calls->site, sites->site, calls->site_len) != 0)
			abort();
		buf_put(bytes, calls->site, calls->site_len);
		buf_put(bytes, calls->fmt, calls->fmt_len);
	}
	for (unsigned part = 0; part < N_BLOCK_PARTS; part++)
		block_put(b[part]);
	return r;
}

/**
 * gtb_store_walk() - the file as a store: its header and the bytes of records, appended to @bytes
 * @most: records, or a few more
 *
 * Return: 0, or what opening it or decoding said.
 */
static inline int gtb_store_walk(const char *pathname, size_t memory, uint64_t most,
		struct buf *bytes, struct err *err)
{
	const struct gtb_options o = { .memory = memory };
	CLEANUP(store_closep) struct store *s = NULL;
	const char *header;
	size_t len;
	int r = gtb_store_open(pathname, &o, &s, err);

	if (r < 0)
		return r;
	header = store_header_text(s, &len);
	buf_put(bytes, header, len);
	for (uint32_t i = 0; r == 0 && i < store_n_chunks(s); i++)
		if (store_chunk(s, i)->first_record < most)
			r = gtb_store_walk_chunk(s, i, bytes, err);
	return r;
}

#endif
