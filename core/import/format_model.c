/* SPDX-License-Identifier: MIT */
#include "core/import/format_model.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "core/import/column_model.h"

/*
 * Each tile learns its contexts anew, and has streams of its own, so that one sample of 2,504 costs
 * an eighth of the store. Chunks of 1 MiB have about 30 records of as many: not cut below 16,384
 * values, they would be 1.4 % smaller, and one sample a fifth of them.
 */
enum {
	TILE_SAMPLES = 256,
	TILE_VALUES = 1 << 12 /* of a column of one value: less is not cut */
};

static uint32_t tiles_for(uint32_t n_samples, uint32_t n_records)
{
	uint64_t n = (n_samples + TILE_SAMPLES - 1ull) / TILE_SAMPLES;
	uint64_t most = (uint64_t)n_samples * n_records / TILE_VALUES;

	n = n < most ? n : most;
	return n ? (uint32_t)n : 1;
}

static void put_params(struct column *c)
{
	const struct format_column *f = &c->format;

	if (c->coding != VALUES_ELEMENTS && c->coding != VALUES_INDEXED &&
			c->coding != VALUES_DECIMALS)
		return;
	if (c->coding == VALUES_DECIMALS) {
		buf_put_u8(&c->params, f->decimals);
		buf_put_u8(&c->params, f->width);
	}
	buf_put_u8(&c->params,
			(uint8_t)(c->coding == VALUES_INDEXED ? f->width : f->layout.n_elements));
	buf_put_u8(&c->params, f->choice.pass);
	for (uint32_t e = 0; e < f->layout.n_elements; e++)
		predictor_put(&c->params, &f->choice.how[e]);
}

static int lay_out(struct format_model *m)
{
	int r = 0;

	for (uint32_t i = 0; i < m->n_columns && r == 0; i++) {
		struct column *c = &m->columns[i];

		if (!(c->flags & COLUMN_FORMAT))
			continue;
		c->format.n_samples = m->n_samples;
		if (c->class == COLUMN_INT || c->class == COLUMN_FLOAT)
			r = format_layout_column(m, c);
		else if (c->class == COLUMN_TEXT)
			r = format_text_column(m, c);
	}
	return r;
}

int format_columns_model(struct column *columns, uint32_t n_columns, uint32_t n_samples,
		struct stream_out *out)
{
	struct format_model m = { .columns = columns,
		.n_columns = n_columns,
		.n_samples = n_samples,
		.n_tiles = tiles_for(n_samples, out->image->info.n_records),
		.n_records = out->image->info.n_records,
		.out = out };
	int r;

	out->image->info.n_tiles = m.n_tiles;
	m.table = malloc(sizeof(*m.table));
	r = m.table ? lay_out(&m) : -ENOMEM;
	if (r == 0)
		r = format_choose_predictors(&m);
	if (r == 0)
		r = format_choose_layout(&m);
	for (uint32_t i = 0; i < n_columns && r == 0; i++) {
		if (columns[i].flags & COLUMN_FORMAT)
			put_params(&columns[i]);
		if (buf_failed(&columns[i].params))
			r = -ENOMEM;
	}
	buf_done(&m.scratch);
	buf_done(&m.packed);
	free(m.table);
	return r;
}

struct tile_values format_tile(const struct column *c, uint32_t n_tiles, uint32_t tile)
{
	const struct format_column *f = &c->format;
	uint32_t first = tile_begin(f->n_samples, n_tiles, tile);
	struct tile_values t = {
		.layout = &f->layout,
		.ns = { .ns = cursor_over(c->ns.data, c->ns.len),
				.n = c->n,
				.varying = c->flags & COLUMN_VARYING,
				.gaps = c->flags & COLUMN_GAPS },
		.data = c->values.data + f->layout.first[f->layout.n_elements] * first * f->width,
		.n_samples = tile_begin(f->n_samples, n_tiles, tile + 1) - first,
		.width = f->width,
	};

	/* The n of a text's cells are lengths: each sample has one number. */
	if (c->class == COLUMN_TEXT)
		t.ns = (struct cell_ns){ .n = 1 };
	return t;
}

struct predict_job format_job(const struct column *columns, const struct predictor *how,
		const struct tile_values *target, struct tile_values *from, uint32_t e,
		uint32_t n_tiles, uint32_t tile, struct predict_table *table)
{
	struct predict_job job = { .how = *how,
		.target = target,
		.element = e,
		.n_cells = target->layout->n_cells,
		.table = table };

	for (unsigned i = 0; i < predictor_elements(how->kind) + predictor_columns(how->kind);
			i++) {
		from[i] = format_tile(&columns[how->from[i].column], n_tiles, tile);
		job.from[i] = &from[i];
	}
	return job;
}

int format_packed_size(struct format_model *m, const struct buf *data,
		const struct stream_cuts *cuts, size_t *out)
{
	enum stream_codec codec;
	int r;

	buf_clear(&m->packed);
	r = stream_pack(m->out->packer, CODEC_QUICK, STREAM_COLD, data->data, data->len, cuts,
			&m->packed, &codec);
	*out = m->packed.len;
	return r;
}

/* The planes of a tile, less their predictions. */
static int put_planes(const struct column *columns, uint32_t number, struct stream_out *out,
		uint32_t tile, struct predict_table *table)
{
	const struct column *c = &columns[number];
	const struct format_layout *l = &c->format.layout;
	uint32_t n_tiles = out->image->info.n_tiles;
	struct tile_values target = format_tile(c, n_tiles, tile);
	struct tile_values stored = target;
	size_t len = l->first[l->n_elements] * target.n_samples * target.width;
	size_t at[LAYOUT_ELEMENTS_MAX * sizeof(uint32_t)];
	struct stream_cuts cuts = { .at = at };

	buf_clear(&out->planes);
	if (!buf_reserve(&out->planes, len))
		return -ENOMEM;
	stored.data = out->planes.data;
	out->planes.len = len;
	for (uint32_t e = 0; e < l->n_elements && len; e++) {
		struct tile_values from[PREDICT_SOURCES_MAX];
		struct element_planes planes = tile_element(&stored, e);
		struct predict_job job = format_job(columns, &c->format.choice.how[e], &target,
				from, e, n_tiles, tile, table);

		predict_apply(&job, &planes);
		/* Between any two planes; the first begins the stream. */
		for (uint8_t b = 0; b < stored.width && planes.n; b++, planes.data += planes.n)
			if (planes.data > stored.data)
				at[cuts.n++] = (size_t)(planes.data - stored.data);
	}
	return stream_out_put_cut(
			out, STREAM_FORMAT_VALUES, number * n_tiles + tile, &out->planes, &cuts);
}

/* A part of @bytes as a stream of a tile. */
static int put_part(struct stream_out *out, enum stream_kind kind, uint32_t number,
		const struct buf *bytes, size_t begin, size_t end)
{
	struct buf part = { .len = end - begin };

	if (begin == end)
		return 0;
	part.data = bytes->data + begin;
	return stream_out_put(out, kind, number, &part);
}

/* The texts of a tile, its dictionary, or its exceptions. */
static int put_parts(const struct column *c, uint32_t number, struct stream_out *out, uint32_t tile)
{
	const struct tile_end *ends = (const struct tile_end *)(const void *)c->format.tiles.data;
	uint32_t stream = number * out->image->info.n_tiles + tile;
	struct tile_end begin = { 0 };
	int r;

	if (tile)
		begin = ends[tile - 1];
	r = put_part(out, STREAM_FORMAT_LEN, stream, &c->lens, begin.lens, ends[tile].lens);
	if (r == 0 && c->class == COLUMN_TEXT && c->coding == VALUES_PLAIN)
		r = put_part(out, STREAM_FORMAT_VALUES, stream, &c->values, begin.values,
				ends[tile].values);
	return r;
}

static int put_tile(const struct column *columns, uint32_t number, struct stream_out *out,
		uint32_t tile, struct predict_table *table)
{
	const struct column *c = &columns[number];
	int r = c->format.tiles.len ? put_parts(c, number, out, tile) : 0;

	return r == 0 && c->format.width ? put_planes(columns, number, out, tile, table) : r;
}

int format_values_put(const struct column *columns, uint32_t number, struct stream_out *out)
{
	struct predict_table *table = malloc(sizeof(*table));
	int r = table ? 0 : -ENOMEM;

	for (uint32_t t = 0; t < out->image->info.n_tiles && r == 0; t++)
		r = put_tile(columns, number, out, t, table);
	free(table);
	return r;
}
