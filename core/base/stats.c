/* SPDX-License-Identifier: MIT */
#include "core/base/stats.h"

_Atomic uint64_t stat_values[N_STATS];

const struct stat_row stat_rows[N_STATS] = {
	[STAT_READS] = { "reads", "read requests answered", COUNTER },
	[STAT_READ_BYTES] = { "read_bytes", "bytes in answers to read requests", COUNTER },
	[STAT_READ_ERRORS] = { "read_errors", "read requests answered with an error", COUNTER },
	[STAT_LEFT_OUT] = { "left_out",
			"records that plink.bed has not, having more than two alleles, each time "
			"that it is opened",
			COUNTER },
	[STAT_OPEN_FILES] = { "open_files", "files of datasets that are open", GAUGE },
	[STAT_HITS] = { "hits", "blocks found in the cache, also after a wait", COUNTER },
	[STAT_MISSES] = { "misses", "blocks that a reader had to decode", COUNTER },
	[STAT_WAITS] = { "waits", "blocks waited for while another thread decoded them", COUNTER },
	[STAT_DECODES] = { "decodes", "chunks decoded", COUNTER },
	[STAT_DECODE_ERRORS] = { "decode_errors", "chunks that could not be read or decoded",
			COUNTER },
	[STAT_DECODE_NS] = { "decode_seconds", "time spent in decoding, all threads", COUNTER_NS },
	[STAT_PREFETCHES] = { "prefetches", "decodes begun ahead of a reader", COUNTER },
	[STAT_PREFETCHES_USED] = { "prefetches_used",
			"decodes ahead of a reader whose block was then wanted", COUNTER },
	[STAT_PREFETCHES_LOST] = { "prefetches_lost",
			"decodes ahead of a reader whose block was dropped unused", COUNTER },
	[STAT_EVICTIONS] = { "evictions", "blocks dropped to make room", COUNTER },
	[STAT_STORE_BYTES] = { "store_bytes", "bytes read from stores", COUNTER },
	[STAT_CACHE_BYTES] = { "cache_bytes", "bytes of blocks held and of decodes under way",
			GAUGE },
	[STAT_CACHE_PEAK_BYTES] = { "cache_peak_bytes", "the largest that cache_bytes has been",
			GAUGE },
	[STAT_CACHE_LIMIT_BYTES] = { "cache_limit_bytes", "the largest that cache_bytes may be",
			GAUGE },
	[STAT_CACHE_BLOCKS] = { "cache_blocks", "blocks held", GAUGE },
	[STAT_THREADS] = { "threads", "threads that decode, and answer the reads that wait for it",
			GAUGE },
	[STAT_BUSY_THREADS] = { "busy_threads", "those of them at work", GAUGE },
	[STAT_QUEUED_WANTED] = { "queued_wanted", "jobs queued that a reader waits for", GAUGE },
	[STAT_QUEUED_AHEAD] = { "queued_ahead", "jobs queued ahead of readers", GAUGE },
	[STAT_START_TIME] = { "start_time_seconds", "when the server began, since 1970", GAUGE },
};
