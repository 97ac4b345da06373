/* SPDX-License-Identifier: MIT */
/*
 * The coded bytes of a chunk to a block: docs/format.md, "Chunks", in C.
 *
 * The bytes are untrusted: what they claim is checked against the chunk's table entry, which the
 * budget was computed from, before memory is had for it. A decoder is for one thread at a time.
 */
#ifndef GENOFS_BLOCK_DECODE_H
#define GENOFS_BLOCK_DECODE_H

#include "core/block/block.h"

struct decoder;

int decoder_new(struct decoder **out); /* 0 or -ENOMEM */
void decoder_free(struct decoder *d);  /* NULL is nothing to do */

/* Room for the @len coded bytes of a chunk until the decoder is asked again; NULL: no memory. */
uint8_t *decoder_room(struct decoder *d, size_t len);
/*
 * Bytes that the decoder keeps from one chunk for the next, which are no more than decoding the
 * first one took; and give them back.
 */
size_t decoder_kept(const struct decoder *d);
void decoder_trim(struct decoder *d);

/* A chunk's coded bytes. Borrowed. */
struct chunk_bytes {
	const uint8_t *table; /* stream table */
	size_t table_len;
	const uint8_t *streams[N_BLOCK_PARTS]; /* [BLOCK_CALLS]: those of FORMAT alone */
	size_t streams_len[N_BLOCK_PARTS];
};

/* The table's checksum against the store's footer. Return: 0 or -EBADMSG. */
int chunk_table_check(
		const struct chunk_bytes *bytes, const struct chunk_info *info, struct err *err);

/**
 * chunk_tile_ranges() - what of a chunk a block of one tile needs beside its head
 * @bytes: with the table, which was checked
 * @take:  called for one range of the chunk's bytes after the other
 *
 * Return: 0; -EBADMSG where the table is damaged; what @take gave.
 */
int chunk_tile_ranges(const struct chunk_bytes *bytes, const struct chunk_info *info, uint32_t tile,
		int (*take)(void *arg, uint64_t at, size_t len, struct err *err), void *arg,
		struct err *err);

/**
 * chunk_decode() - decode a chunk up to @part
 * @info:   its table entry; an image that is not sealed has no view lengths, and n_views is 0
 * @n_keys: number of the store's keys
 * @out:    a reference, for block_put(); @out->store is not set
 *
 * Return: 0; -ENOMEM; -EBADMSG where the bytes are damaged: @err says at which stream.
 */
int chunk_decode(struct decoder *d, const struct chunk_bytes *bytes, const struct chunk_info *info,
		unsigned n_views, uint32_t n_samples, uint32_t n_keys, enum block_part part,
		struct block **out, struct err *err);

/* Bytes of memory that decoding takes at most, with those of the block; and those of the block. */
uint64_t chunk_decode_cost(const struct chunk_info *info, enum block_part part);
uint64_t chunk_block_cost(const struct chunk_info *info, enum block_part part);
/* What a thread that prints a record of a block of calls needs beside it: its genotypes by slot. */
uint64_t chunk_print_cost(const struct chunk_info *info);

#endif
