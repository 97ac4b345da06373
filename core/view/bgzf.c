/* SPDX-License-Identifier: MIT */
#include "core/view/bgzf.h"

#include <errno.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"

enum { END_MARKER = 28, PAGE = 4096 };

static const uint8_t end_marker[END_MARKER] = { 0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, 'B',
	'C', 2, 0, 0x1b, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0 };

/*
 * What fills up a BGZF block of the head: empty stored deflate blocks of 5 bytes, and ones of 6
 * where an empty one of fixed codes is before it. Together they can be any number of bytes from
 * FILL_MIN on.
 */
static const uint8_t fill_5[5] = { 0, 0, 0, 0xff, 0xff };
static const uint8_t fill_6[6] = { 2, 0, 0, 0, 0xff, 0xff };
static const uint8_t fill_last[5] = { 1, 0, 0, 0xff, 0xff };
enum {
	FILL_MIN = 24 + 5,
	HEAD_PAYLOAD = BGZF_PAYLOAD - FILL_MIN,
	HEAD_BLOCKS_MIN = 2,
	END_MIN = BGZF_FRAME + FILL_MIN
};
_Static_assert(BGZF_END_MAX == PAGE + END_MIN - 1 + END_MARKER, "what bgzf_end_size() may give");

uint64_t bgzf_head_blocks(uint64_t head)
{
	uint64_t n = head / HEAD_PAYLOAD + (head % HEAD_PAYLOAD != 0);

	if (!head)
		return 0;
	return n < HEAD_BLOCKS_MIN ? HEAD_BLOCKS_MIN : n;
}

int bgzf_size(uint64_t head, uint64_t rows, uint64_t *out)
{
	uint64_t whole = rows / BGZF_PAYLOAD + bgzf_head_blocks(head);
	uint64_t rest = rows % BGZF_PAYLOAD;
	uint64_t size;

	if (__builtin_mul_overflow(whole, (uint64_t)BGZF_BLOCK, &size) ||
			__builtin_add_overflow(
					size, rest ? rest + BGZF_HEAD + BGZF_TAIL : 0, &size) ||
			size > INT64_MAX - BGZF_END_MAX)
		return -EOVERFLOW;
	*out = size;
	return 0;
}

/* Bytes before the end marker. */
static size_t end_fill(uint64_t end)
{
	size_t n = -end % PAGE;

	return n && n < END_MIN ? n + PAGE : n;
}

size_t bgzf_end_size(uint64_t end)
{
	return end_fill(end) + END_MARKER;
}

/* What stands before @len bytes of payload. */
static void make_head(uint8_t head[BGZF_HEAD], size_t len)
{
	uint16_t block = htole16((uint16_t)(len + BGZF_HEAD + BGZF_TAIL - 1));
	uint16_t n = htole16((uint16_t)len);
	uint16_t not_n = htole16((uint16_t)~len);

	memcpy(head, end_marker, 16);
	memcpy(head + 16, &block, sizeof(block));
	head[18] = 1; /* the last deflate block, stored (RFC 1951 section 3.2.4) */
	memcpy(head + 19, &n, sizeof(n));
	memcpy(head + 21, &not_n, sizeof(not_n));
}

static void put_tail(uint8_t tail[BGZF_TAIL], uint32_t crc, size_t len)
{
	uint32_t n = htole32((uint32_t)len);

	crc = htole32(crc);
	memcpy(tail, &crc, sizeof(crc));
	memcpy(tail + 4, &n, sizeof(n));
}

static void make_tail(uint8_t tail[BGZF_TAIL], const void *payload, size_t len)
{
	put_tail(tail, libdeflate_crc32(0, payload, len), len);
}

void bgzf_frame(uint8_t *block, size_t n, uint32_t crc, size_t len)
{
	uint16_t size = htole16((uint16_t)(n + BGZF_FRAME - 1));

	memcpy(block, end_marker, 16);
	memcpy(block + 16, &size, sizeof(size));
	put_tail(block + BGZF_DEFLATED + n, crc, len);
}

void bgzf_put_file(struct buf *out, const void *p, size_t len)
{
	const uint8_t *at = p;

	while (len) {
		size_t n = len < BGZF_PAYLOAD ? len : BGZF_PAYLOAD;
		uint8_t head[BGZF_HEAD];
		uint8_t tail[BGZF_TAIL];

		make_head(head, n);
		make_tail(tail, at, n);
		buf_put(out, head, sizeof(head));
		buf_put(out, at, n);
		buf_put(out, tail, sizeof(tail));
		at += n;
		len -= n;
	}
	buf_put(out, end_marker, sizeof(end_marker));
}

static const struct view_kind *inner_of(const struct view_kind *k)
{
	return k->of;
}

/* What lies where. */
struct bgzf_plan {
	uint64_t head; /* bytes of the inner file's head */
	uint64_t rows; /* and of its rows */
	uint64_t head_blocks;
	uint64_t end; /* of the BGZF blocks of both */
	uint64_t size;
};

static int make_plan(const struct view_kind *k, const struct dataset *d, struct bgzf_plan *p,
		struct err *err)
{
	uint64_t inner = 0;
	int r = rows_head_size(inner_of(k), d, &p->head, err);

	if (r == 0)
		r = view_size(inner_of(k), d, &inner, err);
	if (r < 0)
		return r;
	p->rows = inner - p->head;
	p->head_blocks = bgzf_head_blocks(p->head);
	r = bgzf_size(p->head, p->rows, &p->end);
	p->size = p->end + bgzf_end_size(p->end);
	return r < 0 ? err_set(err, r, "%s: view is too large", store_pathname(d->store)) : 0;
}

static int size_of(
		const struct view_kind *k, const struct dataset *d, uint64_t *out, struct err *err)
{
	struct bgzf_plan p = { 0 };
	int r = make_plan(k, d, &p, err);

	*out = p.size;
	return r;
}

/* Bytes [@at, @at + @n) of the inner file, all of them. */
static int read_inner(const struct view_kind *inner, const struct dataset *d, uint64_t at, size_t n,
		uint8_t *to, struct err *err)
{
	ssize_t got = view_read(inner, d, to, n, at, err);

	if (got < 0)
		return (int)got;
	return (size_t)got == n ? 0
				: err_set(err, -EIO, "%s: %s: %zd of %zu bytes",
						  store_pathname(d->store), inner->name, got, n);
}

/* A whole BGZF block with bytes [@at, @at + @n) of the inner file. */
static int make_block(const struct view_kind *k, const struct dataset *d, uint64_t at, size_t n,
		uint8_t *block, struct err *err)
{
	int r = read_inner(inner_of(k), d, at, n, block + BGZF_HEAD, err);

	if (r < 0)
		return r;
	make_head(block, n);
	make_tail(block + BGZF_HEAD + n, block + BGZF_HEAD, n);
	return 0;
}

/* @n bytes that inflate to nothing, and end the deflate stream. */
static void fill_up(uint8_t *to, size_t n)
{
	n -= sizeof(fill_last);
	for (size_t k = n % sizeof(fill_5); k; k--, n -= sizeof(fill_6), to += sizeof(fill_6))
		memcpy(to, fill_6, sizeof(fill_6));
	for (; n; n -= sizeof(fill_5), to += sizeof(fill_5))
		memcpy(to, fill_5, sizeof(fill_5));
	memcpy(to, fill_last, sizeof(fill_last));
}

void bgzf_end_read(uint64_t end, size_t from, uint8_t *to, size_t len)
{
	uint8_t bytes[BGZF_END_MAX];
	size_t n = end_fill(end);

	if (n) {
		bgzf_frame(bytes, n - BGZF_FRAME, 0, 0);
		fill_up(bytes + BGZF_DEFLATED, n - BGZF_FRAME);
	}
	memcpy(bytes + n, end_marker, END_MARKER);
	memcpy(to, bytes + from, len);
}

/* Each of them has a byte of it at least. */
int bgzf_head_block(const struct view_kind *inner, const struct dataset *d, uint64_t head,
		uint64_t i, uint8_t *block, struct err *err)
{
	uint64_t n_blocks = bgzf_head_blocks(head);
	uint64_t at = 0;
	size_t n = 0;
	int r;

	for (uint64_t b = 0; b <= i; b++) {
		uint64_t left = head - (at += n) - (n_blocks - 1 - b);

		n = left < HEAD_PAYLOAD ? (size_t)left : HEAD_PAYLOAD;
	}
	r = read_inner(inner, d, at, n, block + BGZF_HEAD, err);
	if (r < 0)
		return r;
	make_head(block, n);
	memset(block + 16, UINT8_MAX, 2); /* BGZF_BLOCK - 1 */
	block[BGZF_HEAD - 5] = 0;         /* not the last deflate block */
	fill_up(block + BGZF_HEAD + n, BGZF_PAYLOAD - n);
	make_tail(block + BGZF_BLOCK - BGZF_TAIL, block + BGZF_HEAD, n);
	return 0;
}

/* Bytes [@from, @from + @len) of a BGZF block; where the tail of one of rows is not among them,
 * neither is the rest of the payload needed. @i: number of the BGZF block. */
static int make_part(const struct view_kind *k, const struct dataset *d, const struct bgzf_plan *p,
		uint64_t i, size_t from, size_t len, uint8_t *buf, struct err *err)
{
	CLEANUP(freep) uint8_t *block = NULL;
	uint64_t at = p->head + (i - p->head_blocks) * BGZF_PAYLOAD;
	uint64_t left = p->head + p->rows - at;
	size_t n = left < BGZF_PAYLOAD ? (size_t)left : BGZF_PAYLOAD;
	bool whole = from == 0 && len == BGZF_BLOCK;
	uint8_t *to;
	int r;

	if (i >= p->head_blocks && from >= BGZF_HEAD && from + len <= BGZF_HEAD + n)
		return read_inner(inner_of(k), d, at + from - BGZF_HEAD, len, buf, err);
	if (!whole) {
		block = malloc(BGZF_BLOCK);
		if (!block)
			return err_set(err, -ENOMEM, "out of memory");
	}
	to = whole ? buf : block;
	r = i < p->head_blocks ? bgzf_head_block(inner_of(k), d, p->head, i, to, err)
			       : make_block(k, d, at, n, to, err);
	if (r == 0 && block)
		memcpy(buf, block + from, len);
	return r;
}

static ssize_t read_of(const struct view_kind *k, const struct dataset *d, void *buf, size_t len,
		uint64_t off, struct err *err)
{
	struct bgzf_plan p = { 0 };
	uint8_t *to = buf;
	size_t left;
	int r = make_plan(k, d, &p, err);

	if (r < 0)
		return r;
	if (off >= p.size)
		return 0;
	left = len = len < p.size - off ? len : (size_t)(p.size - off);
	while (left && off < p.end) {
		uint64_t end = (off / BGZF_BLOCK + 1) * BGZF_BLOCK;
		size_t part;

		end = end < p.end ? end : p.end;
		part = end - off < left ? (size_t)(end - off) : left;
		r = make_part(k, d, &p, off / BGZF_BLOCK, off % BGZF_BLOCK, part, to, err);
		if (r < 0)
			return r;
		to += part;
		off += part;
		left -= part;
	}
	if (left)
		bgzf_end_read(p.end, (size_t)(off - p.end), to, left);
	return (ssize_t)len;
}

static uint32_t chunk_at(const struct view_kind *k, const struct dataset *d, uint64_t off)
{
	const struct view_kind *inner = inner_of(k);
	uint64_t in_block = off % BGZF_BLOCK;
	struct bgzf_plan p = { 0 };
	uint64_t at;

	if (make_plan(k, d, &p, NULL) < 0 || off / BGZF_BLOCK < p.head_blocks)
		return UINT32_MAX;
	in_block = in_block < BGZF_HEAD ? 0 : in_block - BGZF_HEAD;
	at = (off / BGZF_BLOCK - p.head_blocks) * BGZF_PAYLOAD +
	     (in_block < BGZF_PAYLOAD ? in_block : BGZF_PAYLOAD - 1);
	/* Of the last one the tail needs what is before it. */
	if (at >= p.rows && p.rows &&
			off / BGZF_BLOCK - p.head_blocks == (p.rows - 1) / BGZF_PAYLOAD)
		at = p.rows - 1;
	return inner->ops->chunk_at(inner, d, p.head + at);
}

const struct view_ops bgzf_ops = { size_of, read_of, chunk_at };
