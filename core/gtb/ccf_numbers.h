/* SPDX-License-Identifier: MIT */
/*
 * The numbers of version 2 that have as many bytes as they need: docs/gtb.md, "Numbers". The low
 * bits of the first byte say how many bytes there are, and how far to shift what they hold.
 */
#ifndef GENOFS_GTB_CCF_NUMBERS_H
#define GENOFS_GTB_CCF_NUMBERS_H

#include "core/base/cursor.h"

/* A form of a number: where a first byte has @bits under @mask. */
struct ccf_form {
	uint8_t mask;
	uint8_t bits;
	uint8_t bytes;
	uint8_t shift;
};

/* Little-endian, of @n <= 8 bytes. */
static inline uint64_t cursor_le(struct cursor *c, unsigned n)
{
	const uint8_t *p = cursor_take(c, n);
	uint64_t v = 0;

	if (p)
		memcpy(&v, p, n);
	return le64toh(v);
}

/*
 * Most numbers have 1 to 3 bytes, of which two bits of the first, from @low on, say how many more
 * there are: they are read without a branch for each form. False where there may be other bytes.
 */
static inline bool ccf_short(struct cursor *c, unsigned low, unsigned shift, uint64_t *out)
{
	static const uint32_t masks[] = { 0xff, 0xffff, 0xffffff };
	unsigned more;
	uint32_t v;

	if (cursor_left(c) < sizeof(v))
		return false;
	memcpy(&v, c->at, sizeof(v));
	v = le32toh(v);
	more = v >> low & 3;
	if (more == 3)
		return false;
	*out = (v & masks[more]) >> shift;
	c->at += more + 1;
	return true;
}

static inline uint64_t ccf_number(struct cursor *c, const struct ccf_form *forms, unsigned n)
{
	for (unsigned i = 0; cursor_left(c) && i < n; i++)
		if ((*c->at & forms[i].mask) == forms[i].bits)
			return cursor_le(c, forms[i].bytes) >> forms[i].shift;
	cursor_fail(c);
	return 0;
}

/* A length in the container. */
static inline uint64_t ccf_length(struct cursor *c)
{
	static const struct ccf_form forms[] = { { 0x03, 0x00, 1, 2 }, { 0x03, 0x01, 2, 2 },
		{ 0x03, 0x02, 3, 2 }, { 0x07, 0x03, 4, 3 }, { 0x0f, 0x0f, 5, 4 },
		{ 0x1f, 0x07, 6, 5 }, { 0x1f, 0x17, 7, 5 } };

	return ccf_number(c, forms, sizeof(forms) / sizeof(forms[0]));
}

/* The length of an element of a column of byte strings. */
static inline uint64_t ccf_element_length(struct cursor *c)
{
	static const struct ccf_form forms[] = { { 0x03, 0x00, 1, 2 }, { 0x03, 0x01, 2, 2 },
		{ 0x03, 0x02, 3, 2 }, { 0x07, 0x03, 4, 3 } };
	uint64_t v;

	if (ccf_short(c, 0, 2, &v))
		return v;
	return ccf_number(c, forms, sizeof(forms) / sizeof(forms[0]));
}

/* The length of an item of a nested array. */
static inline uint64_t ccf_item_length(struct cursor *c)
{
	static const struct ccf_form forms[] = { { 0x03, 0x00, 1, 2 }, { 0x03, 0x01, 2, 2 },
		{ 0x03, 0x02, 3, 2 }, { 0x03, 0x03, 4, 2 } };

	if (cursor_left(c) && !(*c->at & 3))
		return cursor_u8(c) >> 2;
	return ccf_number(c, forms, sizeof(forms) / sizeof(forms[0]));
}

/* A signed number of @bits, 32 or 64: its lowest bit is the sign. */
static inline int64_t ccf_varint(struct cursor *c, unsigned bits)
{
	static const struct ccf_form forms[] = { { 0x06, 0x00, 1, 3 }, { 0x06, 0x02, 2, 3 },
		{ 0x06, 0x04, 3, 3 }, { 0x0e, 0x06, 4, 4 }, { 0x1e, 0x1e, 5, 5 },
		{ 0x3e, 0x2e, 6, 6 }, { 0x7e, 0x0e, 7, 7 } };
	const unsigned n = bits == 32 ? 5 : 7;
	uint64_t v;
	bool negative;

	if (!cursor_left(c)) {
		cursor_fail(c);
		return 0;
	}
	negative = *c->at & 1;
	if (ccf_short(c, 1, 3, &v))
		return (int64_t)(negative ? ~v : v);
	/* 0100111 and the sign: all of it is behind. */
	if (bits == 64 && *c->at >> 1 == 0x27) {
		cursor_u8(c);
		v = cursor_u64(c);
	} else {
		v = ccf_number(c, forms, n);
	}
	return (int64_t)(negative ? ~v : v);
}

#endif
