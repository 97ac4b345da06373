/* SPDX-License-Identifier: MIT */
#include "core/base/stats.h"

_Atomic uint64_t stat_values[N_STATS];

const struct stat_row stat_rows[N_STATS] = {
	[STAT_READS] = { "reads", "read requests answered", false },
	[STAT_READ_BYTES] = { "read_bytes", "bytes in answers to read requests", false },
	[STAT_READ_ERRORS] = { "read_errors", "read requests answered with an error", false },
	[STAT_HITS] = { "hits", "blocks found in the cache", false },
	[STAT_WAITS] = { "waits", "blocks waited for while another thread decoded them", false },
	[STAT_DECODES] = { "decodes", "chunks decoded", false },
	[STAT_DECODE_ERRORS] = { "decode_errors", "chunks that could not be read or decoded",
			false },
	[STAT_DECODE_NS] = { "decode_nanoseconds", "time spent in decoding, all threads", false },
	[STAT_PREFETCHES] = { "prefetches", "decodes begun ahead of a reader", false },
	[STAT_EVICTIONS] = { "evictions", "blocks dropped to make room", false },
	[STAT_STORE_BYTES] = { "store_bytes", "bytes read from stores", false },
	[STAT_CACHE_BYTES] = { "cache_bytes", "bytes of blocks held and of decodes under way",
			true },
	[STAT_CACHE_PEAK_BYTES] = { "cache_peak_bytes", "the largest that cache_bytes has been",
			true },
	[STAT_CACHE_BLOCKS] = { "cache_blocks", "blocks held", true },
};
