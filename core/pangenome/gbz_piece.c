/* SPDX-License-Identifier: MIT */
#include "core/pangenome/gbz_piece.h"

#include <endian.h>
#include <string.h>

#include "core/base/inline.h"

enum { ELEMENTS = 512 }; /* that are made at once */

static void read_bytes(const struct gbz_piece *p, char *buf, size_t len, uint64_t off)
{
	uint64_t left = off < p->n ? p->n - off : 0;
	size_t n = left < len ? (size_t)left : len;

	if (n)
		memcpy(buf, p->bytes + off, n);
	memset(buf + n, 0, len - n);
}

/* --- integers, side by side --- */

typedef uint64_t item_getter(const struct gbz_piece *p, uint64_t i);

static inline uint64_t letter_of(const struct gbz_piece *p, uint64_t i)
{
	return p->ranks[p->bytes[i]];
}

static inline uint64_t number_of(const struct gbz_piece *p, uint64_t i)
{
	return p->order[i];
}

static inline uint64_t low_of(const struct gbz_piece *p, uint64_t i)
{
	uint64_t mask = p->width < 64 ? ((uint64_t)1 << p->width) - 1 : UINT64_MAX;

	return int_array_get(&p->values, i) & mask;
}

/* Elements [@first, @first + @n): @get is known where this is made part of its caller. */
INLINE void pack(const struct gbz_piece *p, uint64_t first, size_t n, uint64_t *out,
		item_getter *get)
{
	unsigned width = p->width;
	uint64_t i = 64 * first / width;
	unsigned cut = (unsigned)(64 * first % width);
	unsigned have = 0;
	uint64_t word = 0;

	/* The upper bits of an item that begins in the element before. */
	if (cut) {
		word = get(p, i++) >> cut;
		have = width - cut;
	}
	for (size_t k = 0; k < n; k++) {
		uint64_t item = 0;

		for (; have < 64 && i < p->n; have += width) {
			item = get(p, i++);
			word |= item << have;
		}
		out[k] = htole64(word);
		have = have > 64 ? have - 64 : 0;
		word = have ? item >> (width - have) : 0;
	}
}

/* --- bits of the upper part --- */

/* Value i is told by a bit: the upper bits of all before it have one each, and its own as many. */
static inline uint64_t bit_of(const struct gbz_piece *p, uint64_t i)
{
	return (int_array_get(&p->values, i) >> p->width) + i;
}

/* The first value whose bit is @bit or behind it. */
static uint64_t find_value(const struct gbz_piece *p, uint64_t bit)
{
	uint64_t low = 0;
	uint64_t high = p->n;

	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		if (bit_of(p, mid) < bit)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void set_bits(const struct gbz_piece *p, uint64_t first, size_t n, uint64_t *out)
{
	uint64_t begin = 64 * first;
	uint64_t i = find_value(p, begin);

	memset(out, 0, n * sizeof(*out));
	for (; i < p->n; i++) {
		uint64_t at = bit_of(p, i) - begin;

		if (at >= 64 * (uint64_t)n)
			break;
		out[at / 64] |= (uint64_t)1 << at % 64;
	}
	for (size_t k = 0; k < n; k++)
		out[k] = htole64(out[k]);
}

static void make_elements(const struct gbz_piece *p, uint64_t first, size_t n, uint64_t *out)
{
	switch (p->kind) {
	case GBZ_PIECE_LETTERS:
		pack(p, first, n, out, letter_of);
		break;
	case GBZ_PIECE_ORDER:
		pack(p, first, n, out, number_of);
		break;
	case GBZ_PIECE_LOW:
		pack(p, first, n, out, low_of);
		break;
	case GBZ_PIECE_HIGH:
		set_bits(p, first, n, out);
		break;
	case GBZ_PIECE_BYTES: /* which need not be made */
		break;
	}
}

void gbz_piece_read(const struct gbz_piece *p, char *buf, size_t len, uint64_t off)
{
	uint64_t elements[ELEMENTS];

	if (p->kind == GBZ_PIECE_BYTES) {
		read_bytes(p, buf, len, off);
		return;
	}
	while (len) {
		uint64_t first = off / 8;
		size_t skip = (size_t)(off % 8);
		uint64_t left = p->size / 8 - first;
		size_t n = left < ELEMENTS ? (size_t)left : ELEMENTS;

		/* No more than what is asked for. */
		if (n > (skip + len + 7) / 8)
			n = (skip + len + 7) / 8;
		make_elements(p, first, n, elements);
		n = 8 * n - skip < len ? 8 * n - skip : len;
		memcpy(buf, (const char *)elements + skip, n);
		buf += n;
		off += n;
		len -= n;
	}
}
