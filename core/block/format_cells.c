/* SPDX-License-Identifier: MIT */
#include "core/block/column_cells.h"
#include "core/codec/float_model.h"
#include "core/codec/gt_cell.h"
#include "core/record/record.h"

/* The planes of element @e in a tile. */
static struct element_planes planes_of(
		const struct column_reader *c, const struct tile_reader *tile, uint32_t e)
{
	const size_t *first = &c->layout.first[e];
	struct element_planes p = {
		.data = tile->values + first[0] * tile->n_samples * c->planes_width,
		.n = (first[1] - first[0]) * tile->n_samples,
	};

	return p;
}

/* How many elements a cell of @n has, and whether the planes have their values. */
static bool count_elements(const struct column_reader *c, uint32_t n, uint32_t *n_elements)
{
	const struct format_layout *l = &c->layout;

	*n_elements = n < l->n_elements ? n : l->n_elements;
	for (uint32_t e = 0; e < *n_elements; e++)
		if (layout_values(l, e, n) > l->first[e + 1] - l->first[e] - c->element_at[e])
			return false;
	return true;
}

static void skip_elements(struct column_reader *c, uint32_t n, uint32_t n_elements)
{
	for (uint32_t e = 0; e < n_elements; e++)
		c->element_at[e] += layout_values(&c->layout, e, n);
}

/* The narrowest type of the next cell's integers. */
static uint8_t cell_type(const struct column_reader *c, uint32_t n, uint32_t n_elements,
		const struct tile_set *tiles)
{
	static const uint8_t type_of[] = {
		[1] = RECORD_INT8, [2] = RECORD_INT16, [4] = RECORD_INT32
	};
	uint8_t widest = 1;

	for (uint32_t t = 0; t < tiles->n_tiles && widest < c->width; t++)
		for (uint32_t e = 0; e < n_elements; e++) {
			const struct tile_reader *tile = &c->tiles[t];
			struct element_planes p = planes_of(c, tile, e);
			size_t count = (size_t)layout_values(&c->layout, e, n) * tile->n_samples;
			uint8_t width = element_int_width(
					&p, c->width, c->element_at[e] * tile->n_samples, count);

			widest = width > widest ? width : widest;
		}
	return type_of[widest];
}

static void gather_cell(const struct column_reader *c, uint32_t n, const struct tile_set *tiles,
		uint8_t *out, uint8_t size)
{
	for (uint32_t i = 0; i < tiles->n_tiles; i++) {
		struct tile_values t = column_tile(c, i);

		cell_gather(&t, c->element_at, n, out + (size_t)c->tiles[i].first * n * size, size);
	}
}

/* Integers to the floats that they are with their decimals, where they lie. */
static bool point_decimals(
		const struct column_reader *c, struct tile_reader *tile, size_t n, uint8_t *values)
{
	double den = float_power_of_10(c->decimals & ~(unsigned)FORMAT_ZERO_NEGATIVE);
	uint32_t zero = c->decimals & FORMAT_ZERO_NEGATIVE ? 0x80000000 : 0;
	int32_t exception = format_exception(c->planes_width);

	for (size_t i = 0; i < n * tile->n_samples; i++) {
		uint32_t v;

		memcpy(&v, values + i * sizeof(v), sizeof(v));
		v = le32toh(v);
		if ((int32_t)v == exception)
			v = cursor_u32(&tile->next_len);
		else
			v = v ? float_quotient((int32_t)v, den, ROUND_NOT) : zero;
		v = htole32(v);
		memcpy(values + i * sizeof(v), &v, sizeof(v));
	}
	return !cursor_bad(&tile->next_len);
}

static bool next_numbers(struct column_reader *c, uint32_t n, const struct tile_set *tiles,
		struct byte_sink *out)
{
	size_t count = (size_t)n * tiles->n_samples;
	uint8_t type = RECORD_FLOAT;
	uint32_t n_elements;
	size_t size;

	if (!count_elements(c, n, &n_elements))
		return false;
	if (c->class == COLUMN_INT) {
		type = c->flags & COLUMN_TYPED ? cursor_u8(&c->types)
					       : cell_type(c, n, n_elements, tiles);
		if (type < RECORD_INT8 || type > RECORD_INT32)
			return false;
	}
	size = record_type_size(type);
	if (!cell_put_head(c, type, n, out) || count > sink_left(out) / size)
		return false;
	gather_cell(c, n, tiles, out->at, (uint8_t)size);
	for (uint32_t t = 0; t < tiles->n_tiles && c->coding == VALUES_DECIMALS; t++)
		if (!point_decimals(c, &c->tiles[t], n,
				    out->at + (size_t)c->tiles[t].first * n * size))
			return false;
	skip_elements(c, n, n_elements);
	out->at += count * size;
	return true;
}

/* A text of @len bytes, filled up to @n. */
static bool put_text(const uint8_t *p, size_t len, uint32_t n, struct byte_sink *out)
{
	if (!p || len > n)
		return false;
	memcpy(out->at, p, len);
	memset(out->at + len, 0, n - len);
	out->at += n;
	return true;
}

static bool put_plain(struct tile_reader *tile, uint32_t n, struct byte_sink *out)
{
	for (uint32_t s = 0; s < tile->n_samples; s++) {
		uint64_t len = cursor_varint(&tile->next_len);

		if (len > n || !put_text(cursor_take(&tile->next_text, (size_t)len), (size_t)len, n,
					       out))
			return false;
	}
	return !cursor_bad(&tile->next_len);
}

static uint32_t dictionary_u32(const struct tile_reader *tile, size_t i)
{
	uint32_t v;

	memcpy(&v, tile->lens + i * sizeof(v), sizeof(v));
	return le32toh(v);
}

/* A text of the dictionary that format_values_prepare() opened. */
static bool put_indexed(
		const struct tile_reader *tile, uint32_t i, uint32_t n, struct byte_sink *out)
{
	uint32_t n_texts = tile->lens_len ? dictionary_u32(tile, 0) : 0;
	const uint8_t *texts = tile->lens + (n_texts + (size_t)1) * sizeof(uint32_t);
	uint32_t begin;

	if (i >= n_texts)
		return false;
	begin = i ? dictionary_u32(tile, i) : 0;
	return put_text(texts + begin, dictionary_u32(tile, i + (size_t)1) - begin, n, out);
}

static bool put_indexed_tile(const struct column_reader *c, const struct tile_reader *tile,
		uint32_t n, struct byte_sink *out)
{
	struct element_planes p = planes_of(c, tile, 0);
	size_t at = c->element_at[0] * tile->n_samples;

	for (uint32_t s = 0; s < tile->n_samples; s++) {
		uint32_t i = 0;

		for (uint8_t b = 0; b < c->planes_width; b++)
			i |= (uint32_t)p.data[b * p.n + at + s] << 8 * b;
		if (!put_indexed(tile, i, n, out))
			return false;
	}
	return true;
}

static bool next_text(struct column_reader *c, uint32_t n, const struct tile_set *tiles,
		struct byte_sink *out)
{
	bool indexed = c->coding == VALUES_INDEXED;
	uint32_t n_elements;

	if ((indexed && !count_elements(c, 1, &n_elements)) ||
			!cell_put_head(c, RECORD_CHAR, n, out) ||
			(size_t)n * tiles->n_samples > sink_left(out))
		return false;
	for (uint32_t t = 0; t < tiles->n_tiles; t++)
		if (!(indexed ? put_indexed_tile(c, &c->tiles[t], n, out)
			      : put_plain(&c->tiles[t], n, out)))
			return false;
	if (indexed)
		skip_elements(c, 1, 1);
	return true;
}

/* The counts of the record's ALT rows, where they are in its INFO. */
static bool given_counts(const struct column_reader *gt, struct record_field *out)
{
	struct cursor cell = gt->counts->cell;

	return gt->counts->n_read == gt->n_read && record_field_next(&cell, 1, out) &&
	       out->type >= RECORD_INT8 && out->type <= RECORD_INT32;
}

/* The cell at @cell, of all samples, made one of the tile's, which is no longer. */
static bool cut_gt(const struct tile_set *tiles, uint32_t n, uint8_t *cell, size_t *len)
{
	struct gt_cut *cut = tiles->cut;
	struct gt_cell head;
	size_t width;

	if (!gt_cell_open(cell, *len, &head))
		return false;
	width = (size_t)n * record_type_size(head.type);
	buf_clear(&cut->values);
	buf_clear(&cut->cell);
	if (!buf_reserve(&cut->values, width * tiles->n_all + 1) ||
			!gt_cell_values(cell, *len, n, tiles->n_all, cut->values.data) ||
			gt_cell_encode(head.type, cut->values.data + width * tiles->first, n,
					tiles->n_samples, &cut->gt, &cut->cell) != 1 ||
			buf_failed(&cut->cell) || cut->cell.len > *len)
		return false;
	memcpy(cell, cut->cell.data, cut->cell.len);
	*len = cut->cell.len;
	return true;
}

static bool next_gt(struct column_reader *c, uint32_t n, const struct tile_set *tiles,
		struct byte_sink *out)
{
	size_t count = (size_t)n * tiles->n_all;
	struct record_field counts;
	uint32_t le_len = 0;
	size_t width;
	uint8_t *at;
	size_t len;

	if (count > UINT32_MAX || !cell_put_head(c, RECORD_GT, n, out) ||
			(c->counts && !given_counts(c, &counts)))
		return false;
	at = out->at;
	if (!sink_put(out, &le_len, sizeof(le_len)) ||
			!gt_reader_next(&c->gt, (uint32_t)count, c->counts ? &counts : NULL,
					out->at, sink_left(out), &len) ||
			(tiles->tile != TILE_ALL && !cut_gt(tiles, n, out->at, &len)) ||
			len > UINT32_MAX)
		return false;
	width = (size_t)n * record_type_size(*out->at);
	out->bcf_more += width * tiles->n_samples - sizeof(le_len) - len;
	le_len = htole32((uint32_t)len);
	memcpy(at, &le_len, sizeof(le_len));
	out->at += len;
	return true;
}

bool format_cell_next(struct column_reader *c, uint32_t n, const struct tile_set *tiles,
		struct byte_sink *out)
{
	switch (c->class) {
	case COLUMN_INT:
	case COLUMN_FLOAT:
		return next_numbers(c, n, tiles, out);
	case COLUMN_TEXT:
		return next_text(c, n, tiles, out);
	default:
		return next_gt(c, n, tiles, out);
	}
}

bool format_column_finished(const struct column_reader *c, const struct tile_set *tiles)
{
	const struct format_layout *l = &c->layout;

	for (uint32_t e = 0; e < l->n_elements; e++)
		if (c->element_at[e] != l->first[e + 1] - l->first[e])
			return false;
	for (uint32_t t = 0; t < tiles->n_tiles; t++) {
		const struct tile_reader *tile = &c->tiles[t];

		if (c->class == COLUMN_TEXT && c->coding == VALUES_PLAIN) {
			if (!cursor_finished(&tile->next_text) || !cursor_finished(&tile->next_len))
				return false;
		} else if (c->coding == VALUES_DECIMALS) {
			if (!cursor_finished(&tile->next_len))
				return false;
		} else if ((tile->values_len && !c->planes_width) ||
				(tile->lens_len && c->class != COLUMN_TEXT)) {
			return false;
		}
	}
	return true;
}
