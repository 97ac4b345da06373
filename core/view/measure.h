/* SPDX-License-Identifier: MIT */
/*
 * How many bytes the rows of whole chunks are: stored, or measured when it is first asked for, and
 * kept with the store (core/store/measured.h).
 *
 * Every function may be called from any thread; none may hold a block.
 */
#ifndef GENOFS_VIEW_MEASURE_H
#define GENOFS_VIEW_MEASURE_H

#include "core/view/rows.h"

/* Whether the store does not say how many, so that it may take decoding to know. */
bool measure_is_work(const struct row_kind *k, const struct store *s);

/* What is stored of chunks [@first, @first + @n): bytes, or rows where they have a width.
 * MEASURED_UNKNOWN where that is not known yet. */
uint64_t measure_sum(const struct row_kind *k, const struct store *s, uint32_t first, uint32_t n);

/* Have it known of a chunk of the dataset's store. Return: 0; as block_cache_get(); -EBADMSG. */
int measure_chunk(const struct view_kind *kind, const struct dataset *d, uint32_t chunk,
		struct err *err);

/* Have it known of all chunks of the dataset. Threads that want the same share the work, and idle
 * ones of d->pool help. */
int measure_chunks(const struct view_kind *kind, const struct dataset *d, struct err *err);

/* @item(@arg, i) for each chunk number i of the dataset, with idle threads' help. Return: 0; the
 * first failure, with its reason in @err. */
int each_chunk(const struct dataset *d, int (*item)(void *arg, uint32_t i, struct err *err),
		void *arg, struct err *err);

#endif
