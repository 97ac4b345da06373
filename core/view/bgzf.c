/* SPDX-License-Identifier: MIT */
#include "core/view/bgzf.h"

#include <errno.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"

static const uint8_t end_block[BGZF_EOF] = { 0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, 'B', 'C',
	2, 0, 0x1b, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0 };

int bgzf_size(uint64_t inner, uint64_t *out)
{
	uint64_t whole = inner / BGZF_PAYLOAD;
	uint64_t rest = inner % BGZF_PAYLOAD;
	uint64_t size;

	if (__builtin_mul_overflow(whole, (uint64_t)BGZF_BLOCK, &size) ||
			__builtin_add_overflow(size,
					(rest ? rest + BGZF_HEAD + BGZF_TAIL : 0) + BGZF_EOF,
					&size) ||
			size > INT64_MAX)
		return -EOVERFLOW;
	*out = size;
	return 0;
}

/* What stands before @len bytes of payload. */
static void make_head(uint8_t head[BGZF_HEAD], size_t len)
{
	uint16_t block = htole16((uint16_t)(len + BGZF_HEAD + BGZF_TAIL - 1));
	uint16_t n = htole16((uint16_t)len);
	uint16_t not_n = htole16((uint16_t)~len);

	memcpy(head, end_block, 16);
	memcpy(head + 16, &block, sizeof(block));
	head[18] = 1; /* the last deflate block, stored (RFC 1951 section 3.2.4) */
	memcpy(head + 19, &n, sizeof(n));
	memcpy(head + 21, &not_n, sizeof(not_n));
}

static void make_tail(uint8_t tail[BGZF_TAIL], const void *payload, size_t len)
{
	uint32_t crc = htole32(libdeflate_crc32(0, payload, len));
	uint32_t n = htole32((uint32_t)len);

	memcpy(tail, &crc, sizeof(crc));
	memcpy(tail + 4, &n, sizeof(n));
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
	buf_put(out, end_block, sizeof(end_block));
}

static const struct view_kind *inner_of(const struct view_kind *k)
{
	return k->of;
}

static int size_of(
		const struct view_kind *k, const struct dataset *d, uint64_t *out, struct err *err)
{
	uint64_t inner;
	int r = view_size(inner_of(k), d, &inner, err);

	if (r < 0)
		return r;
	r = bgzf_size(inner, out);
	return r < 0 ? err_set(err, r, "%s: view is too large", store_pathname(d->store)) : 0;
}

/* A whole BGZF block with bytes [@at, @at + @n) of the inner file. */
static int make_block(const struct view_kind *k, const struct dataset *d, uint64_t at, size_t n,
		uint8_t *block, struct err *err)
{
	ssize_t got = view_read(inner_of(k), d, block + BGZF_HEAD, n, at, err);

	if (got < 0)
		return (int)got;
	if ((size_t)got != n)
		return err_set(err, -EIO, "%s: %s: %zd of %zu bytes", store_pathname(d->store),
				k->name, got, n);
	make_head(block, n);
	make_tail(block + BGZF_HEAD + n, block + BGZF_HEAD, n);
	return 0;
}

/* Bytes [@from, @from + @len) of such a block, which has @n of the inner file. Where the tail is
 * not among them, neither is the rest of the payload needed. */
static int make_part(const struct view_kind *k, const struct dataset *d, uint64_t at, size_t n,
		size_t from, size_t len, uint8_t *buf, struct err *err)
{
	CLEANUP(freep) uint8_t *block = NULL;
	int r;

	if (from >= BGZF_HEAD && from + len <= BGZF_HEAD + n) {
		ssize_t got = view_read(inner_of(k), d, buf, len, at + from - BGZF_HEAD, err);

		if (got >= 0 && (size_t)got != len)
			return err_set(err, -EIO, "%s: %s: %zd of %zu bytes",
					store_pathname(d->store), k->name, got, len);
		return got < 0 ? (int)got : 0;
	}
	block = malloc(BGZF_BLOCK);
	if (!block)
		return err_set(err, -ENOMEM, "out of memory");
	r = make_block(k, d, at, n, block, err);
	if (r == 0)
		memcpy(buf, block + from, len);
	return r;
}

static ssize_t read_of(const struct view_kind *k, const struct dataset *d, void *buf, size_t len,
		uint64_t off, struct err *err)
{
	uint8_t *to = buf;
	uint64_t inner;
	uint64_t size = 0;
	size_t left;
	int r = view_size(inner_of(k), d, &inner, err);

	if (r == 0)
		r = bgzf_size(inner, &size);
	if (r < 0)
		return r;
	if (off >= size)
		return 0;
	left = len = len < size - off ? len : (size_t)(size - off);
	while (left && off < size - BGZF_EOF) {
		uint64_t at = off / BGZF_BLOCK * BGZF_PAYLOAD;
		size_t n = inner - at < BGZF_PAYLOAD ? (size_t)(inner - at) : BGZF_PAYLOAD;
		size_t from = off % BGZF_BLOCK;
		size_t part = n + BGZF_HEAD + BGZF_TAIL - from;

		part = part < left ? part : left;
		if (part == BGZF_BLOCK)
			r = make_block(k, d, at, n, to, err);
		else
			r = make_part(k, d, at, n, from, part, to, err);
		if (r < 0)
			return r;
		to += part;
		off += part;
		left -= part;
	}
	if (left)
		memcpy(to, end_block + (off - (size - BGZF_EOF)), left);
	return (ssize_t)len;
}

static uint32_t chunk_at(const struct view_kind *k, const struct dataset *d, uint64_t off)
{
	const struct view_kind *inner = inner_of(k);
	uint64_t at = off % BGZF_BLOCK;
	uint64_t size;

	if (view_size(inner, d, &size, NULL) < 0)
		return UINT32_MAX;
	at = at < BGZF_HEAD ? 0 : at - BGZF_HEAD;
	at = off / BGZF_BLOCK * BGZF_PAYLOAD + (at < BGZF_PAYLOAD ? at : BGZF_PAYLOAD - 1);
	/* Of the last one the tail needs what is before it. */
	if (at >= size && size && off / BGZF_BLOCK == (size - 1) / BGZF_PAYLOAD)
		at = size - 1;
	return inner->ops->chunk_at(inner, d, at);
}

const struct view_ops bgzf_ops = { size_of, read_of, chunk_at };
