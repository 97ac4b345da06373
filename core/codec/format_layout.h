/* SPDX-License-Identifier: MIT */
/*
 * How the values of a FORMAT column lie: docs/format.md, "Tiles and elements", in C.
 *
 * The samples are cut into tiles. In a tile the values of each element come together: all first
 * values of the cells, cell after cell and in it sample after sample, then all second ones. The
 * last element may have several values of a sample, side by side: all that are left.
 */
#ifndef GENOFS_CODEC_FORMAT_LAYOUT_H
#define GENOFS_CODEC_FORMAT_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/cursor.h"

enum { LAYOUT_ELEMENTS_MAX = 12 };

/* The first sample of tile @tile; of @n_tiles, the number of samples. */
static inline uint32_t tile_begin(uint32_t n_samples, uint32_t n_tiles, uint32_t tile)
{
	return (uint32_t)((uint64_t)n_samples * tile / n_tiles);
}

/* The n of one cell after the other. */
struct cell_ns {
	struct cursor ns; /* varints, where @varying */
	uint32_t n;       /* else of every cell */
	bool varying;
	bool gaps; /* of one record after the other, n + 1, or 0 where it has no cell */
};

/* A record without a cell is as one whose cell has no values. */
static inline uint32_t cell_ns_next(struct cell_ns *c)
{
	uint32_t n = c->varying ? cursor_varint32(&c->ns) : c->n;

	return c->gaps && n ? n - 1 : n;
}

struct format_layout {
	size_t n_cells;
	uint32_t n_elements; /* 1 to LAYOUT_ELEMENTS_MAX */
	bool rest;           /* the last one may have several values of a sample */
	/* Values of a sample in the elements before each; [n_elements]: in all of them. */
	size_t first[LAYOUT_ELEMENTS_MAX + 1];
};

/* Return: false where @ns are damaged. */
bool format_layout_make(struct format_layout *l, const struct cell_ns *ns, size_t n_cells,
		uint32_t n_elements);

/* How many values of a sample element @e has in a cell of @n. */
static inline uint32_t layout_values(const struct format_layout *l, uint32_t e, uint32_t n)
{
	if (n <= e)
		return 0;
	return e + 1 == l->n_elements ? n - e : 1;
}

/* A column's values in a tile: each element as planes of its values. */
struct tile_values {
	const struct format_layout *layout;
	struct cell_ns ns;
	uint8_t *data; /* layout->first[n_elements] * n_samples * width bytes */
	uint32_t n_samples;
	uint8_t width; /* 1, 2 or 4 */
};

/* The planes of an element. */
struct element_planes {
	uint8_t *data;
	size_t n; /* bytes of a plane */
};

static inline struct element_planes tile_element(const struct tile_values *t, uint32_t e)
{
	const struct format_layout *l = t->layout;
	struct element_planes p = {
		.data = t->data + l->first[e] * t->n_samples * t->width,
		.n = (l->first[e + 1] - l->first[e]) * t->n_samples,
	};

	return p;
}

/**
 * element_scatter() - values of a cell into the planes of an element
 * @values: the first of them, @width bytes each; the next sample's is @stride values further
 * @at:     their place in the planes; there are @n_samples times @n
 */
void element_scatter(const uint8_t *values, uint8_t width, size_t stride,
		const struct element_planes *p, size_t at, uint32_t n_samples, uint32_t n);

/**
 * cell_gather() - the values of a cell, sample after sample, as integers of @size bytes
 * @at:  values of a sample that are before the cell in each element, of those that it has
 * @out: n_samples times @n values
 *
 * Where @size is the planes' width, values are not looked at: they may be floats. Values that do
 * not fit @size come out as other ones.
 */
void cell_gather(const struct tile_values *t, const size_t *at, uint32_t n, uint8_t *out,
		uint8_t size);

/* The narrowest width that holds @count integers at @at of the planes, as int_values_width(). */
uint8_t element_int_width(const struct element_planes *p, uint8_t width, size_t at, size_t count);

#endif
