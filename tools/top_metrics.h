/* SPDX-License-Identifier: MIT */
/*
 * What a mount says in .genofs/metrics (docs/views.md): Prometheus's text format 0.0.4, of which
 * samples without a time, with one label at most and no escapes in it are understood. Families that
 * are not known are passed over. Times are in seconds.
 */
#ifndef GENOFS_TOOLS_TOP_METRICS_H
#define GENOFS_TOOLS_TOP_METRICS_H

#include <stddef.h>

#include "core/base/err.h"

enum metric_id {
	METRIC_READS,
	METRIC_READ_BYTES,
	METRIC_READ_ERRORS,
	METRIC_OPEN_FILES,
	METRIC_HITS,
	METRIC_MISSES,
	METRIC_WAITS,
	METRIC_DECODES,
	METRIC_DECODE_ERRORS,
	METRIC_DECODE_SECONDS,
	METRIC_PREFETCHES,
	METRIC_PREFETCHES_USED,
	METRIC_PREFETCHES_LOST,
	METRIC_EVICTIONS,
	METRIC_STORE_BYTES,
	METRIC_CACHE_BYTES,
	METRIC_CACHE_PEAK_BYTES,
	METRIC_CACHE_LIMIT_BYTES,
	METRIC_CACHE_BLOCKS,
	METRIC_THREADS,
	METRIC_BUSY_THREADS,
	METRIC_QUEUED_WANTED,
	METRIC_QUEUED_AHEAD,
	METRIC_START_TIME,
	N_METRICS
};

enum {
	METRICS_MAX_BUCKETS = 64,
	METRICS_MAX_FILES = 256,
	METRICS_MAX_NAME = 32 /* with the NUL */
};

struct metrics_histogram {
	unsigned n;
	double le[METRICS_MAX_BUCKETS];    /* ascending; the last may be INFINITY */
	double count[METRICS_MAX_BUCKETS]; /* of what took le[i] at most: never descending */
	double sum;
};

/* The reads of one kind of file. */
struct metrics_file {
	char name[METRICS_MAX_NAME]; /* printable ASCII */
	double reads;
	double bytes;
};

struct metrics {
	double values[N_METRICS]; /* finite, >= 0; NaN where the text has none */
	struct metrics_histogram read_time;
	unsigned n_files;
	struct metrics_file files[METRICS_MAX_FILES];
};

/**
 * metrics_parse() - the numbers of a whole file
 * @out: the caller's; of no use on failure
 *
 * Return: 0; -EBADMSG where @text is not whole lines of that format, or has no
 * genofs_reads_total.
 */
int metrics_parse(const char *text, size_t len, struct metrics *out, struct err *err);

/* What was added from @before to @now, 0 where it went down; NaN where either has none. @before
 * NULL: since the counter began. */
double metrics_added(const struct metrics *before, const struct metrics *now, enum metric_id id);

/**
 * metrics_quantile() - the time within which a part @q, 0..1, of what was added was done
 * @before: NULL for all there is
 *
 * Within a bucket they count as spread evenly. Return: seconds, the largest finite bound at most;
 * NaN where nothing was added.
 */
double metrics_quantile(const struct metrics_histogram *before, const struct metrics_histogram *now,
		double q);

#endif
