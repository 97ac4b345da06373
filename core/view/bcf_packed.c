/* SPDX-License-Identifier: MIT */
#include "core/view/bcf_packed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/codec/deflate_runs.h"
#include "core/view/bgzf.h"

/* Blocks that are hardly smaller are better stored: those begin where requests do. */
enum { PACKED_SAVES = 2 };

bool bcf_is_packed(const struct dataset *d)
{
	const struct store *s = d->store;

	return !d->query && store_has_bcf_blocks(s) &&
	       store_view_bytes(s, STORE_VIEW_BCF_PACKED) <=
			       store_view_bytes(s, STORE_VIEW_BCF) / PACKED_SAVES;
}

static const struct view_kind *inner_of(const struct view_kind *k)
{
	return k->of;
}

/* The BGZF blocks of a chunk's records, as one row of the file would be. */
static const struct row_kind packed_rows = { .view = STORE_VIEW_BCF_PACKED };

/* What lies where. */
struct packed_plan {
	uint64_t head;       /* bytes of the inner file's head */
	uint64_t head_bytes; /* BGZF blocks of it */
	uint64_t end;        /* of the BGZF blocks of records */
	uint64_t size;
};

static int make_plan(const struct view_kind *k, const struct dataset *d, struct packed_plan *p,
		struct err *err)
{
	int r = rows_head_size(inner_of(k), d, &p->head, err);

	if (r < 0)
		return r;
	p->head_bytes = bgzf_head_blocks(p->head) * BGZF_BLOCK;
	if (__builtin_add_overflow(
			    p->head_bytes, rows_before(&packed_rows, d, d->n_chunks), &p->end) ||
			p->end > INT64_MAX - BGZF_END_MAX)
		return err_set(err, -EOVERFLOW, "%s: view is too large", store_pathname(d->store));
	p->size = p->end + bgzf_end_size(p->end);
	return 0;
}

/* Which bytes of a BGZF block are wanted. */
struct block_bytes {
	uint8_t *to;
	size_t from;
	size_t len;
};

/* A part of the BGZF block @b, of bytes [@at, @at + @n) of the inner file. */
static int make_part(const struct view_kind *k, const struct dataset *d, uint64_t at, size_t n,
		const struct bcf_block *b, const struct block_bytes *part, struct buf *room,
		struct err *err)
{
	uint8_t *payload;
	uint8_t *block;
	ssize_t got;
	size_t len;

	buf_clear(room);
	if (!buf_reserve(room, DEFLATE_RUNS_MAX + DEFLATE_RUNS_ROOM + BGZF_FRAME))
		return err_set(err, -ENOMEM, "out of memory");
	payload = room->data;
	block = payload + DEFLATE_RUNS_MAX;
	got = view_read(inner_of(k), d, payload, n, at, err);
	if (got < 0)
		return (int)got;
	if ((size_t)got != n)
		return err_set(err, -EIO, "%s: %s: %zd of %zu bytes", store_pathname(d->store),
				k->name, got, n);
	len = deflate_runs(payload, n, block + BGZF_DEFLATED);
	if (len + BGZF_FRAME != b->size)
		return err_set(err, -EBADMSG, "%s: a BGZF block has %zu bytes, not %u",
				store_pathname(d->store), len + BGZF_FRAME, b->size);
	bgzf_frame(block, len, b->crc, n);
	memcpy(part->to, block + part->from, part->len);
	return 0;
}

/* Bytes [@at, @at + @len) of the BGZF blocks of the dataset's chunk @i; they are all there. */
static int read_chunk(const struct view_kind *k, const struct dataset *d,
		const struct packed_plan *p, uint32_t i, uint64_t at, uint8_t *to, size_t len,
		struct err *err)
{
	const struct chunk_info *info = store_chunk(d->store, d->first_chunk + i);
	uint64_t from = p->head + rows_before(inner_of(k)->of, d, i);
	uint64_t left = info->view_bytes[STORE_VIEW_BCF];
	uint64_t n_blocks = info->view_bytes[STORE_VIEW_BCF_BLOCKS];
	CLEANUP(freep) struct bcf_block *blocks = calloc(n_blocks, sizeof(*blocks));
	struct view_scratch *scratch = view_scratch();
	uint64_t begin = 0; /* of a BGZF block */
	int r;

	if (!blocks || !scratch)
		return err_set(err, -ENOMEM, "out of memory");
	r = store_read_bcf_blocks(d->store, d->first_chunk + i, blocks, err);
	for (uint64_t b = 0; r == 0 && len && b < n_blocks; b++) {
		size_t n = left < DEFLATE_RUNS_MAX ? (size_t)left : DEFLATE_RUNS_MAX;
		uint64_t end = begin + blocks[b].size;

		if (at < end) {
			struct block_bytes part = { .to = to,
				.from = (size_t)(at - begin),
				.len = end - at < len ? (size_t)(end - at) : len };

			r = make_part(k, d, from, n, &blocks[b], &part, &scratch->bgzf, err);
			to += part.len;
			at += part.len;
			len -= part.len;
		}
		begin = end;
		from += n;
		left -= n;
	}
	return r;
}

/* Bytes [@at, @at + @len) of one BGZF block of the head. */
static int read_head(const struct view_kind *k, const struct dataset *d,
		const struct packed_plan *p, uint64_t at, uint8_t *to, size_t len, struct err *err)
{
	CLEANUP(freep) uint8_t *block = malloc(BGZF_BLOCK);
	int r;

	if (!block)
		return err_set(err, -ENOMEM, "out of memory");
	r = bgzf_head_block(inner_of(k), d, p->head, at / BGZF_BLOCK, block, err);
	if (r == 0)
		memcpy(to, block + at % BGZF_BLOCK, len);
	return r;
}

/* As many of [@at, @at + @len) as lie in one BGZF block of the head, or in one chunk. */
static int read_some(const struct view_kind *k, const struct dataset *d,
		const struct packed_plan *p, uint64_t at, uint8_t *to, size_t len, size_t *done,
		struct err *err)
{
	uint64_t end = p->size;
	uint32_t i = 0;
	int r = 0;

	if (at < p->head_bytes) {
		end = (at / BGZF_BLOCK + 1) * BGZF_BLOCK;
	} else if (at < p->end) {
		i = rows_chunk_at(&packed_rows, d, at - p->head_bytes);
		end = p->head_bytes + rows_before(&packed_rows, d, i + 1);
	}
	*done = end - at < len ? (size_t)(end - at) : len;
	if (at >= p->end) {
		bgzf_end_read(p->end, (size_t)(at - p->end), to, *done);
	} else if (at >= p->head_bytes) {
		r = read_chunk(k, d, p, i, at - p->head_bytes - rows_before(&packed_rows, d, i), to,
				*done, err);
	} else {
		r = read_head(k, d, p, at, to, *done, err);
	}
	return r;
}

static ssize_t packed_read(const struct view_kind *k, const struct dataset *d, void *buf,
		size_t len, uint64_t off, struct err *err)
{
	struct packed_plan p = { 0 };
	uint8_t *to = buf;
	int r = make_plan(k, d, &p, err);

	if (r < 0)
		return r;
	if (off >= p.size)
		return 0;
	len = len < p.size - off ? len : (size_t)(p.size - off);
	for (size_t left = len; left;) {
		size_t done = 0;

		r = read_some(k, d, &p, off, to, left, &done, err);
		if (r < 0)
			return r;
		to += done;
		off += done;
		left -= done;
	}
	return (ssize_t)len;
}

static int file_size(
		const struct view_kind *k, const struct dataset *d, uint64_t *out, struct err *err)
{
	struct packed_plan p = { 0 };
	int r;

	if (!bcf_is_packed(d))
		return bgzf_ops.size(k, d, out, err);
	r = make_plan(k, d, &p, err);
	if (r == 0)
		*out = p.size;
	return r;
}

static ssize_t file_read_at(const struct view_kind *k, const struct dataset *d, void *buf,
		size_t len, uint64_t off, struct err *err)
{
	return bcf_is_packed(d) ? packed_read(k, d, buf, len, off, err)
				: bgzf_ops.read(k, d, buf, len, off, err);
}

static uint32_t file_chunk_at(const struct view_kind *k, const struct dataset *d, uint64_t off)
{
	struct packed_plan p = { 0 };

	if (!bcf_is_packed(d))
		return bgzf_ops.chunk_at(k, d, off);
	if (make_plan(k, d, &p, NULL) < 0 || off < p.head_bytes || off >= p.end)
		return UINT32_MAX;
	return rows_chunk_at(&packed_rows, d, off - p.head_bytes);
}

const struct view_ops bcf_file_ops = { file_size, file_read_at, file_chunk_at };
