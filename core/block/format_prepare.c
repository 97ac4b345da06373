/* SPDX-License-Identifier: MIT */
#include "core/block/column_cells.h"

static uint64_t values_len(const struct column_reader *c, const struct tile_set *tiles)
{
	uint64_t len = 0;

	for (uint32_t t = 0; t < tiles->n_tiles; t++)
		len += c->tiles[t].values_len;
	return len;
}

/* How many cells there are: as many as have an n, or as the values are for. */
static size_t count_cells(const struct column_reader *c, const struct cell_ns *ns,
		const struct tile_set *tiles)
{
	struct cursor n = ns->ns;
	uint64_t cell;
	size_t count = 0;

	if (!ns->varying) {
		if (__builtin_mul_overflow(
				    (uint64_t)ns->n * c->planes_width, tiles->n_samples, &cell) ||
				!cell)
			return 0;
		return (size_t)(values_len(c, tiles) / cell);
	}
	for (; cursor_left(&n); count++)
		cursor_varint32(&n);
	return count;
}

/* Each tile has the values of its samples, no more and no less. */
static bool lengths_fit(const struct column_reader *c, const struct tile_set *tiles)
{
	size_t values = c->layout.first[c->layout.n_elements];

	for (uint32_t t = 0; t < tiles->n_tiles; t++) {
		struct tile_values tile = column_tile(c, t);
		size_t len;

		if (__builtin_mul_overflow(values, (size_t)tile.n_samples * tile.width, &len) ||
				len != c->tiles[t].values_len)
			return false;
	}
	return true;
}

static bool open_planes(struct column_reader *c, uint32_t n_elements, const struct tile_set *tiles)
{
	struct cell_ns ns = column_tile(c, 0).ns;

	return n_elements && n_elements <= LAYOUT_ELEMENTS_MAX &&
	       format_layout_make(&c->layout, &ns, count_cells(c, &ns, tiles), n_elements) &&
	       lengths_fit(c, tiles);
}

static bool is_int_width(uint8_t width)
{
	return width == 1 || width == 2 || width == 4;
}

static void open_parts(struct column_reader *c, const struct tile_set *tiles)
{
	for (uint32_t t = 0; t < tiles->n_tiles; t++) {
		struct tile_reader *tile = &c->tiles[t];

		tile->next_text = cursor_over(tile->values, tile->values_len);
		tile->next_len = cursor_over(tile->lens, tile->lens_len);
	}
}

static bool open_numbers(struct column_reader *c, const struct tile_set *tiles)
{
	uint32_t n_elements = 1;

	c->planes_width = c->width;
	if (c->coding == VALUES_DECIMALS) {
		c->decimals = cursor_u8(&c->params);
		c->planes_width = cursor_u8(&c->params);
		if (c->class != COLUMN_FLOAT ||
				(c->decimals & ~FORMAT_ZERO_NEGATIVE) > FORMAT_DECIMALS_MAX ||
				!is_int_width(c->planes_width))
			return false;
		open_parts(c, tiles);
	}
	if (c->coding == VALUES_ELEMENTS || c->coding == VALUES_DECIMALS) {
		n_elements = cursor_u8(&c->params);
		c->pass = cursor_u8(&c->params);
	} else if (c->coding != VALUES_PLAIN) {
		return false;
	}
	c->predictors = c->params;
	return !cursor_bad(&c->params) && c->pass < FORMAT_PASSES &&
	       open_planes(c, n_elements, tiles);
}

static bool open_text(struct column_reader *c, const struct tile_set *tiles)
{
	if (c->coding == VALUES_INDEXED) {
		c->planes_width = cursor_u8(&c->params);
		c->pass = cursor_u8(&c->params);
		c->predictors = c->params;
		return !cursor_bad(&c->params) && c->pass < FORMAT_PASSES &&
		       is_int_width(c->planes_width) && open_planes(c, 1, tiles);
	}
	open_parts(c, tiles);
	return c->coding == VALUES_PLAIN;
}

/* What the counts of genotypes are given by. */
static bool open_gt(
		struct column_reader *gt, const struct column_reader *columns, uint32_t n_columns)
{
	uint32_t from;

	if (gt->coding == VALUES_PLAIN)
		return true;
	from = cursor_varint32(&gt->params);
	if (gt->coding != VALUES_GT_GIVEN || !cursor_finished(&gt->params) || from >= n_columns ||
			columns[from].class != COLUMN_INT || columns[from].flags & COLUMN_FORMAT)
		return false;
	gt->counts = &columns[from];
	return true;
}

static bool open_column(struct column_reader *c, const struct column_reader *columns,
		uint32_t n_columns, const struct tile_set *tiles)
{
	switch (c->class) {
	case COLUMN_INT:
	case COLUMN_FLOAT:
		return open_numbers(c, tiles);
	case COLUMN_TEXT:
		return open_text(c, tiles);
	case COLUMN_GT:
		return open_gt(c, columns, n_columns);
	default:
		return c->coding == VALUES_PLAIN;
	}
}

/* Turn a dictionary's lengths into ends, where they lie. */
static bool open_dictionary(struct tile_reader *tile)
{
	struct cursor c = cursor_over(tile->lens, tile->lens_len);
	uint32_t n = cursor_left(&c) ? cursor_u32(&c) : 0;
	uint64_t end = 0;

	if (tile->lens_len > UINT32_MAX || n > cursor_left(&c) / sizeof(uint32_t))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t le_end;

		end += cursor_u32(&c);
		le_end = htole32((uint32_t)end);
		memcpy(tile->lens + sizeof(n) * (i + 1), &le_end, sizeof(le_end));
		/* Not all were read: what is left is more than the texts. */
		if (end > cursor_left(&c))
			return false;
	}
	return end == cursor_left(&c);
}

/* Elements before the one that has several values of a sample. */
static uint32_t single_elements(const struct format_layout *l)
{
	return l->n_elements - l->rest;
}

/* Whether what a predictor names is there and true when element @e of column @number needs it. */
static bool source_fits(const struct column_reader *columns, uint32_t n_columns, uint32_t number,
		uint32_t e, const struct predictor *how, unsigned i)
{
	uint32_t column = how->from[i].column;
	uint32_t element = how->from[i].element;
	const struct column_reader *c = &columns[number];
	const struct column_reader *from;

	if (column >= n_columns)
		return false;
	from = &columns[column];
	if (!(from->flags & COLUMN_FORMAT) || !from->planes_width ||
			from->layout.n_cells != c->layout.n_cells ||
			e >= single_elements(&c->layout))
		return false;
	if (predictor_elements(how->kind) && element >= single_elements(&from->layout))
		return false;
	if (column == number)
		return predictor_elements(how->kind) && element < e;
	return from->pass < c->pass;
}

static bool undo_element(const struct column_reader *columns, uint32_t n_columns, uint32_t number,
		const struct predictor *how, uint32_t e, const struct tile_set *tiles,
		uint32_t tile)
{
	struct tile_values target = column_tile(&columns[number], tile);
	struct tile_values from[PREDICT_SOURCES_MAX];
	struct predict_job job = { .how = *how,
		.target = &target,
		.element = e,
		.n_cells = target.layout->n_cells,
		.table = tiles->table };

	for (unsigned i = 0; i < predictor_elements(how->kind) + predictor_columns(how->kind);
			i++) {
		if (!source_fits(columns, n_columns, number, e, how, i))
			return false;
		from[i] = column_tile(&columns[how->from[i].column], tile);
		job.from[i] = &from[i];
	}
	predict_undo(&job);
	return true;
}

static bool undo_column(const struct column_reader *columns, uint32_t n_columns, uint32_t number,
		const struct tile_set *tiles, uint32_t tile)
{
	const struct column_reader *c = &columns[number];
	struct cursor predictors = c->predictors;
	struct predictor how;

	if (c->coding == VALUES_PLAIN)
		return true;
	for (uint32_t e = 0; e < c->layout.n_elements; e++)
		if (!predictor_read(&predictors, &how) ||
				!undo_element(columns, n_columns, number, &how, e, tiles, tile))
			return false;
	return cursor_finished(&predictors) &&
	       (c->coding != VALUES_INDEXED || open_dictionary(&c->tiles[tile]));
}

/* A column is predicted from columns of smaller passes: there can be no circle. */
static bool prepare_tile(const struct column_reader *columns, uint32_t n_columns,
		const struct tile_set *tiles, uint32_t tile)
{
	for (unsigned pass = 0; pass < FORMAT_PASSES; pass++)
		for (uint32_t i = 0; i < n_columns; i++)
			if (columns[i].flags & COLUMN_FORMAT && columns[i].pass == pass &&
					!undo_column(columns, n_columns, i, tiles, tile))
				return false;
	return true;
}

bool format_values_prepare(
		struct column_reader *columns, uint32_t n_columns, const struct tile_set *tiles)
{
	for (uint32_t i = 0; i < n_columns; i++)
		if (columns[i].flags & COLUMN_FORMAT &&
				!open_column(&columns[i], columns, n_columns, tiles))
			return false;
	for (uint32_t t = 0; t < tiles->n_tiles; t++)
		if (!prepare_tile(columns, n_columns, tiles, t))
			return false;
	return true;
}
