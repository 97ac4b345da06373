/* SPDX-License-Identifier: MIT */
/*
 * Counters and gauges of one process: a table, so that .genofs/stats, .genofs/metrics and the
 * tests show whatever is in it. Any thread may change them at any time.
 */
#ifndef GENOFS_BASE_STATS_H
#define GENOFS_BASE_STATS_H

#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

enum stat_id {
	STAT_READS,             /* read requests answered */
	STAT_READ_BYTES,        /* bytes in their answers */
	STAT_READ_ERRORS,       /* read requests answered with an error */
	STAT_LEFT_OUT,          /* records that files opened leave out */
	STAT_OPEN_FILES,        /* gauge: views open now */
	STAT_HITS,              /* blocks found in the cache, also after a wait */
	STAT_MISSES,            /* blocks that a reader had to decode */
	STAT_WAITS,             /* blocks waited for while another thread decoded them */
	STAT_DECODES,           /* chunks decoded */
	STAT_DECODE_ERRORS,     /* chunks that could not be read or decoded */
	STAT_DECODE_NS,         /* nanoseconds spent in decoding, all threads */
	STAT_PREFETCHES,        /* decodes begun ahead of a reader */
	STAT_PREFETCHES_USED,   /* those whose block a reader found */
	STAT_PREFETCHES_LOST,   /* those whose block was dropped before */
	STAT_EVICTIONS,         /* blocks dropped to make room */
	STAT_BLOCKS_PASSED,     /* blocks dropped behind readers in order */
	STAT_STORE_BYTES,       /* bytes read from stores */
	STAT_CACHE_BYTES,       /* gauge: bytes of blocks held and of decodes under way */
	STAT_CACHE_PEAK_BYTES,  /* gauge: the largest that was */
	STAT_CACHE_LIMIT_BYTES, /* gauge: the budget for them */
	STAT_CACHE_BLOCKS,      /* gauge: blocks held */
	STAT_THREADS,           /* gauge: workers of the pool */
	STAT_BUSY_THREADS,      /* gauge: those that run a job */
	STAT_QUEUED_WANTED,     /* gauge: jobs queued that a reader waits for */
	STAT_QUEUED_AHEAD,      /* gauge: jobs queued ahead of readers */
	STAT_START_TIME,        /* gauge: when the server began, in seconds since 1970 */
	N_STATS
};

enum stat_kind {
	COUNTER,
	COUNTER_NS, /* of nanoseconds, shown in seconds */
	GAUGE
};

struct stat_row {
	const char *name; /* lower case, words joined by '_' */
	const char *help;
	enum stat_kind kind;
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

/* Nanoseconds of a clock that only goes forward, to take differences of. */
static inline uint64_t stat_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

#endif
