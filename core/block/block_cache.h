/* SPDX-License-Identifier: MIT */
/*
 * Decoded blocks, kept within a budget of bytes.
 *
 * One cache serves all stores of a process. The budget covers the blocks held and the decodes
 * under way with their scratch. Threads that want the same chunk decode it once: one decodes, the
 * others wait. A block that anyone holds is never evicted; of the rest the one least recently used
 * goes first. Of those that readers in order have come past only some are kept, so that what one
 * scan leaves behind does not fill the budget: who reads on does so in memory that was used before,
 * and what others come back to stays. The cache's lock covers bookkeeping, never a read or a
 * decode.
 *
 * A thread must hold no other block while it asks for one, or threads could wait for each other's.
 * Every function here may be called from any thread.
 */
#ifndef GENOFS_BLOCK_BLOCK_CACHE_H
#define GENOFS_BLOCK_BLOCK_CACHE_H

#include "core/block/block.h"

struct block_cache;

int block_cache_new(size_t budget, struct block_cache **out); /* 0 or -ENOMEM */
void block_cache_free(struct block_cache *cache);             /* no block may be held any more */

/**
 * block_cache_get() - the block of a chunk, from the cache or decoded now
 * @chunk: < store_n_chunks(@store), else -EINVAL
 * @out:   a reference, the caller's to give back with block_put(); untouched on failure
 * @err:   what failed, with file and byte offset; may be NULL
 *
 * Waits while the budget is taken up by blocks in use.
 *
 * Return: 0; -ENOMEM; -EIO when reading failed; -EBADMSG when the chunk is damaged; -EOVERFLOW
 * when the chunk alone is over the budget.
 */
int block_cache_get(struct block_cache *cache, const struct store *store, uint32_t chunk,
		enum block_part part, const struct block **out, struct err *err);

/* Who lets go of its thread until a decode has ended. The caller's, and in place until then. */
struct block_waiter {
	/* Called once, by the thread that decoded, with the cache's lock: not to ask for a block.
	 * @err: NULL, or what failed. */
	void (*ready)(struct block_waiter *w, const struct err *err);
	struct block_waiter *next; /* the cache's */
};

/* Where another thread is decoding the chunk, have @w called when that has ended, well or not.
 * Return: false where nobody is: @w is not called. */
bool block_cache_await(struct block_cache *cache, const struct store *store, uint32_t chunk,
		enum block_part part, struct block_waiter *w);

/**
 * block_cache_prefetch() - decode a chunk ahead of its reader
 *
 * Does nothing where the block is there or on its way, or where there is no room that could be had
 * by dropping blocks not in use. Failures are left for the reader to meet.
 */
void block_cache_prefetch(struct block_cache *cache, const struct store *store, uint32_t chunk,
		enum block_part part);

/* A reader in order has come past a chunk. Nobody else may want it soon; who does has it kept as
 * any other. */
void block_cache_passed(struct block_cache *cache, const struct store *store, uint32_t chunk,
		enum block_part part);

/* True where a get would neither decode nor wait. A hint: it may be false a moment later. */
bool block_cache_has(struct block_cache *cache, const struct store *store, uint32_t chunk,
		enum block_part part);

size_t block_cache_budget(const struct block_cache *cache);

/* The budget that block_cache_get() needs for the most expensive chunk of @store. */
size_t block_cache_need(const struct store *store);

#endif
