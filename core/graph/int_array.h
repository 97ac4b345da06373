/* SPDX-License-Identifier: MIT */
/*
 * Integers of 1 to 8 bytes each, little-endian, side by side: what the image has its offsets in.
 *
 * An item is read as 8 bytes of which the upper ones are dropped, so INT_ARRAY_PAD bytes behind
 * the last item must be there to be read.
 */
#ifndef GENOFS_GRAPH_INT_ARRAY_H
#define GENOFS_GRAPH_INT_ARRAY_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

enum { INT_ARRAY_PAD = 8 };

struct int_array {
	uint8_t *at; /* never written through, but by image_build() */
	uint64_t n;  /* items */
	uint64_t mask;
	unsigned width; /* bytes of an item, 1 to 8 */
};

/* Bytes that hold any value up to @max. */
static inline unsigned int_array_width(uint64_t max)
{
	unsigned width = 1;

	while (width < 8 && max >> (8 * width))
		width++;
	return width;
}

static inline struct int_array int_array_over(uint8_t *at, uint64_t n, unsigned width)
{
	struct int_array a = { .at = at, .n = n, .width = width };

	a.mask = UINT64_MAX >> (64 - 8 * width);
	return a;
}

/* Item @i < n. */
static inline uint64_t int_array_get(const struct int_array *a, uint64_t i)
{
	uint64_t v;

	memcpy(&v, a->at + i * a->width, sizeof(v));
	return le64toh(v) & a->mask;
}

/* Item @i < n; @v fits its width. */
static inline void int_array_set(const struct int_array *a, uint64_t i, uint64_t v)
{
	v = htole64(v);
	memcpy(a->at + i * a->width, &v, a->width);
}

#endif
