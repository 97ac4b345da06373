/* SPDX-License-Identifier: MIT */
#include "core/block/block_load.h"

#include <assert.h>
#include <errno.h>

#include "core/store/foreign.h"

/* Where the bytes of a chunk go. */
struct chunk_read {
	const struct store *store;
	uint32_t chunk;
	uint8_t *data;
};

static int read_range(void *arg, uint64_t at, size_t len, struct err *err)
{
	const struct chunk_read *r = arg;

	return store_read_chunk(r->store, r->chunk, at, r->data + at, len, err);
}

/* As much of the chunk as @part needs, to its place in @data. */
static int read_part(const struct store *store, uint32_t chunk, enum block_part part, uint8_t *data,
		struct chunk_bytes *bytes, struct err *err)
{
	const struct chunk_info *info = store_chunk(store, chunk);
	struct chunk_read read = { store, chunk, data };
	bool all = part == BLOCK_CALLS || (part >= BLOCK_TILE && info->group != NO_GROUP);
	int r = read_range(&read, 0, all ? info->length : info->head_length, err);

	bytes->streams[BLOCK_SITES] = data;
	bytes->streams_len[BLOCK_SITES] = info->head_length - info->table_length;
	bytes->table = data + bytes->streams_len[BLOCK_SITES];
	bytes->table_len = info->table_length;
	bytes->streams[BLOCK_CALLS] = data + info->head_length;
	bytes->streams_len[BLOCK_CALLS] =
			part == BLOCK_SITES ? 0 : info->length - info->head_length;
	if (r == 0)
		r = chunk_table_check(bytes, info, err);
	if (r == 0 && part >= BLOCK_TILE && !all)
		r = chunk_tile_ranges(bytes, info, part - BLOCK_TILE, read_range, &read, err);
	return r;
}

static int read_and_decode(const struct store *store, uint32_t chunk, enum block_part part,
		struct decoder *d, struct block **out, struct err *err)
{
	const struct chunk_info *info = store_chunk(store, chunk);
	uint8_t *data = decoder_room(d, part == BLOCK_SITES ? info->head_length : info->length);
	struct chunk_bytes bytes = { 0 };
	int r;

	if (!data)
		return err_set(err, -ENOMEM, "%s: chunk %u: out of memory", store_pathname(store),
				chunk);
	r = read_part(store, chunk, part, data, &bytes, err);
	if (r == 0)
		r = chunk_decode(d, &bytes, info, N_STORE_VIEWS, store_n_samples(store),
				store_n_keys(store), part, out, err);
	if (r < 0)
		return err_prefix(err, r, "%s: chunk %u at byte %llu", store_pathname(store), chunk,
				(unsigned long long)info->offset);
	assert(*out);
	(*out)->store = store;
	(*out)->chunk = chunk;
	return 0;
}

/* The same of a store whose records lie in another format. */
static int decode_foreign(const struct store *store, uint32_t chunk, enum block_part part,
		struct block **out, struct err *err)
{
	const struct store_foreign *f = store_foreign(store);
	int r = f->decode(f->arg, chunk, part, out, err);

	if (r < 0)
		return r;
	(*out)->store = store;
	(*out)->chunk = chunk;
	if (part != BLOCK_SITES)
		(*out)->cost += chunk_print_cost(store_chunk(store, chunk));
	return 0;
}

int block_load(const struct store *store, uint32_t chunk, enum block_part part, struct decoder *d,
		struct block **out, struct err *err)
{
	return store_foreign(store) ? decode_foreign(store, chunk, part, out, err)
				    : read_and_decode(store, chunk, part, d, out, err);
}

uint64_t block_load_cost(const struct store *store, uint32_t chunk, enum block_part part)
{
	const struct store_foreign *f = store_foreign(store);
	const struct chunk_info *info = store_chunk(store, chunk);

	if (!f)
		return chunk_decode_cost(info, part);
	return f->cost(f->arg, chunk, part) + (part != BLOCK_SITES ? chunk_print_cost(info) : 0);
}
