/* SPDX-License-Identifier: MIT */
/*
 * The cells of a column, by INFO and FORMAT: what core/block/column_read.h is made of.
 *
 * Once all streams are in place, values are prepared: what the column's coding did to them is
 * undone, where they lie. Then cells are read one by one, each appended as a field of a record.
 * All return false where the column is damaged or @out is full.
 */
#ifndef GENOFS_BLOCK_COLUMN_CELLS_H
#define GENOFS_BLOCK_COLUMN_CELLS_H

#include "core/block/column_read.h"

bool info_values_prepare(struct column_reader *columns, uint32_t n_columns, uint32_t number,
		struct byte_sink *room);
/* Of all FORMAT columns: they are predicted from one another. */
bool format_values_prepare(
		struct column_reader *columns, uint32_t n_columns, const struct tile_set *tiles);

bool info_cell_next(
		struct column_reader *c, uint32_t n, const struct record *r, struct byte_sink *out);
bool info_column_finished(const struct column_reader *c);
bool format_cell_next(struct column_reader *c, uint32_t n, const struct tile_set *tiles,
		struct byte_sink *out);
bool format_column_finished(const struct column_reader *c, const struct tile_set *tiles);

/* What a field begins with. */
bool cell_put_head(struct column_reader *c, uint8_t type, uint32_t n, struct byte_sink *out);
/* A cell of @count plain values, n a sample. */
bool cell_ints(struct column_reader *c, uint32_t n, size_t count, struct byte_sink *out);
bool cell_floats(struct column_reader *c, uint32_t n, size_t count, struct byte_sink *out);

/* Values before the next exception in a stream of them. */
static inline uint64_t next_gap(struct cursor *exceptions)
{
	return cursor_left(exceptions) ? cursor_varint(exceptions) : UINT64_MAX;
}

/* A tile of a column for its predictors. */
static inline struct tile_values column_tile(const struct column_reader *c, uint32_t tile)
{
	struct tile_values t = {
		.layout = &c->layout,
		.ns = { .ns = c->ns,
				.n = c->n,
				.varying = c->flags & COLUMN_VARYING,
				.gaps = c->flags & COLUMN_GAPS },
		.data = c->tiles[tile].values,
		.n_samples = c->tiles[tile].n_samples,
		.width = c->planes_width,
	};

	/* The n of a text's cells are lengths: each sample has one number. */
	if (c->class == COLUMN_TEXT)
		t.ns = (struct cell_ns){ .n = 1 };
	return t;
}

static inline size_t sink_left(const struct byte_sink *out)
{
	return (size_t)(out->end - out->at);
}

#endif
