/* SPDX-License-Identifier: MIT */
#include "core/base/histogram.h"

#include <inttypes.h>

enum { NS_PER_US = 1000, US_PER_S = 1000000 };

static unsigned bucket_of(uint64_t nanoseconds)
{
	uint64_t us = nanoseconds / NS_PER_US + (nanoseconds % NS_PER_US != 0);
	unsigned i = us <= 1 ? 0 : 64 - (unsigned)__builtin_clzll(us - 1);

	return i < HISTOGRAM_BUCKETS ? i : HISTOGRAM_BUCKETS - 1;
}

void histogram_add(struct histogram *h, uint64_t nanoseconds)
{
	atomic_fetch_add_explicit(&h->counts[bucket_of(nanoseconds)], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&h->sum, nanoseconds, memory_order_relaxed);
}

void histogram_write(const struct histogram *h, const char *name, const char *help, struct buf *out)
{
	uint64_t sum = atomic_load_explicit(&h->sum, memory_order_relaxed);
	uint64_t n = 0; /* in this bucket and all before it */

	buf_printf(out, "# HELP %s %s\n# TYPE %s histogram\n", name, help, name);
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS - 1; i++) {
		uint64_t us = (uint64_t)1 << i;

		n += atomic_load_explicit(&h->counts[i], memory_order_relaxed);
		buf_printf(out, "%s_bucket{le=\"%" PRIu64 ".%06" PRIu64 "\"} %" PRIu64 "\n", name,
				us / US_PER_S, us % US_PER_S, n);
	}
	n += atomic_load_explicit(&h->counts[HISTOGRAM_BUCKETS - 1], memory_order_relaxed);
	buf_printf(out, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, n);
	buf_printf(out, "%s_sum %" PRIu64 ".%09" PRIu64 "\n", name, sum / 1000000000,
			sum % 1000000000);
	buf_printf(out, "%s_count %" PRIu64 "\n", name, n);
}
