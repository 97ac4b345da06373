/* SPDX-License-Identifier: MIT */
/*
 * The mount that `genofs top` looks at: its .genofs/metrics, and the memory of its server. Nothing
 * of it is kept open, so that it can be unmounted at any time.
 */
#ifndef GENOFS_TOOLS_TOP_SOURCE_H
#define GENOFS_TOOLS_TOP_SOURCE_H

#include <stdint.h>

#include "tools/top_metrics.h"

struct top_source;

/* One look. */
struct top_look {
	uint64_t clock; /* stat_clock() when it was taken */
	struct metrics metrics;
	double resident; /* bytes of memory of the server; NaN where they cannot be seen */
	double resident_peak;
};

/* The mount at the folder @given. Return: 0; -EINVAL: there is none of genofs; another negative
 * errno. */
int top_source_open(const char *given, struct top_source **out, struct err *err);
void top_source_close(struct top_source *source); /* NULL is nothing to do */
void top_source_closep(struct top_source **source);

const char *top_source_mnt(const struct top_source *source);

/* Look. Return: 0; a negative errno, with @err, where the mount is gone or does not answer; -EINTR,
 * without, where a signal came. */
int top_source_look(struct top_source *source, struct top_look *out, struct err *err);

#endif
