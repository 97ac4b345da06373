/* SPDX-License-Identifier: MIT */
/*
 * What an index of positions is made of: runs of records that lie side by side in a chunk and in
 * the same bin (SAMv1 section 5.1.1), with how many bytes they take in the files that are indexed.
 *
 * A chunk's runs: varint n; for each run zigzag of its first window less that of the run before (0
 * before the first), varint level, varint windows from there to the last one that a record reaches,
 * varint records, then varint bytes of their lines in calls.vcf and of their records in calls.bcf.
 * A window is 2^14 bases. A record is in the smallest bin of 2^(14 + 3 * level) bases that has all
 * of it. Records that begin before the contig are taken to begin with it, empty ones to have a
 * base.
 */
#ifndef GENOFS_STORE_INDEX_RUNS_H
#define GENOFS_STORE_INDEX_RUNS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/cursor.h"

enum { INDEX_WINDOW_SHIFT = 14, INDEX_LEVEL_SHIFT = 3, INDEX_LEVEL_MAX = 17 };
enum index_file { INDEX_CALLS, INDEX_BCF, N_INDEX_FILES };

struct index_run {
	uint64_t first_window; /* where its first record begins */
	uint64_t last_window;  /* the last one that a record reaches */
	uint32_t level;
	uint64_t n_records;
	uint64_t bytes[N_INDEX_FILES];
};

/* The number of the run's bin within its level. */
static inline uint64_t index_run_bin(const struct index_run *run)
{
	return run->first_window >> (INDEX_LEVEL_SHIFT * run->level);
}

/* Runs of one chunk while its records come. Zero-initialised. */
struct index_builder {
	struct buf runs;
	uint32_t n_runs;
	struct index_run run; /* that is being filled; n_records is 0 where there is none */
	uint64_t last_first;  /* first window of the one before */
};

void index_builder_begin(struct index_builder *b);
void index_builder_done(struct index_builder *b);
void index_builder_add(struct index_builder *b, int64_t pos, int64_t rlen,
		const uint64_t bytes[N_INDEX_FILES]);
/* Append what was added to @out; buf_failed(@out) tells whether memory sufficed. */
void index_builder_end(struct index_builder *b, struct buf *out);

/* The next run; @last_first is 0 before a chunk's first. False where it is damaged. */
bool index_run_next(struct cursor *c, uint64_t *last_first, struct index_run *out);

#endif
