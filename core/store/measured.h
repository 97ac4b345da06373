/* SPDX-License-Identifier: MIT */
/*
 * How many bytes the chunks of a store have in its views, where that is not stored: kept as they
 * are found. Sums of consecutive chunks cost the logarithm of their number.
 *
 * Takes 16 bytes a chunk and view that was asked for. What is set never changes. Every function may
 * be called from any thread.
 */
#ifndef GENOFS_STORE_MEASURED_H
#define GENOFS_STORE_MEASURED_H

#include "core/store/reader.h"

#define MEASURED_UNKNOWN UINT64_MAX

struct measured;

int measured_new(uint32_t n_chunks, struct measured **out); /* 0 or -ENOMEM */
void measured_free(struct measured *m);                     /* NULL is nothing to do */

/* Bytes of the view in chunks [@first, @first + @n); MEASURED_UNKNOWN where one of them is not
 * known. What is past 64 bits is MEASURED_UNKNOWN - 1. */
uint64_t measured_sum(const struct measured *m, enum store_view view, uint32_t first, uint32_t n);

/* Have a place for what is found of the view. Return: 0 or -ENOMEM. */
int measured_begin(struct measured *m, enum store_view view);
/* Of a view that measured_begin() gave a place. */
void measured_set(struct measured *m, enum store_view view, uint32_t chunk, uint64_t bytes);

/*
 * Take a chunk to measure it, in whatever views. Return: false where @view is known. Waits for
 * another thread that has taken it. Who took it says measured_end(), also where it failed.
 */
bool measured_take(struct measured *m, enum store_view view, uint32_t chunk);
void measured_end(struct measured *m, uint32_t chunk);

/* Those of a store; NULL: its bytes are in chunk_info. */
struct measured *store_measured(const struct store *s);

#endif
