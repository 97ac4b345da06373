/* SPDX-License-Identifier: MIT */
#include "core/block/column_read.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/large.h"
#include "core/block/column_cells.h"
#include "core/codec/int_values.h"
#include "core/record/bcf_length.h"
#include "core/record/record.h"

bool sink_put(struct byte_sink *out, const void *p, size_t n)
{
	if (n > sink_left(out))
		return false;
	if (n)
		memcpy(out->at, p, n);
	out->at += n;
	return true;
}

bool sink_put_varint(struct byte_sink *out, uint64_t v)
{
	if (sink_left(out) < VARINT_MAX && sink_left(out) < varint_size(v))
		return false;
	for (; v >= 0x80; v >>= 7)
		*out->at++ = (uint8_t)(v | 0x80);
	*out->at++ = (uint8_t)v;
	return true;
}

bool column_reader_open(struct column_reader *c, struct cursor *description, uint32_t n_keys,
		uint32_t gt_slots)
{
	size_t params_len;

	memset(c, 0, sizeof(*c));
	c->gt.max_slots = gt_slots;
	c->flags = cursor_u8(description);
	c->class = cursor_u8(description);
	c->width = cursor_u8(description);
	c->key = cursor_varint32(description);
	c->n = cursor_varint32(description);
	c->coding = cursor_u8(description);
	c->params.at = cursor_bytes(description, &params_len);
	if (c->flags & COLUMN_SITE)
		n_keys = N_SITE_COLUMNS;
	if (cursor_bad(description) || c->key >= n_keys || c->class >= N_COLUMN_CLASSES ||
			c->flags > COLUMN_FLAGS_MAX ||
			(c->flags & COLUMN_BY_ALLELES && c->n >= N_ALLELE_COUNTS) ||
			(c->flags & COLUMN_BY_ALLELES && c->flags & COLUMN_FORMAT) ||
			(c->flags & COLUMN_SITE && c->flags != COLUMN_SITE) ||
			(c->flags & COLUMN_GAPS && ~c->flags & (COLUMN_FORMAT | COLUMN_VARYING)) ||
			c->coding >= N_VALUE_CODINGS)
		return false;
	c->params = cursor_over(c->params.at, params_len);
	if (c->class == COLUMN_FLOAT)
		c->width = 4;
	else if (c->class == COLUMN_INT && c->width != 1 && c->width != 2 && c->width != 4)
		return false;
	c->ns = c->types = c->values = cursor_over(NULL, 0);
	c->exceptions = c->texts = c->values;
	for (unsigned i = 0; i < N_GT_STREAMS; i++)
		c->gt.streams[i] = c->values;
	return c->class != COLUMN_GT || c->flags & COLUMN_FORMAT;
}

void column_reader_done(struct column_reader *c)
{
	gt_reader_done(&c->gt);
}

struct cursor *column_reader_stream(struct column_reader *c, enum stream_kind kind)
{
	bool fmt = c->flags & COLUMN_FORMAT;

	switch (kind) {
	case STREAM_INFO_N:
		return fmt ? NULL : &c->ns;
	case STREAM_INFO_TYPE:
		return fmt ? NULL : &c->types;
	case STREAM_INFO_VALUES:
		return fmt ? NULL : &c->values;
	case STREAM_INFO_EXCEPTIONS:
		return fmt ? NULL : &c->exceptions;
	case STREAM_INFO_TEXTS:
		return fmt ? NULL : &c->texts;
	case STREAM_FORMAT_N:
		return fmt ? &c->ns : NULL;
	case STREAM_FORMAT_TYPE:
		return fmt ? &c->types : NULL;
	default:
		if (kind < STREAM_GT_META || kind >= STREAM_GT_META + N_GT_STREAMS)
			return NULL;
		return fmt ? &c->gt.streams[kind - STREAM_GT_META] : NULL;
	}
}

bool cell_put_head(struct column_reader *c, uint8_t type, uint32_t n, struct byte_sink *out)
{
	if (c->key < BCF_KEY_SMALL && n < BCF_DESCRIPTOR_N && sink_left(out) >= 3) {
		*out->at++ = (uint8_t)c->key;
		*out->at++ = type;
		*out->at++ = (uint8_t)n;
		return true;
	}
	out->bcf_more += bcf_head_more(c->key, n);
	return sink_put_varint(out, c->key) && sink_put(out, &type, 1) && sink_put_varint(out, n);
}

/* The next @count values of the planes. */
static bool cell_planes(struct column_reader *c, size_t count, struct planes *p)
{
	p->data = c->values.at;
	p->width = c->width;
	p->n = cursor_left(&c->values) / c->width;
	p->first = c->at;
	p->count = count;
	if (count > p->n - p->first)
		return false;
	c->at += count;
	return true;
}

bool cell_ints(struct column_reader *c, uint32_t n, size_t count, struct byte_sink *out)
{
	static const uint8_t type_of[] = {
		[1] = RECORD_INT8, [2] = RECORD_INT16, [4] = RECORD_INT32
	};
	struct planes p;
	uint8_t type;
	size_t size;

	if (!cell_planes(c, count, &p))
		return false;
	if (c->flags & COLUMN_TYPED)
		type = cursor_u8(&c->types);
	else
		type = c->width == 1 ? RECORD_INT8 : type_of[planes_int_width(&p)];
	size = record_type_size(type);
	if (type < RECORD_INT8 || type > RECORD_INT32 || !cell_put_head(c, type, n, out) ||
			count > sink_left(out) / size)
		return false;
	planes_int_convert(&p, out->at, (uint8_t)size);
	out->at += count * size;
	return true;
}

bool cell_floats(struct column_reader *c, uint32_t n, size_t count, struct byte_sink *out)
{
	struct planes p;

	if (!cell_planes(c, count, &p) || !cell_put_head(c, RECORD_FLOAT, n, out) ||
			count > sink_left(out) / sizeof(uint32_t))
		return false;
	planes_join(&p, out->at);
	out->at += count * sizeof(uint32_t);
	return true;
}

void tile_set_choose(struct tile_set *t, uint32_t n_tiles, uint32_t n_samples, uint32_t tile)
{
	t->n_all = n_samples;
	t->of_n_tiles = n_tiles;
	t->tile = tile;
	t->first = tile == TILE_ALL ? 0 : tile_begin(n_samples, n_tiles, tile);
	t->n_samples = tile == TILE_ALL ? n_samples
					: tile_begin(n_samples, n_tiles, tile + 1) - t->first;
	t->n_tiles = tile == TILE_ALL ? n_tiles : 1;
}

/* The tiles of a column, before they have streams. */
static void tiles_begin(const struct tile_set *t, struct tile_reader *tiles)
{
	for (uint32_t i = 0; i < t->n_tiles; i++) {
		/* Where there are no values: a place for none. */
		tiles[i].values = tiles[i].lens = (uint8_t *)t->table;
		tiles[i].first = tile_begin(t->n_samples, t->n_tiles, i);
		tiles[i].n_samples = tile_begin(t->n_samples, t->n_tiles, i + 1) - tiles[i].first;
	}
}

int tile_set_open(struct tile_set *t, struct column_reader *columns, uint32_t n_columns)
{
	size_t n = 0;

	for (uint32_t i = 0; i < n_columns; i++)
		n += columns[i].flags & COLUMN_FORMAT ? t->n_tiles : 0;
	t->tiles = calloc(n + 1, sizeof(*t->tiles));
	t->table = large_alloc(sizeof(*t->table));
	if (t->tile != TILE_ALL)
		t->cut = calloc(1, sizeof(*t->cut));
	if (!t->tiles || !t->table || (t->tile != TILE_ALL && !t->cut))
		return -ENOMEM;
	n = 0;
	for (uint32_t i = 0; i < n_columns; i++)
		if (columns[i].flags & COLUMN_FORMAT) {
			columns[i].tiles = t->tiles + n;
			tiles_begin(t, columns[i].tiles);
			n += t->n_tiles;
		}
	return 0;
}

void tile_set_done(struct tile_set *t)
{
	free(t->tiles);
	large_free(t->table);
	if (t->cut) {
		buf_done(&t->cut->values);
		buf_done(&t->cut->cell);
		gt_scratch_done(&t->cut->gt);
	}
	free(t->cut);
	t->cut = NULL;
	t->tiles = NULL;
	t->table = NULL;
}

uint64_t tile_set_cost(uint32_t n_columns, uint32_t n_tiles)
{
	return ((uint64_t)n_columns * n_tiles + 1) * sizeof(struct tile_reader) +
	       sizeof(struct predict_table);
}

bool tile_set_put(const struct tile_set *t, struct column_reader *columns, uint32_t n_columns,
		enum stream_kind kind, uint32_t number, uint8_t *data, size_t len)
{
	struct tile_reader *tile;
	uint32_t column;
	uint8_t **place;
	size_t *place_len;

	if (!t->tiles)
		return false;
	column = number / t->of_n_tiles;
	if (column >= n_columns || !(columns[column].flags & COLUMN_FORMAT))
		return false;
	tile = &columns[column].tiles[t->tile == TILE_ALL ? number % t->of_n_tiles : 0];
	place = kind == STREAM_FORMAT_LEN ? &tile->lens : &tile->values;
	place_len = kind == STREAM_FORMAT_LEN ? &tile->lens_len : &tile->values_len;
	if (*place_len)
		return false;
	*place = data;
	*place_len = len;
	return true;
}

bool column_readers_prepare(struct column_reader *columns, uint32_t n_columns,
		const struct tile_set *tiles, struct byte_sink *room)
{
	for (uint32_t i = 0; i < n_columns; i++) {
		if (columns[i].flags & COLUMN_FORMAT)
			continue;
		if (columns[i].flags & COLUMN_BY_ALLELES)
			columns[i].n_gap = next_gap(&columns[i].ns);
		if (!info_values_prepare(columns, n_columns, i, room))
			return false;
	}
	return !tiles->tiles || format_values_prepare(columns, n_columns, tiles);
}

/* n of the next cell; the stream is bad where it is not there. */
static uint64_t next_n(struct column_reader *c, uint32_t n_allele)
{
	uint64_t n;

	if (!(c->flags & COLUMN_VARYING))
		return c->n;
	if (c->flags & COLUMN_BY_ALLELES) {
		if (c->n_gap--)
			return allele_count(c->n, n_allele);
		n = cursor_varint(&c->ns);
		c->n_gap = next_gap(&c->ns);
		return n;
	}
	n = cursor_varint(&c->ns);
	if (!(c->flags & COLUMN_GAPS))
		return n;
	/* Records without a cell. */
	while (!n && !cursor_bad(&c->ns))
		n = cursor_varint(&c->ns);
	return n ? n - 1 : 0;
}

/* No cell is left. */
static bool ns_finished(const struct column_reader *c)
{
	struct cursor ns = c->ns;

	while (c->flags & COLUMN_GAPS && cursor_left(&ns))
		if (cursor_u8(&ns))
			return false;
	return cursor_finished(&ns);
}

bool column_reader_next(struct column_reader *c, const struct tile_set *tiles,
		const struct record *r, struct byte_sink *out)
{
	uint64_t wide = next_n(c, r->n_allele);
	uint32_t n = (uint32_t)wide;
	uint8_t *at = out->at;

	if (cursor_bad(&c->ns) || wide > UINT32_MAX)
		return false;
	c->n_read++;
	if (c->class == COLUMN_NULL)
		return cell_put_head(c, RECORD_NULL, n, out);
	if (c->flags & COLUMN_FORMAT)
		return format_cell_next(c, n, tiles, out);
	if (!info_cell_next(c, n, r, out))
		return false;
	c->cell = cursor_over(at, (size_t)(out->at - at));
	return true;
}

bool column_reader_finished(const struct column_reader *c, const struct tile_set *tiles)
{
	for (unsigned i = 0; i < N_GT_STREAMS; i++)
		if (!cursor_finished(&c->gt.streams[i]))
			return false;
	if (!(c->flags & COLUMN_FORMAT))
		return info_column_finished(c);
	return format_column_finished(c, tiles) && ns_finished(c) && cursor_finished(&c->types);
}
