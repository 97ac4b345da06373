/* SPDX-License-Identifier: MIT */
#include "core/codec/int_values.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#include "core/base/inline.h"

/* A value as BCF's 32-bit one. */
INLINE int32_t load(const uint8_t *p, uint8_t size, size_t i)
{
	uint16_t u16;
	uint32_t u32;
	int32_t v;

	if (size == 1) {
		v = (int8_t)p[i];
		return v <= INT8_MIN + 1 ? v - INT8_MIN + INT32_MIN : v;
	}
	if (size == 2) {
		memcpy(&u16, p + 2 * i, sizeof(u16));
		v = (int16_t)le16toh(u16);
		return v <= INT16_MIN + 1 ? v - INT16_MIN + INT32_MIN : v;
	}
	memcpy(&u32, p + 4 * i, sizeof(u32));
	return (int32_t)le32toh(u32);
}

/* Missing and end-of-vector end in 0 and 1 and have the sign bit in every width. */
INLINE void store(uint8_t *p, uint8_t size, size_t i, int32_t v)
{
	bool special = v <= INT32_MIN + 1;
	uint16_t u16;
	uint32_t u32;

	if (size == 1) {
		p[i] = (uint8_t)(special ? v - INT32_MIN + INT8_MIN : v);
	} else if (size == 2) {
		u16 = htole16((uint16_t)(special ? v - INT32_MIN + INT16_MIN : v));
		memcpy(p + 2 * i, &u16, sizeof(u16));
	} else {
		u32 = htole32((uint32_t)v);
		memcpy(p + 4 * i, &u32, sizeof(u32));
	}
}

int32_t int_value(const uint8_t *values, uint8_t size, size_t i)
{
	return load(values, size, i);
}

/* The first value past the special and the reserved ones of a width. */
enum { INT8_FIRST = INT8_MIN + 8, INT16_FIRST = INT16_MIN + 8 };

INLINE uint8_t width_of(const uint8_t *values, uint8_t size, size_t n)
{
	int32_t min = 0;
	int32_t max = 0;

	for (size_t i = 0; i < n; i++) {
		int32_t v = load(values, size, i);

		if (v <= INT32_MIN + 1)
			continue;
		min = v < min ? v : min;
		max = v > max ? v : max;
	}
	if (min >= INT8_FIRST && max <= INT8_MAX)
		return 1;
	return min >= INT16_FIRST && max <= INT16_MAX ? 2 : 4;
}

/* Narrow values are common and long: look for reserved ones only. */
static uint8_t width_of_int8(const uint8_t *values, size_t n)
{
	uint8_t reserved = 0;

	for (size_t i = 0; i < n; i++) {
		int8_t v = (int8_t)values[i];

		reserved |= v > INT8_MIN + 1 && v < INT8_FIRST;
	}
	return reserved ? 2 : 1;
}

uint8_t int_values_width(const uint8_t *values, uint8_t size, size_t n)
{
	if (size == 1)
		return width_of_int8(values, n);
	return size == 2 ? width_of(values, 2, n) : width_of(values, 4, n);
}

INLINE void convert(const uint8_t *in, uint8_t from, uint8_t *out, uint8_t to, size_t n)
{
	for (size_t i = 0; i < n; i++)
		store(out, to, i, load(in, from, i));
}

void int_values_convert(const uint8_t *in, uint8_t from, uint8_t *out, uint8_t to, size_t n)
{
	if (from == to) {
		if (n)
			memcpy(out, in, n * to);
	} else if (from == 1) {
		to == 2 ? convert(in, 1, out, 2, n) : convert(in, 1, out, 4, n);
	} else if (from == 2) {
		to == 1 ? convert(in, 2, out, 1, n) : convert(in, 2, out, 4, n);
	} else {
		to == 1 ? convert(in, 4, out, 1, n) : convert(in, 4, out, 2, n);
	}
}

void planes_split(const uint8_t *values, uint8_t width, size_t n, uint8_t *planes)
{
	for (uint8_t b = 0; b < width; b++)
		for (size_t i = 0; i < n; i++)
			planes[b * n + i] = values[i * width + b];
}

void planes_join(const struct planes *p, uint8_t *values)
{
	if (p->width == 1) {
		memcpy(values, p->data + p->first, p->count);
		return;
	}
	for (uint8_t b = 0; b < p->width; b++) {
		const uint8_t *plane = p->data + b * p->n + p->first;

		for (size_t i = 0; i < p->count; i++)
			values[i * p->width + b] = plane[i];
	}
}

/* Planes are turned into values a piece at a time: no scratch that grows with the cell. */
enum { PIECE = 256 };

static size_t next_piece(struct planes *rest, uint8_t *piece)
{
	struct planes p = *rest;

	assert(p.width && p.count);
	p.count = p.count < PIECE ? p.count : PIECE;
	planes_join(&p, piece);
	rest->first += p.count;
	rest->count -= p.count;
	return p.count;
}

uint8_t planes_int_width(const struct planes *p)
{
	struct planes rest = *p;
	uint8_t piece[PIECE * sizeof(uint32_t)];
	uint8_t width = 1;

	while (rest.count && width < 4) {
		size_t n = next_piece(&rest, piece);
		uint8_t w = int_values_width(piece, p->width, n);

		width = w > width ? w : width;
	}
	return width;
}

void planes_int_convert(const struct planes *p, uint8_t *out, uint8_t to)
{
	struct planes rest = *p;
	uint8_t piece[PIECE * sizeof(uint32_t)];

	if (p->width == to) {
		planes_join(p, out);
		return;
	}
	while (rest.count) {
		size_t n = next_piece(&rest, piece);

		int_values_convert(piece, p->width, out, to, n);
		out += n * to;
	}
}
