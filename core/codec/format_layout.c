/* SPDX-License-Identifier: MIT */
#include "core/codec/format_layout.h"

#include <assert.h>
#include <string.h>

#include "core/base/inline.h"
#include "core/codec/int_values.h"

bool format_layout_make(struct format_layout *l, const struct cell_ns *ns, size_t n_cells,
		uint32_t n_elements)
{
	struct cell_ns of = *ns;
	size_t counts[LAYOUT_ELEMENTS_MAX] = { 0 };

	assert(n_elements && n_elements <= LAYOUT_ELEMENTS_MAX);
	l->n_cells = n_cells;
	l->n_elements = n_elements;
	l->rest = false;
	if (ns->varying) {
		for (size_t i = 0; i < n_cells; i++) {
			uint32_t n = cell_ns_next(&of);

			l->rest |= n > n_elements;
			for (uint32_t e = 0; e < n_elements && e < n; e++)
				counts[e] += layout_values(l, e, n);
		}
	} else {
		l->rest = ns->n > n_elements;
		for (uint32_t e = 0; e < n_elements; e++)
			counts[e] = n_cells * layout_values(l, e, ns->n);
	}
	l->first[0] = 0;
	for (uint32_t e = 0; e < n_elements; e++)
		l->first[e + 1] = l->first[e] + counts[e];
	return !cursor_bad(&of.ns);
}

INLINE void scatter(const uint8_t *values, uint8_t width, size_t stride, uint8_t *to, size_t plane,
		size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (uint8_t b = 0; b < width; b++)
			to[b * plane + i] = values[i * stride * width + b];
}

void element_scatter(const uint8_t *values, uint8_t width, size_t stride,
		const struct element_planes *p, size_t at, uint32_t n_samples, uint32_t n)
{
	uint8_t *to = p->data + at;

	if (n == 1) {
		if (width == 1)
			scatter(values, 1, stride, to, p->n, n_samples);
		else if (width == 2)
			scatter(values, 2, stride, to, p->n, n_samples);
		else
			scatter(values, 4, stride, to, p->n, n_samples);
		return;
	}
	for (uint32_t s = 0; s < n_samples; s++, values += stride * width, to += n)
		scatter(values, width, 1, to, p->n, n);
}

/* Missing and end-of-vector are the two smallest of each width: all else that fits keeps its
 * low bytes, and theirs take the sign. */
INLINE void narrow(const uint8_t *from, size_t plane, uint8_t width, size_t i, uint8_t *out,
		uint8_t size)
{
	uint8_t top = from[(width - 1u) * plane + i];
	uint8_t special = top == 0x80 ? 0x80 : 0;

	for (uint8_t b = 0; b < size; b++)
		out[b] = from[b * plane + i];
	out[size - 1] |= special;
}

INLINE void gather(const uint8_t *from, size_t plane, uint8_t width, uint8_t *out, uint8_t size,
		size_t stride, size_t count)
{
	for (size_t i = 0; i < count; i++, out += stride * size) {
		if (width == size)
			for (uint8_t b = 0; b < width; b++)
				out[b] = from[b * plane + i];
		else
			narrow(from, plane, width, i, out, size);
	}
}

/* Constant strides make tight loops of the usual n: one value a sample, REF and ALT, PL. */
INLINE void gather_strided(const uint8_t *from, size_t plane, uint8_t width, uint8_t *out,
		uint8_t size, size_t stride, size_t count)
{
	if (stride == 1)
		gather(from, plane, width, out, size, 1, count);
	else if (stride == 2)
		gather(from, plane, width, out, size, 2, count);
	else if (stride == 3)
		gather(from, plane, width, out, size, 3, count);
	else
		gather(from, plane, width, out, size, stride, count);
}

static void gather_run(const uint8_t *from, size_t plane, uint8_t width, uint8_t *out, uint8_t size,
		size_t stride, size_t count)
{
	switch (width << 4 | size) {
	case 0x11:
		gather_strided(from, plane, 1, out, 1, stride, count);
		break;
	case 0x21:
		gather_strided(from, plane, 2, out, 1, stride, count);
		break;
	case 0x22:
		gather_strided(from, plane, 2, out, 2, stride, count);
		break;
	case 0x41:
		gather(from, plane, 4, out, 1, stride, count);
		break;
	case 0x42:
		gather(from, plane, 4, out, 2, stride, count);
		break;
	default:
		gather(from, plane, 4, out, 4, stride, count);
		break;
	}
}

/* The two smallest of each width mean the same in all; the sign of others goes on. */
INLINE void widen(const uint8_t *from, size_t plane, uint8_t width, size_t i, uint8_t *out,
		uint8_t size)
{
	uint32_t least = 0x80u << 8 * (width - 1);
	uint32_t v = from[i] | (width == 2 ? (uint32_t)from[plane + i] << 8 : 0);
	uint32_t wide = v - least <= 1 ? (v - least) | 0x80u << 8 * (size - 1)
				       : v - ((v & least) << 1);

	wide = htole32(wide);
	memcpy(out, &wide, size);
}

INLINE void gather_widened(const uint8_t *from, size_t plane, uint8_t width, uint8_t *out,
		uint8_t size, size_t stride, size_t count)
{
	for (size_t i = 0; i < count; i++)
		widen(from, plane, width, i, out + i * stride * size, size);
}

/* A type wider than the column. */
static void gather_wider(const uint8_t *from, size_t plane, uint8_t width, uint8_t *out,
		uint8_t size, size_t stride, size_t count)
{
	if (width == 2)
		gather_widened(from, plane, 2, out, 4, stride, count);
	else if (size == 4)
		gather_widened(from, plane, 1, out, 4, stride, count);
	else
		gather_widened(from, plane, 1, out, 2, stride, count);
}

/* The values of an element in the cell: @n of each sample. */
static void gather_element(const struct element_planes *p, uint8_t width, size_t at,
		uint32_t n_samples, uint32_t n, uint8_t *out, uint8_t size, size_t stride)
{
	const uint8_t *from = p->data + at;
	bool single = n == 1;

	/* Several values of a sample lie side by side in the cell as well. */
	for (uint32_t s = 0; s < (single ? 1 : n_samples); s++) {
		size_t count = single ? n_samples : n;

		if (size > width)
			gather_wider(from, p->n, width, out, size, single ? stride : 1, count);
		else
			gather_run(from, p->n, width, out, size, single ? stride : 1, count);
		from += count;
		out += stride * size;
	}
}

/* The usual n: one value a sample, REF and ALT, PL. */
enum { TOGETHER_MAX = 3 };

/* Elements of a cell that are gathered sample after sample, all at once. */
struct together {
	const uint8_t *from[TOGETHER_MAX];
	size_t plane[TOGETHER_MAX];
	uint8_t *out;
	size_t n_samples;
};

/* As it lies in a cell. */
typedef uint16_t __attribute__((aligned(1), may_alias)) cell_u16;

INLINE void gather_bytes(const struct together *g, uint8_t width, unsigned n)
{
	const struct together l = *g; /* a local one: no byte that is written may be part of it */
	uint8_t *restrict out = l.out;

	for (size_t i = 0; i < l.n_samples; i++)
		for (unsigned e = 0; e < n; e++) {
			uint8_t v = l.from[e][i];

			if (width == 2) /* as in narrow() */
				v |= l.from[e][l.plane[e] + i] == 0x80 ? 0x80 : 0;
			out[i * n + e] = v;
		}
}

INLINE void gather_pairs(const struct together *g, unsigned n)
{
	const struct together l = *g;
	cell_u16 *restrict out = (cell_u16 *)l.out;

	for (size_t i = 0; i < l.n_samples; i++)
		for (unsigned e = 0; e < n; e++)
			out[i * n + e] = htole16(
					(uint16_t)(l.from[e][i] | l.from[e][l.plane[e] + i] << 8));
}

INLINE void gather_narrow(const struct together *g, uint8_t width, uint8_t size, unsigned n)
{
	if (width == 1)
		gather_bytes(g, 1, n);
	else if (size == 1)
		gather_bytes(g, 2, n);
	else
		gather_pairs(g, n);
}

/* Return: false where the cell is not one of those. */
static bool cell_gather_together(const struct tile_values *t, const size_t *at, uint32_t n,
		uint8_t *out, uint8_t size)
{
	struct together g = { .out = out, .n_samples = t->n_samples };

	if (!n || n > TOGETHER_MAX || n > t->layout->n_elements || t->width > 2 || size > t->width)
		return false;
	for (uint32_t e = 0; e < n; e++) {
		struct element_planes p = tile_element(t, e);

		g.from[e] = p.data + at[e] * t->n_samples;
		g.plane[e] = p.n;
	}
	if (n == 1)
		gather_narrow(&g, t->width, size, 1);
	else if (n == 2)
		gather_narrow(&g, t->width, size, 2);
	else
		gather_narrow(&g, t->width, size, 3);
	return true;
}

void cell_gather(const struct tile_values *t, const size_t *at, uint32_t n, uint8_t *out,
		uint8_t size)
{
	if (cell_gather_together(t, at, n, out, size))
		return;
	for (uint32_t e = 0; e < t->layout->n_elements && e < n; e++) {
		struct element_planes p = tile_element(t, e);

		gather_element(&p, t->width, at[e] * t->n_samples, t->n_samples,
				layout_values(t->layout, e, n), out + (size_t)e * size, size, n);
	}
}

/* Values are looked at a piece at a time: no scratch that grows with the cell. */
enum { PIECE = 256 };

/* Of @n values in two planes: 1 or 2; 4 where one of them is reserved in two bytes. */
static uint8_t width_of_two(const uint8_t *from, size_t plane, size_t n)
{
	uint16_t wide = 0;
	uint16_t reserved = 0;

	for (size_t i = 0; i < n; i++) {
		uint16_t v = (uint16_t)(from[i] | from[plane + i] << 8);
		uint16_t special = (uint16_t)(v - 0x8000); /* 0, 1: missing, end of vector */

		wide |= (uint16_t)(v + 120) > 247 && special > 1;
		reserved |= special > 1 && special < 8;
	}
	return reserved ? 4 : wide ? 2 : 1;
}

uint8_t element_int_width(const struct element_planes *p, uint8_t width, size_t at, size_t count)
{
	uint8_t piece[PIECE * sizeof(uint32_t)];
	uint8_t widest = 1;

	while (count && widest < width) {
		size_t n = count < PIECE ? count : PIECE;
		uint8_t w;

		if (width == 2) {
			w = width_of_two(p->data + at, p->n, n);
		} else {
			gather_run(p->data + at, p->n, width, piece, width, 1, n);
			w = int_values_width(piece, width, n);
		}
		widest = w > widest ? w : widest;
		at += n;
		count -= n;
	}
	return widest;
}
