/* SPDX-License-Identifier: MIT */
/*
 * How an import's memory is shared out, so that the process as a whole keeps to --memory.
 *
 * All is counted in advance: batches under way, the chunk being filled, chunks being coded, runs
 * being sorted. Less memory means fewer threads at a time, never other output.
 */
#ifndef GENOFS_IMPORT_MEMORY_PLAN_H
#define GENOFS_IMPORT_MEMORY_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"

struct memory_plan {
	size_t estimate;       /* bytes in all, at most about */
	unsigned n_slots;      /* raw batches under way */
	unsigned max_encoders; /* chunks being coded */
	size_t batch_bytes;    /* records in a batch, but for one larger record */
	size_t record_max;     /* bytes of the largest record that can be coded */
	size_t line_max;       /* bytes of the longest input line */
	size_t sort_bytes;     /* records held while runs are made */
	size_t merge_bytes;    /* buffers of the runs being merged */
	size_t gtb_bytes;      /* what is decompressed of a GTB input */
};

/* @gtb: a quarter is for GTB inputs. Return: 0; -EINVAL where @memory is too little, with the least
 * that would do in @err. */
int memory_plan_make(size_t memory, bool gtb, unsigned n_threads, size_t chunk_bytes,
		struct memory_plan *out, struct err *err);

/* Make malloc give freed memory back: few arenas, large blocks mapped on their own. */
void memory_plan_tune_malloc(void);

#endif
