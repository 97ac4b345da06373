/* SPDX-License-Identifier: MIT */
/*
 * Records out of order to records in order, in bounded memory.
 *
 * Order is by contig (in order of first appearance), then position; records alike in both stay in
 * the order of the input. Records are gathered until memory is full, sorted, and spilled as a run
 * to a file without a name; chunks that were written before the input proved unsorted are a run
 * as they are. Merging reads all runs at once. One thread at a time.
 */
#ifndef GENOFS_IMPORT_SORT_MERGE_H
#define GENOFS_IMPORT_SORT_MERGE_H

#include "core/base/err.h"
#include "core/import/batch.h"
#include "core/import/numbering.h"
#include "core/import/sort_chunks.h"
#include "core/store/writer.h"

struct sorter;

struct sorter_setup {
	const char *target;            /* the store to be: runs go to its folder */
	const struct numbering *names; /* borrowed */
	uint32_t n_samples;
	size_t sort_bytes;  /* of records gathered */
	size_t merge_bytes; /* of buffers while runs are merged */
	bool check;
	const _Atomic int *stop; /* not 0: end with -EINTR; may be NULL */
};

int sorter_new(const struct sorter_setup *setup, struct sorter **out); /* 0 or -ENOMEM */
void sorter_free(struct sorter *s);                                    /* NULL is nothing to do */
void sorter_freep(struct sorter **s);

/**
 * sorter_add_chunks() - the first run: what an unfinished store holds
 * @written: owned from now on, also on failure
 */
int sorter_add_chunks(struct sorter *s, const struct written_chunks *written, struct err *err);

/* Records [from, to) of a numbered batch. */
int sorter_add(struct sorter *s, struct batch *b, uint32_t from, uint32_t to, struct err *err);

/**
 * sorter_merge() - all records in order
 * @take: called with batches of them, complete; keeps the batch with batch_ref() if it wants to
 */
int sorter_merge(struct sorter *s, int (*take)(void *arg, struct batch *b, struct err *err),
		void *arg, struct err *err);

#endif
