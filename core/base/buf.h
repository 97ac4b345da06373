/* SPDX-License-Identifier: MIT */
/*
 * Growing bytes, with the writers of the store's primitive values.
 *
 * A buf remembers that an allocation failed and then drops all further writes, so that a run of
 * puts needs one check, of buf_failed(), at its end. One thread at a time.
 *
 * Integers are little-endian. A varint is LEB128: 7 bits a byte, low bits first, the high bit set
 * on all bytes but the last; signed values are zigzag coded first (0, -1, 1, -2 -> 0, 1, 2, 3).
 */
#ifndef GENOFS_BASE_BUF_H
#define GENOFS_BASE_BUF_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buf {
	uint8_t *data; /* owned */
	size_t len;
	size_t cap;
	bool failed; /* an allocation failed: the content is not to be used */
	bool large;  /* data is large_alloc()'s, not malloc(3)'s */
};

enum { VARINT_MAX = 10 }; /* bytes of the longest varint */

void buf_done(struct buf *b);
/* Make room for @n more bytes; false (and failed) when memory is out. */
bool buf_reserve_slow(struct buf *b, size_t n);
/* Printf into the buffer, without the terminating NUL. */
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static inline bool buf_failed(const struct buf *b)
{
	return b->failed;
}

static inline void buf_clear(struct buf *b)
{
	b->len = 0;
}

static inline bool buf_reserve(struct buf *b, size_t n)
{
	return n <= b->cap - b->len || buf_reserve_slow(b, n);
}

static inline void buf_put(struct buf *b, const void *p, size_t n)
{
	if (n && buf_reserve(b, n)) {
		if (!b->data)
			__builtin_unreachable(); /* room is never nothing */
		memcpy(b->data + b->len, p, n);
		b->len += n;
	}
}

static inline void buf_put_u8(struct buf *b, uint8_t v)
{
	if (buf_reserve(b, 1))
		b->data[b->len++] = v;
}

static inline void buf_put_u16(struct buf *b, uint16_t v)
{
	v = htole16(v);
	buf_put(b, &v, sizeof(v));
}

static inline void buf_put_u32(struct buf *b, uint32_t v)
{
	v = htole32(v);
	buf_put(b, &v, sizeof(v));
}

static inline void buf_put_u64(struct buf *b, uint64_t v)
{
	v = htole64(v);
	buf_put(b, &v, sizeof(v));
}

static inline void buf_put_varint(struct buf *b, uint64_t v)
{
	if (!buf_reserve(b, VARINT_MAX))
		return;
	while (v >= 0x80) {
		b->data[b->len++] = (uint8_t)(v | 0x80);
		v >>= 7;
	}
	b->data[b->len++] = (uint8_t)v;
}

static inline size_t varint_size(uint64_t v)
{
	size_t n = 1;

	for (; v >= 0x80; v >>= 7)
		n++;
	return n;
}

static inline uint64_t zigzag(int64_t v)
{
	return ((uint64_t)v << 1) ^ (uint64_t)(v >> 63);
}

static inline int64_t unzigzag(uint64_t v)
{
	return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

static inline void buf_put_zigzag(struct buf *b, int64_t v)
{
	buf_put_varint(b, zigzag(v));
}

/* A length, then as many bytes. */
static inline void buf_put_bytes(struct buf *b, const void *p, size_t n)
{
	buf_put_varint(b, n);
	buf_put(b, p, n);
}

#endif
