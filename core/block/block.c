/* SPDX-License-Identifier: MIT */
#include "core/block/block.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/large.h"

struct kept_offsets {
	const void *kind;
	uint64_t at[];
};

uint64_t block_fixed_cost(uint32_t n_records)
{
	return sizeof(struct block) + n_records * sizeof(struct record) +
	       BLOCK_KEPT * (n_records + 1ull) * sizeof(uint64_t);
}

struct block *block_new(uint32_t n_records, size_t bytes)
{
	struct block *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->n_records = n_records;
	b->cost = block_fixed_cost(n_records) + bytes;
	b->refs = 1;
	b->records = large_calloc(n_records, sizeof(*b->records));
	b->bytes = large_alloc(bytes + 1);
	if (!b->records || !b->bytes) {
		block_free(b);
		return NULL;
	}
	return b;
}

/* How many kinds it has room for: those whose offsets it was given take the others' room. */
static unsigned n_kept_max(const struct block *b)
{
	return b->view_offset[0] ? BLOCK_KEPT - N_LINE_VIEWS : BLOCK_KEPT;
}

void block_keep_offsets(const struct block *b, const void *kind, const uint64_t *at)
{
	struct block *block = (struct block *)(uintptr_t)b; /* all but this stays as it is */
	size_t size = (b->n_records + 1ull) * sizeof(*at);
	struct kept_offsets *kept;
	unsigned i = 0;

	while (i < n_kept_max(b) && atomic_load_explicit(&block->kept[i], memory_order_relaxed))
		i++;
	if (i == n_kept_max(b))
		return;
	kept = large_alloc(sizeof(*kept) + size);
	if (!kept)
		return;
	kept->kind = kind;
	memcpy(kept->at, at, size);
	for (; i < n_kept_max(b); i++) {
		struct kept_offsets *there = NULL;

		if (atomic_compare_exchange_strong(&block->kept[i], &there, kept))
			return;
		if (there->kind == kind)
			break;
	}
	large_free(kept);
}

const uint64_t *block_offsets(const struct block *b, const void *kind)
{
	for (unsigned i = 0; i < n_kept_max(b); i++) {
		const struct kept_offsets *kept =
				atomic_load_explicit(&b->kept[i], memory_order_acquire);

		if (kept && kept->kind == kind)
			return kept->at;
	}
	return NULL;
}

void block_free(struct block *b)
{
	for (unsigned i = 0; i < BLOCK_KEPT; i++)
		large_free(b->kept[i]);
	large_free(b->records);
	large_free(b->bytes);
	for (unsigned v = 0; v < N_LINE_VIEWS; v++)
		large_free(b->view_offset[v]);
	free(b);
}
