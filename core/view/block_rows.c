/* SPDX-License-Identifier: MIT */
#include "core/view/block_rows.h"

#include <errno.h>
#include <stdlib.h>

#include "core/codec/format_layout.h"
#include "core/store/measured.h"
#include "core/view/measure.h"

#define TILE_NONE UINT32_MAX

struct vcf_text row_text(const struct store *s, uint32_t chunk)
{
	uint32_t contig = store_chunk(s, chunk)->contig;

	return (struct vcf_text){ .keys = store_keys(s),
		.n_keys = store_n_keys(s),
		.gt_key = store_gt_key(s),
		.n_samples = store_n_samples(s),
		.contig_id = store_contig(s, contig)->bcf_id,
		.contig = store_contig(s, contig)->name };
}

/* The tile that has all of the chosen samples; TILE_NONE. */
static uint32_t tile_of(const struct dataset *d, uint32_t i)
{
	const struct chunk_info *info = store_chunk(d->store, dataset_chunk(d, i));
	uint32_t n_samples = store_n_samples(d->store);
	uint32_t first;
	uint32_t last;
	uint32_t tile;

	if (!query_sample_range(d->query, &first, &last) || info->n_tiles < 2)
		return TILE_NONE;
	/* Tiles begin at n_samples * tile / n_tiles, cut to a whole number. */
	tile = (uint32_t)((uint64_t)first * info->n_tiles / n_samples);
	if (tile + 1 < info->n_tiles && tile_begin(n_samples, info->n_tiles, tile + 1) <= first)
		tile++;
	return tile_begin(n_samples, info->n_tiles, tile) <= first &&
					       tile_begin(n_samples, info->n_tiles, tile + 1) > last
			       ? tile
			       : TILE_NONE;
}

enum block_part rows_part(const struct view_kind *k, const struct dataset *d, uint32_t i)
{
	uint32_t tile;

	if (!d->query)
		return k->part;
	if (k->part == BLOCK_SITES && !query_counts(d->query))
		return BLOCK_SITES;
	tile = k->typed ? TILE_NONE : tile_of(d, i);
	return tile == TILE_NONE ? BLOCK_CALLS : BLOCK_TILE + tile;
}

int block_rows_record(const struct block_rows *rows, uint32_t i, struct view_scratch *s,
		const struct record **out, struct record *room)
{
	const struct store *store = rows->block->store;
	const struct record *r = &rows->block->records[rows->record ? rows->record[i] : i];
	struct count_keys keys = {
		.gt = store_gt_key(store), .ac = store_ac_key(store), .an = store_an_key(store)
	};
	int status;

	*out = r;
	if (!rows->samples)
		return 0;
	/* A block of sites has nothing to choose from. */
	if (rows->block->part == BLOCK_SITES)
		return 0;
	status = record_subset(r, rows->block->first_sample, rows->block->n_samples, rows->samples,
			rows->counted ? &keys : NULL, &s->subset, room);
	*out = room;
	return status;
}

static int reserve_offsets(struct row_offsets *o, uint32_t n)
{
	uint64_t *at;
	uint32_t *record;

	if (n < o->max)
		return 0;
	at = realloc(o->at, (n + 1ull) * sizeof(*at));
	if (at)
		o->at = at;
	record = realloc(o->record, (n + 1ull) * sizeof(*record));
	if (record)
		o->record = record;
	if (!at || !record)
		return -ENOMEM;
	o->max = n + 1;
	return 0;
}

static void find_selected(const struct query_chunk *c, uint32_t n_records, struct row_offsets *o)
{
	o->n = 0;
	for (uint32_t i = 0; i < n_records; i++)
		if (!c || query_selects(c, i))
			o->record[o->n++] = i;
}

/* Found by writing the row to nowhere. */
static int put_length(const struct row_kind *k, const struct vcf_text *v, const struct record *r,
		struct view_scratch *s, uint64_t *out)
{
	struct text_out o;
	int status;

	text_out_count(&o, s->text);
	status = k->put(v, r, 0, s, &o);
	text_flush(&o);
	*out = o.total;
	return status;
}

/* Where the kind's rows begin, if the store has their lengths by record; else NULL. */
static const uint64_t *stored_begins(const struct row_kind *k, const struct block *b)
{
	return k->view < N_LINE_VIEWS ? b->view_offset[k->view] : NULL;
}

/* How long the row of the record is that is number @i of the rows. */
static int row_length(const struct row_kind *k, const struct block_rows *rows, uint32_t i,
		struct view_scratch *s, uint64_t *out)
{
	const uint64_t *begins = stored_begins(k, rows->block);
	struct record room;
	const struct record *r;
	int status;

	if (begins && (!rows->samples || (k->of_sites && !rows->counted))) {
		*out = begins[rows->record[i] + 1ull] - begins[rows->record[i]];
		return 0;
	}
	if (k->width && !k->length) {
		*out = rows->v.width;
		return 0;
	}
	status = block_rows_record(rows, i, s, &r, &room);
	if (status < 0)
		return status;
	return k->length ? k->length(&rows->v, r, s, out) : put_length(k, &rows->v, r, s, out);
}

static int measure(const struct row_kind *k, const struct block_rows *rows, struct view_scratch *s,
		struct row_offsets *o)
{
	o->at[0] = 0;
	for (uint32_t i = 0; i < o->n; i++) {
		uint64_t n;
		int r = row_length(k, rows, i, s, &n);

		if (r < 0)
			return r;
		if (__builtin_add_overflow(o->at[i], n, &o->at[i + 1]) || (k->each && !n))
			return -EBADMSG;
	}
	return 0;
}

/* Those that this thread used last, if they are the ones. */
static bool are_kept(const struct row_offsets *o, const struct row_kind *k, const struct block *b,
		uint64_t query, uint64_t width)
{
	return o->kind == k && o->width == width && o->store == b->store && o->chunk == b->chunk &&
	       o->query == query;
}

static int measure_rows(const struct row_kind *k, const struct query_chunk *c, uint64_t query,
		struct view_scratch *s, struct block_rows *rows)
{
	struct row_offsets *o = &s->offsets;
	const struct block *b = rows->block;
	int r;

	if (!are_kept(o, k, b, query, rows->v.width)) {
		o->kind = NULL;
		r = reserve_offsets(o, b->n_records);
		if (r < 0)
			return r;
		find_selected(c, b->n_records, o);
		rows->record = o->record;
		r = measure(k, rows, s, o);
		if (r < 0)
			return r;
		o->kind = k;
		o->store = b->store;
		o->chunk = b->chunk;
		o->query = query;
		o->width = rows->v.width;
	}
	rows->n = o->n;
	rows->record = o->record;
	rows->begin = o->at;
	return 0;
}

/* Those of a block that the dataset shows whole, with all samples. */
static int whole_rows(const struct row_kind *k, struct view_scratch *s, struct block_rows *rows)
{
	const struct block *b = rows->block;
	uint64_t known;
	int r;

	rows->n = b->n_records;
	rows->begin = stored_begins(k, b);
	if (!rows->begin)
		rows->begin = block_offsets(b, k);
	if (rows->begin)
		return 0;
	r = measure_rows(k, NULL, 0, s, rows);
	if (r < 0)
		return r;
	known = measure_sum(k, b->store, b->chunk, 1);
	if (known != MEASURED_UNKNOWN &&
			rows->begin[rows->n] != known * (k->width ? rows->v.width : 1))
		return -EBADMSG;
	if (k->width) /* which another dataset may have otherwise */
		return 0;
	block_keep_offsets(b, k, rows->begin);
	return 0;
}

int block_rows_find(const struct row_kind *k, const struct dataset *d, uint32_t i,
		const struct block *b, struct view_scratch *s, struct block_rows *rows)
{
	const struct query_chunk *c = d->query ? query_chunk(d->query, i) : NULL;

	*rows = (struct block_rows){ .block = b, .v = row_text(b->store, b->chunk) };
	if (d->query) {
		rows->samples = query_samples(d->query);
		rows->counted = query_counts(d->query);
	}
	if (rows->samples)
		rows->v.n_samples = rows->samples->n;
	if (k->width) {
		rows->v.width = k->width(d);
		rows->v.shape = dataset_shape(d);
	}
	if (rows->counted)
		rows->v.n_keys = store_n_keys(b->store) + 2; /* AC and AN may be new ones */
	if (!c || (!c->bits && !rows->samples))
		return whole_rows(k, s, rows);
	return measure_rows(k, c, query_serial(d->query), s, rows);
}
