/* SPDX-License-Identifier: MIT */
/*
 * Counters and gauges of one process: a table, so that .genofs/stats, .genofs/metrics and the
 * tests show whatever is in it. Any thread may change them at any time.
 */
#ifndef GENOFS_BASE_STATS_H
#define GENOFS_BASE_STATS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum stat_id {
	STAT_READS,            /* read requests answered */
	STAT_READ_BYTES,       /* bytes in their answers */
	STAT_READ_ERRORS,      /* read requests answered with an error */
	STAT_HITS,             /* blocks found in the cache */
	STAT_WAITS,            /* blocks waited for while another thread decoded them */
	STAT_DECODES,          /* chunks decoded */
	STAT_DECODE_ERRORS,    /* chunks that could not be read or decoded */
	STAT_DECODE_NS,        /* nanoseconds spent in decoding, all threads */
	STAT_PREFETCHES,       /* decodes begun ahead of a reader */
	STAT_EVICTIONS,        /* blocks dropped to make room */
	STAT_STORE_BYTES,      /* bytes read from stores */
	STAT_CACHE_BYTES,      /* gauge: bytes of blocks held and of decodes under way */
	STAT_CACHE_PEAK_BYTES, /* gauge: the largest that was */
	STAT_CACHE_BLOCKS,     /* gauge: blocks held */
	N_STATS
};

struct stat_row {
	const char *name; /* lower case, words joined by '_' */
	const char *help;
	bool gauge;
};

extern const struct stat_row stat_rows[N_STATS];
extern _Atomic uint64_t stat_values[N_STATS];

static inline void stat_add(enum stat_id id, uint64_t n)
{
	atomic_fetch_add_explicit(&stat_values[id], n, memory_order_relaxed);
}

static inline void stat_set(enum stat_id id, uint64_t n)
{
	atomic_store_explicit(&stat_values[id], n, memory_order_relaxed);
}

static inline uint64_t stat_get(enum stat_id id)
{
	return atomic_load_explicit(&stat_values[id], memory_order_relaxed);
}

#endif
