/* SPDX-License-Identifier: MIT */
/*
 * Checked reads from untrusted bytes: the counterpart of buf.h.
 *
 * A read past the end returns zero (or NULL), leaves the cursor at the end and marks it bad, so
 * that a run of reads needs one check, of cursor_bad(), before its results are believed. A value
 * that sizes a loop or an allocation is checked at once, against cursor_left() for one.
 */
#ifndef GENOFS_BASE_CURSOR_H
#define GENOFS_BASE_CURSOR_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/base/buf.h"

struct cursor {
	const uint8_t *at;
	const uint8_t *end;
	bool bad;
};

static inline struct cursor cursor_over(const void *p, size_t n)
{
	/* An empty range may come with NULL, on which no arithmetic is defined. */
	static const uint8_t none;
	struct cursor c = { .at = n ? p : &none, .end = n ? (const uint8_t *)p + n : &none };

	return c;
}

static inline size_t cursor_left(const struct cursor *c)
{
	return (size_t)(c->end - c->at);
}

static inline bool cursor_bad(const struct cursor *c)
{
	return c->bad;
}

/* Read without fault to the last byte. */
static inline bool cursor_finished(const struct cursor *c)
{
	return !c->bad && c->at == c->end;
}

static inline void cursor_fail(struct cursor *c)
{
	c->bad = true;
	c->at = c->end;
}

/* The next @n bytes in place, or NULL. */
static inline const uint8_t *cursor_take(struct cursor *c, size_t n)
{
	const uint8_t *p = c->at;

	if (n > cursor_left(c)) {
		cursor_fail(c);
		return NULL;
	}
	c->at += n;
	return p;
}

static inline uint8_t cursor_u8(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 1);

	return p ? *p : 0;
}

static inline uint16_t cursor_u16(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 2);
	uint16_t v = 0;

	if (p)
		memcpy(&v, p, sizeof(v));
	return le16toh(v);
}

static inline uint32_t cursor_u32(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 4);
	uint32_t v = 0;

	if (p)
		memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

static inline uint64_t cursor_u64(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 8);
	uint64_t v = 0;

	if (p)
		memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

static inline uint64_t cursor_varint(struct cursor *c)
{
	uint64_t v = 0;
	unsigned shift = 0;

	/* Most are short. */
	if (cursor_left(c) >= 2) {
		if (c->at[0] < 0x80)
			return *c->at++;
		if (c->at[1] < 0x80) {
			v = (c->at[0] & 0x7fu) | (uint64_t)c->at[1] << 7;
			c->at += 2;
			return v;
		}
	}

	for (;;) {
		uint8_t b = cursor_u8(c);

		/* The tenth byte holds the one bit that is left of 64. */
		if (shift == 63 && b > 1)
			cursor_fail(c);
		if (c->bad)
			return 0;
		v |= (uint64_t)(b & 0x7f) << shift;
		if (!(b & 0x80))
			return v;
		shift += 7;
	}
}

/* A varint that must fit 32 bits; a larger one marks the cursor bad. */
static inline uint32_t cursor_varint32(struct cursor *c)
{
	uint64_t v = cursor_varint(c);

	if (v > UINT32_MAX) {
		cursor_fail(c);
		return 0;
	}
	return (uint32_t)v;
}

static inline int64_t cursor_zigzag(struct cursor *c)
{
	return unzigzag(cursor_varint(c));
}

/* A length and as many bytes, in place; NULL (and bad) when they are not there. */
static inline const uint8_t *cursor_bytes(struct cursor *c, size_t *n)
{
	uint64_t len = cursor_varint(c);

	*n = 0;
	if (c->bad || len > cursor_left(c)) {
		cursor_fail(c);
		return NULL;
	}
	*n = (size_t)len;
	return cursor_take(c, *n);
}

#endif
