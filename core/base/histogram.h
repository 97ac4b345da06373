/* SPDX-License-Identifier: MIT */
/*
 * How long things took, in buckets: bucket i counts what took at most 2^i microseconds and longer
 * than the one before it, the last whatever took longer than all others. Any thread may add at any
 * time; no lock is taken.
 */
#ifndef GENOFS_BASE_HISTOGRAM_H
#define GENOFS_BASE_HISTOGRAM_H

#include <stdatomic.h>
#include <stdint.h>

#include "core/base/buf.h"

enum { HISTOGRAM_BUCKETS = 25 }; /* 1 us, 2 us, ..., 8.4 s, and the rest */

struct histogram {
	_Atomic uint64_t counts[HISTOGRAM_BUCKETS];
	_Atomic uint64_t sum; /* nanoseconds */
};

void histogram_add(struct histogram *h, uint64_t nanoseconds);

/* Append it in the text format of Prometheus, in seconds, as the family @name. */
void histogram_write(
		const struct histogram *h, const char *name, const char *help, struct buf *out);

#endif
