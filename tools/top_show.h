/* SPDX-License-Identifier: MIT */
/* Two looks at a mount, shown: on a screen, or as a line of a log. */
#ifndef GENOFS_TOOLS_TOP_SHOW_H
#define GENOFS_TOOLS_TOP_SHOW_H

#include "core/base/buf.h"
#include "tools/top_source.h"

struct top_interval {
	const char *mnt;
	double every;                  /* seconds, as asked for */
	const struct top_look *before; /* NULL at the first look */
	const struct top_look *now;
};

/* Seconds between the looks; NaN where there is but one. */
double top_interval_seconds(const struct top_interval *t);

/* Append a screen of @rows lines of @columns bytes at most, as bytes for an ANSI terminal. */
void top_screen(const struct top_interval *t, unsigned rows, unsigned columns, struct buf *out);

/* Append the names of the columns, or what was added between two looks and how it is now; tabs
 * between, "-" for what is not known. */
void top_log_header(struct buf *out);
void top_log_line(const struct top_interval *t, struct buf *out);

#endif
