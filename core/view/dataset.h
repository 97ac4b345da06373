/* SPDX-License-Identifier: MIT */
/*
 * A dataset: what one folder of the mount shows, a range of sites of one store.
 *
 * A value to be copied: it owns nothing, nor a reference to its query.
 */
#ifndef GENOFS_VIEW_DATASET_H
#define GENOFS_VIEW_DATASET_H

#include <stdbool.h>
#include <stdint.h>

#include "core/block/block_cache.h"
#include "core/store/reader.h"

struct decode_pool;
struct kept;
struct query;

enum dataset_level {
	DATASET_STORE,  /* all sites */
	DATASET_CONTIG, /* one contig */
	DATASET_BLOCK   /* one chunk */
};

struct dataset {
	const struct store *store;
	struct block_cache *cache; /* where its blocks come from */
	struct kept *made;         /* where files that are made whole are kept; may be NULL */
	struct decode_pool *pool;  /* who helps to find sizes; may be NULL */
	enum dataset_level level;
	uint32_t contig;      /* not for DATASET_STORE */
	uint32_t first_chunk; /* the chunks that it shows; n_chunks may be 0 in an empty store */
	uint32_t n_chunks;
	/* NULL, or what narrows all that further; then n_chunks is right once it is prepared. */
	struct query *query;
};

/* Make @d ready for what its files are asked for. Return: 0; as of query_prepare(). */
int dataset_prepare(struct dataset *d, struct err *err);

/* The store's number of chunk @i < n_chunks of @d. */
uint32_t dataset_chunk(const struct dataset *d, uint32_t i);

uint32_t dataset_n_samples(const struct dataset *d);
/* What holds its genotypes; of a query, those of the blocks that it has records of. */
struct gt_shape dataset_shape(const struct dataset *d);

/* The largest end (pos + rlen) of a record on a contig of the dataset; 0 where there is none. */
int64_t dataset_end(const struct dataset *d);

struct dataset dataset_of_store(const struct store *store, struct block_cache *cache);
/* @contig < store_n_contigs(): a programming error otherwise. */
struct dataset dataset_of_contig(const struct dataset *store, uint32_t contig);
/* @index: of the block within the contig, < contig_info.n_chunks. */
struct dataset dataset_of_block(const struct dataset *contig, uint32_t index);

#endif
