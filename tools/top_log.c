/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <time.h>

#include "tools/top_show.h"

enum { NS_PER_S = 1000000000 };

struct column {
	const char *name;
	enum metric_id id;
};

/* What came to it in the interval. */
static const struct column added[] = {
	{ "reads", METRIC_READS },
	{ "read_bytes", METRIC_READ_BYTES },
	{ "read_errors", METRIC_READ_ERRORS },
	{ "hits", METRIC_HITS },
	{ "misses", METRIC_MISSES },
	{ "waits", METRIC_WAITS },
	{ "decodes", METRIC_DECODES },
	{ "decode_seconds", METRIC_DECODE_SECONDS },
	{ "decode_errors", METRIC_DECODE_ERRORS },
	{ "prefetches", METRIC_PREFETCHES },
	{ "prefetches_used", METRIC_PREFETCHES_USED },
	{ "prefetches_lost", METRIC_PREFETCHES_LOST },
	{ "evictions", METRIC_EVICTIONS },
	{ "store_bytes", METRIC_STORE_BYTES },
};

/* What is as it is at the end of it. */
static const struct column present[] = {
	{ "cache_bytes", METRIC_CACHE_BYTES },
	{ "cache_peak_bytes", METRIC_CACHE_PEAK_BYTES },
	{ "cache_limit_bytes", METRIC_CACHE_LIMIT_BYTES },
	{ "cache_blocks", METRIC_CACHE_BLOCKS },
	{ "open_files", METRIC_OPEN_FILES },
	{ "threads", METRIC_THREADS },
	{ "busy_threads", METRIC_BUSY_THREADS },
	{ "queued_wanted", METRIC_QUEUED_WANTED },
	{ "queued_ahead", METRIC_QUEUED_AHEAD },
};

static const struct {
	const char *name;
	double q;
} quantiles[] = {
	{ "p50_seconds", 0.5 },
	{ "p90_seconds", 0.9 },
	{ "p99_seconds", 0.99 },
};

#define N_OF(rows) (sizeof(rows) / sizeof((rows)[0]))

double top_interval_seconds(const struct top_interval *t)
{
	return t->before ? (double)(t->now->clock - t->before->clock) / NS_PER_S : NAN;
}

void top_log_header(struct buf *out)
{
	buf_printf(out, "time\tseconds");
	for (size_t i = 0; i < N_OF(added); i++)
		buf_printf(out, "\t%s", added[i].name);
	for (size_t i = 0; i < N_OF(quantiles); i++)
		buf_printf(out, "\t%s", quantiles[i].name);
	for (size_t i = 0; i < N_OF(present); i++)
		buf_printf(out, "\t%s", present[i].name);
	buf_printf(out, "\tresident_bytes\n");
}

/* Whole numbers as such, others to the microsecond. */
static void put_number(struct buf *out, double v)
{
	if (isnan(v))
		buf_printf(out, "\t-");
	else
		buf_printf(out, v == floor(v) ? "\t%.0f" : "\t%.6f", v);
}

void top_log_line(const struct top_interval *t, struct buf *out)
{
	const struct metrics *before = t->before ? &t->before->metrics : NULL;
	const struct metrics *now = &t->now->metrics;
	struct timespec clock;

	clock_gettime(CLOCK_REALTIME, &clock);
	buf_printf(out, "%lld.%03ld", (long long)clock.tv_sec, clock.tv_nsec / 1000000);
	put_number(out, top_interval_seconds(t));
	for (size_t i = 0; i < N_OF(added); i++)
		put_number(out, metrics_added(before, now, added[i].id));
	for (size_t i = 0; i < N_OF(quantiles); i++)
		put_number(out, metrics_quantile(before ? &before->read_time : NULL,
						&now->read_time, quantiles[i].q));
	for (size_t i = 0; i < N_OF(present); i++)
		put_number(out, now->values[present[i].id]);
	put_number(out, t->now->resident);
	buf_printf(out, "\n");
}
