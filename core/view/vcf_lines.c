/* SPDX-License-Identifier: MIT */
#include "core/view/vcf_lines.h"

#include <errno.h>
#include <string.h>

#include "core/view/scratch.h"
#include "core/view/vcf_text.h"

/* The two kinds differ in this alone. */
struct line_kind {
	enum store_view view;
	enum block_part part;
	enum vcf_columns columns;
	const char *(*header)(const struct store *s, size_t *len);
};

static const struct line_kind calls = { STORE_VIEW_CALLS, BLOCK_CALLS, VCF_CALLS,
	store_header_text };
static const struct line_kind sites = { STORE_VIEW_SITES, BLOCK_SITES, VCF_SITES,
	store_sites_header_text };

static uint64_t chunk_start(const struct line_kind *k, const struct dataset *d, uint32_t chunk)
{
	return store_chunk(d->store, chunk)->view_offset[k->view];
}

/* Bytes of the dataset's lines. */
static uint64_t body_size(const struct line_kind *k, const struct dataset *d)
{
	const struct chunk_info *last;

	if (!d->n_chunks)
		return 0;
	last = store_chunk(d->store, d->first_chunk + d->n_chunks - 1);
	return last->view_offset[k->view] + last->view_bytes[k->view] -
	       chunk_start(k, d, d->first_chunk);
}

static int size_of(
		const struct line_kind *k, const struct dataset *d, uint64_t *out, struct err *err)
{
	size_t header_len;

	k->header(d->store, &header_len);
	if (__builtin_add_overflow(body_size(k, d), (uint64_t)header_len, out) || *out > INT64_MAX)
		return err_set(err, -EOVERFLOW, "%s: view is too large", store_pathname(d->store));
	return 0;
}

/* The chunk that has byte @at of the view of the whole store. */
static uint32_t chunk_of(const struct line_kind *k, const struct dataset *d, uint64_t at)
{
	uint32_t low = d->first_chunk;
	uint32_t high = d->first_chunk + d->n_chunks - 1;

	while (low < high) {
		uint32_t middle = low + (high - low + 1) / 2;

		if (chunk_start(k, d, middle) <= at)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

/* The record that has byte @at of the block's view. */
static uint32_t record_of(const uint64_t *offset, uint32_t n, uint64_t at)
{
	uint32_t low = 0;
	uint32_t high = n - 1;

	while (low < high) {
		uint32_t middle = low + (high - low + 1) / 2;

		if (offset[middle] <= at)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

/* Bytes [@at, @at + @len) of a block's lines; they are all there. */
static int render(const struct line_kind *k, const struct block *b, uint64_t at, char *buf,
		size_t len, struct err *err)
{
	const uint64_t *offset = b->view_offset[k->view];
	const struct store *store = b->store;
	struct view_scratch *scratch = view_scratch();
	uint32_t i = record_of(offset, b->n_records, at);
	struct vcf_text v = { .keys = store_keys(store),
		.n_keys = store_n_keys(store),
		.gt_key = store_gt_key(store),
		.n_samples = store_n_samples(store),
		.contig = store_contig(store, store_chunk(store, b->chunk)->contig)->name };
	struct text_out o;
	int r = 0;

	if (!scratch)
		return err_set(err, -ENOMEM, "out of memory");
	text_out_window(&o, scratch->text, buf, len, at - offset[i]);
	for (; r == 0 && i < b->n_records && !text_full(&o); i++)
		r = vcf_text_record(&v, &b->records[i], k->columns, &scratch->vcf, &o);
	text_flush(&o);
	/* Fewer bytes than the lengths promised: never hand them out. */
	if (r == 0 && !text_full(&o))
		r = -EBADMSG;
	return r < 0 ? err_set(err, r, "%s: chunk %u: its records cannot be printed",
				       store_pathname(store), b->chunk)
		     : 0;
}

static int read_lines(const struct line_kind *k, const struct dataset *d, char *buf, size_t len,
		uint64_t at, struct err *err)
{
	uint32_t chunk = chunk_of(k, d, at);

	for (; len; chunk++) {
		const struct chunk_info *info = store_chunk(d->store, chunk);
		uint64_t from = at - info->view_offset[k->view];
		uint64_t left = info->view_bytes[k->view] - from;
		size_t n = left < len ? (size_t)left : len;
		const struct block *b;
		int r;

		if (!n)
			continue;
		r = block_cache_get(d->cache, d->store, chunk, k->part, &b, err);
		if (r < 0)
			return r;
		r = render(k, b, from, buf, n, err);
		block_put(b);
		if (r < 0)
			return r;
		buf += n;
		len -= n;
		at += n;
	}
	return 0;
}

static ssize_t read_of(const struct line_kind *k, const struct dataset *d, void *buf, size_t len,
		uint64_t off, struct err *err)
{
	size_t header_len;
	const char *header = k->header(d->store, &header_len);
	uint64_t size;
	size_t done = 0;
	int r = size_of(k, d, &size, err);

	if (r < 0)
		return r;
	if (off >= size)
		return 0;
	if (len > size - off)
		len = (size_t)(size - off);
	if (off < header_len) {
		done = header_len - (size_t)off;
		done = done < len ? done : len;
		memcpy(buf, header + off, done);
	}
	if (done < len) {
		r = read_lines(k, d, (char *)buf + done, len - done,
				chunk_start(k, d, d->first_chunk) + off + done - header_len, err);
		if (r < 0)
			return r;
	}
	return (ssize_t)len;
}

static uint32_t chunk_at(const struct line_kind *k, const struct dataset *d, uint64_t off)
{
	size_t header_len;

	k->header(d->store, &header_len);
	if (off < header_len || off - header_len >= body_size(k, d))
		return UINT32_MAX;
	return chunk_of(k, d, chunk_start(k, d, d->first_chunk) + off - header_len);
}

int vcf_calls_size(const struct dataset *d, uint64_t *out, struct err *err)
{
	return size_of(&calls, d, out, err);
}

ssize_t vcf_calls_read(
		const struct dataset *d, void *buf, size_t len, uint64_t off, struct err *err)
{
	return read_of(&calls, d, buf, len, off, err);
}

uint32_t vcf_calls_chunk_at(const struct dataset *d, uint64_t off)
{
	return chunk_at(&calls, d, off);
}

int vcf_sites_size(const struct dataset *d, uint64_t *out, struct err *err)
{
	return size_of(&sites, d, out, err);
}

ssize_t vcf_sites_read(
		const struct dataset *d, void *buf, size_t len, uint64_t off, struct err *err)
{
	return read_of(&sites, d, buf, len, off, err);
}

uint32_t vcf_sites_chunk_at(const struct dataset *d, uint64_t off)
{
	return chunk_at(&sites, d, off);
}
