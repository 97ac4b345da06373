/* SPDX-License-Identifier: MIT */
/*
 * Random FORMAT columns, as rows and laid out in a tile, for tests.
 */
#ifndef GENOFS_TESTS_FORMAT_COLUMNS_H
#define GENOFS_TESTS_FORMAT_COLUMNS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/base/buf.h"
#include "core/codec/format_layout.h"

static uint32_t random_state = 1;

static inline uint32_t random_below(uint32_t n)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % n;
}

/* A column of one tile. */
struct random_column {
	struct buf ns;
	struct buf rows;   /* values of cell after cell */
	struct buf planes; /* the same, laid out */
	struct format_layout layout;
	struct tile_values tile;
	uint32_t *n; /* of each cell; owned */
};

enum { RAGGED = 1, GAPS = 2 };

/* Small numbers, with missing and end-of-vector among them, and now and then anything. */
static inline void random_value(struct buf *out, uint8_t width)
{
	uint32_t v = random_below(40);

	if (v < 2)
		v |= 0x80u << 8 * (width - 1);
	else if (v == 2)
		v = random_below(1 << 24) * 251;
	for (uint8_t b = 0; b < width; b++)
		buf_put_u8(out, (uint8_t)(v >> 8 * b));
}

static inline void random_column_lay_out(struct random_column *c)
{
	const uint8_t *row = c->rows.data;
	size_t at[LAYOUT_ELEMENTS_MAX] = { 0 };

	for (size_t k = 0; k < c->layout.n_cells; k++) {
		for (uint32_t e = 0; e < c->layout.n_elements && e < c->n[k]; e++) {
			struct element_planes p = tile_element(&c->tile, e);
			uint32_t count = layout_values(&c->layout, e, c->n[k]);

			element_scatter(row + (size_t)e * c->tile.width, c->tile.width, c->n[k], &p,
					at[e], c->tile.n_samples, count);
			at[e] += (size_t)count * c->tile.n_samples;
		}
		row += (size_t)c->n[k] * c->tile.n_samples * c->tile.width;
	}
}

/* @n: of each cell, or the most where RAGGED. */
static inline void random_column_make(struct random_column *c, uint8_t width, uint32_t n_samples,
		size_t n_cells, uint32_t n, uint32_t n_elements, unsigned shape)
{
	memset(c, 0, sizeof(*c));
	c->n = calloc(n_cells + 1, sizeof(*c->n));
	for (size_t k = 0; k < n_cells; k++) {
		bool gap = shape & GAPS && !random_below(4);

		c->n[k] = gap ? 0 : shape & RAGGED ? random_below(n + 1) : n;
		buf_put_varint(&c->ns, shape & GAPS ? (gap ? 0 : c->n[k] + 1) : c->n[k]);
		for (size_t i = 0; i < (size_t)c->n[k] * n_samples; i++)
			random_value(&c->rows, width);
	}
	c->tile.ns = (struct cell_ns){ .ns = cursor_over(c->ns.data, c->ns.len),
		.n = n,
		.varying = shape != 0,
		.gaps = shape & GAPS };
	c->tile.layout = &c->layout;
	c->tile.n_samples = n_samples;
	c->tile.width = width;
	assert_true(format_layout_make(&c->layout, &c->tile.ns, n_cells, n_elements));
	assert_int_equal(c->layout.first[n_elements] * n_samples * width, c->rows.len);
	assert_true(buf_reserve(&c->planes, c->rows.len + 1));
	c->planes.len = c->rows.len;
	c->tile.data = c->planes.data;
	random_column_lay_out(c);
}

static inline void random_column_done(struct random_column *c)
{
	buf_done(&c->ns);
	buf_done(&c->rows);
	buf_done(&c->planes);
	free(c->n);
}

#endif
