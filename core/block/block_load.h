/* SPDX-License-Identifier: MIT */
/*
 * A chunk's block, out of its store: the bytes that it needs are read and decoded, or made by who
 * serves a store of another format. Keeps nothing; any thread, with a decoder of its own.
 */
#ifndef GENOFS_BLOCK_BLOCK_LOAD_H
#define GENOFS_BLOCK_BLOCK_LOAD_H

#include "core/block/decode.h"

/**
 * block_load() - read and decode a chunk up to @part
 * @chunk: < store_n_chunks(@store)
 * @d:     not used for a store of another format
 * @out:   a reference, for block_put(); untouched on failure
 * @err:   what failed, with file and byte offset; may be NULL
 *
 * Return: 0; -ENOMEM; -EIO when reading failed; -EBADMSG when the chunk is damaged; what a store of
 * another format gives.
 */
int block_load(const struct store *store, uint32_t chunk, enum block_part part, struct decoder *d,
		struct block **out, struct err *err);

/* Bytes of memory that it takes at most, with those of the block. */
uint64_t block_load_cost(const struct store *store, uint32_t chunk, enum block_part part);

#endif
