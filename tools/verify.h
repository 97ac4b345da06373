/* SPDX-License-Identifier: MIT */
/* The two halves of `genofs verify`: a store by itself, and a store against its inputs. */
#ifndef GENOFS_TOOLS_VERIFY_H
#define GENOFS_TOOLS_VERIFY_H

#include <stdatomic.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/block/block_cache.h"
#include "core/block/decode_pool.h"
#include "core/store/reader.h"

struct verify {
	const struct store *store;
	struct block_cache *cache;
	struct decode_pool *pool;
	unsigned n_threads;
	const char *const *inputs; /* n_inputs of them, as they were imported */
	unsigned n_inputs;
	const char *gtb_contigs;    /* pathname of a list of contigs for GTB inputs, or NULL */
	_Atomic uint64_t n_records; /* verified so far */
};

/**
 * verify_chunks() - decode every chunk and measure its lines again
 *
 * Return: 0; -EBADMSG where something is damaged, the first such place in @err.
 */
int verify_chunks(struct verify *v, struct err *err);

/**
 * verify_against() - compare the store's lines with htslib's own of the inputs
 *
 * An input that is not sorted has its lines compared without regard to their order.
 *
 * Return: 0; -EBADMSG where they differ, with place and column in @err; others as they come.
 */
int verify_against(struct verify *v, struct err *err);

#endif
