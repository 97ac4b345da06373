/* SPDX-License-Identifier: MIT */
/*
 * A block: one chunk of a store, decoded into records. Immutable, reference counted.
 */
#ifndef GENOFS_BLOCK_BLOCK_H
#define GENOFS_BLOCK_BLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/record/record.h"
#include "core/store/reader.h"

struct block_cache;
struct kept_offsets;

/* How much of a chunk is wanted. A block of calls serves whoever wants sites. */
enum block_part {
	BLOCK_SITES, /* no FORMAT: record.fmt is NULL */
	BLOCK_CALLS, /* everything */
	N_BLOCK_PARTS,
	/* And from here on, with the number of a tile of the chunk added: everything, of its
	 * samples alone. Integers may have narrower types than in a block of calls. */
	BLOCK_TILE = N_BLOCK_PARTS
};

/* Whether who wants @wanted is served by a block of @has. */
static inline bool block_part_serves(enum block_part has, enum block_part wanted)
{
	return has == wanted || wanted == BLOCK_SITES ||
	       (wanted >= BLOCK_TILE && has == BLOCK_CALLS);
}

/* Arrays of offsets that a block may have: its view_offset, and what is kept for other files. */
enum { BLOCK_KEPT = N_LINE_VIEWS + 1 };

struct block {
	const struct store *store;
	uint32_t chunk;
	enum block_part part;
	uint32_t n_records;
	uint32_t first_sample; /* that FORMAT is of, and how many */
	uint32_t n_samples;
	struct record *records; /* n_records of them; owned */
	/* Where record i of a view begins, from the chunk's first byte of that view; n_records + 1
	 * of them; [STORE_VIEW_CALLS] is there in a block of sites too. NULL where a store's
	 * lengths are not stored. Owned. */
	uint64_t *view_offset[N_LINE_VIEWS];
	uint8_t *bytes; /* the records' site and fmt bytes; owned */
	size_t cost;    /* bytes of all of this */
	/* Where record i of other files begins: see block_offsets(). Owned. */
	_Atomic(struct kept_offsets *) kept[BLOCK_KEPT];
	_Atomic uint32_t refs;
	/* Told when all but one reference have been given back; NULL where nobody cares. */
	struct block_cache *cache;
};

/* What a block takes beside its bytes: itself, records and offsets. */
uint64_t block_fixed_cost(uint32_t n_records);
/* With one reference, room for records, all 0, and for bytes; cost is what both come to. Who makes
 * it fills both in, and part, first_sample and n_samples. NULL: no memory. */
struct block *block_new(uint32_t n_records, size_t bytes);

/**
 * block_keep_offsets() - keep where the block's records begin in a file that has rows for them
 * @kind: what is asked for again by; compared only
 * @at:   n_records + 1 of them; copied
 *
 * The block has room for those of BLOCK_KEPT kinds, its view_offset included; of more, and where
 * memory is out, nothing is kept.
 */
void block_keep_offsets(const struct block *b, const void *kind, const uint64_t *at);
/* Those that are kept for @kind, as long as the block is held; NULL where there are none. */
const uint64_t *block_offsets(const struct block *b, const void *kind);

/* For block_put(): when nobody holds it any more. */
void block_free(struct block *block);

/* Give back a reference. NULL is nothing to do. */
void block_put(const struct block *block);
void block_putp(const struct block **block);

#endif
