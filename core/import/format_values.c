/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "core/import/format_model.h"

/* From as many samples on, a byte a cell says its type: that is less work than finding it out. */
enum { TYPED_SAMPLES = 16 };
/* As many are worth a byte a record that puts a column's cells beside those of others. */
enum { GAPS_SAMPLES = 8 };

bool format_planes_reserve(struct buf *planes, const struct column *c)
{
	const struct format_column *f = &c->format;
	size_t len = f->layout.first[f->layout.n_elements] * f->n_samples * f->width;

	buf_clear(planes);
	if (!buf_reserve(planes, len))
		return false;
	planes->len = len;
	return true;
}

static size_t count_cells(const struct format_model *m, const struct column *c)
{
	return c->flags & COLUMN_GAPS ? m->n_records : c->n_cells;
}

/* Where a column lacks some records' cells, say so: others, that have theirs, can then be
 * predicted from it. */
static void fill_gaps(struct format_model *m, struct column *c)
{
	struct format_column *f = &c->format;
	struct buf ns = c->ns;

	if (f->twice || c->n_cells == m->n_records || c->n_cells < m->n_records / 4 ||
			m->n_samples < GAPS_SAMPLES)
		return;
	for (; f->n_entries < m->n_records; f->n_entries++)
		buf_put_varint(&f->entries, 0);
	c->ns = f->entries;
	f->entries = ns;
	c->flags |= COLUMN_GAPS | COLUMN_VARYING;
}

/* A cell of @n values for each sample of a tile, the first of which are at @values. */
static void scatter_cell(const struct tile_values *t, const uint8_t *values, uint32_t n,
		const size_t *element_at)
{
	for (uint32_t e = 0; e < t->layout->n_elements && e < n; e++) {
		struct element_planes p = tile_element(t, e);

		element_scatter(values + (size_t)e * t->width, t->width, n, &p,
				element_at[e] * t->n_samples, t->n_samples,
				layout_values(t->layout, e, n));
	}
}

static void scatter_tile(struct column *c, const uint8_t *values, uint32_t n_tiles, uint32_t tile)
{
	struct tile_values t = format_tile(c, n_tiles, tile);
	uint32_t first = tile_begin(c->format.n_samples, n_tiles, tile);
	size_t element_at[LAYOUT_ELEMENTS_MAX] = { 0 };

	for (size_t k = 0; k < t.layout->n_cells; k++) {
		uint32_t n = cell_ns_next(&t.ns);

		scatter_cell(&t, values + (size_t)first * n * t.width, n, element_at);
		for (uint32_t e = 0; e < t.layout->n_elements && e < n; e++)
			element_at[e] += layout_values(t.layout, e, n);
		values += (size_t)c->format.n_samples * n * t.width;
	}
}

static int lay_out(struct format_model *m, struct column *c, uint32_t n_elements)
{
	struct format_column *f = &c->format;
	struct cell_ns ns = format_tile(c, 1, 0).ns;
	struct buf values;

	if (!format_layout_make(&f->layout, &ns, count_cells(m, c), n_elements) ||
			buf_failed(&c->ns) || !format_planes_reserve(&m->scratch, c))
		return -ENOMEM;
	values = c->values;
	c->values = m->scratch;
	m->scratch = values;
	for (uint32_t t = 0; t < m->n_tiles; t++)
		scatter_tile(c, values.data, m->n_tiles, t);
	return 0;
}

/* The other way round: the values of a tile as they were gathered. */
static void gather_tile(const struct column *c, uint8_t *values, uint32_t n_tiles, uint32_t tile)
{
	struct tile_values t = format_tile(c, n_tiles, tile);
	uint32_t first = tile_begin(c->format.n_samples, n_tiles, tile);
	size_t element_at[LAYOUT_ELEMENTS_MAX] = { 0 };

	for (size_t k = 0; k < t.layout->n_cells; k++) {
		uint32_t n = cell_ns_next(&t.ns);

		cell_gather(&t, element_at, n, values + (size_t)first * n * t.width, t.width);
		for (uint32_t e = 0; e < t.layout->n_elements; e++)
			element_at[e] += layout_values(t.layout, e, n);
		values += (size_t)c->format.n_samples * n * t.width;
	}
}

int format_layout_again(struct format_model *m, struct column *c, uint32_t n_elements)
{
	struct buf planes = c->values;

	if (!format_planes_reserve(&m->scratch, c))
		return -ENOMEM;
	for (uint32_t t = 0; t < m->n_tiles; t++)
		gather_tile(c, m->scratch.data, m->n_tiles, t);
	c->values = m->scratch;
	m->scratch = planes;
	return lay_out(m, c, n_elements);
}

int format_layout_column(struct format_model *m, struct column *c)
{
	struct format_column *f = &c->format;
	uint32_t n = f->max_n < LAYOUT_ELEMENTS_MAX ? f->max_n : LAYOUT_ELEMENTS_MAX;
	int r;

	fill_gaps(m, c);
	c->coding = VALUES_ELEMENTS;
	f->width = column_value_width(c);
	if (c->class == COLUMN_FLOAT && format_decimals(m, c) < 0)
		return -ENOMEM;
	r = lay_out(m, c, n ? n : 1);
	if (r < 0)
		return r;
	if (c->class == COLUMN_INT && f->width > 1 && m->n_samples >= TYPED_SAMPLES)
		c->flags |= COLUMN_TYPED;
	return 0;
}
