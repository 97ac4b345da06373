/* SPDX-License-Identifier: MIT */
#include "core/codec/format_layout.h"

#include <assert.h>

#include "core/codec/int_values.h"

#define INLINE static inline __attribute__((always_inline))

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

/* A type wider than the column: values are widened a piece at a time. */
static void gather_wider(const uint8_t *from, size_t plane, uint8_t width, uint8_t *out,
		uint8_t size, size_t stride, size_t count)
{
	uint8_t value[sizeof(uint32_t)];

	for (size_t i = 0; i < count; i++, out += stride * size) {
		for (uint8_t b = 0; b < width; b++)
			value[b] = from[b * plane + i];
		int_values_convert(value, width, out, size, 1);
	}
}

void element_gather(const struct element_planes *p, uint8_t width, size_t at, uint32_t n_samples,
		uint32_t n, uint8_t *out, uint8_t size, size_t stride)
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

/* Planes are turned into values a piece at a time: no scratch that grows with the cell. */
enum { PIECE = 256 };

uint8_t element_int_width(const struct element_planes *p, uint8_t width, size_t at, size_t count)
{
	uint8_t piece[PIECE * sizeof(uint32_t)];
	uint8_t widest = 1;

	while (count && widest < width) {
		size_t n = count < PIECE ? count : PIECE;
		uint8_t w;

		gather_run(p->data + at, p->n, width, piece, width, 1, n);
		w = int_values_width(piece, width, n);
		widest = w > widest ? w : widest;
		at += n;
		count -= n;
	}
	return widest;
}
