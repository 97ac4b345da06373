/* SPDX-License-Identifier: MIT */
/*
 * Log lines: the last of them are kept for .genofs/log, each goes to a sink besides.
 *
 * A line says what happened to a store or to the mount. It never holds a sample's name or a
 * genotype. Every function here may be called from any thread.
 */
#ifndef GENOFS_FS_LOG_H
#define GENOFS_FS_LOG_H

#include "core/base/buf.h"

enum { LOG_LINE_MAX = 640 }; /* bytes with the NUL; longer lines are cut */

/* Where lines go besides the ring; NULL, as at the start, is nowhere. Set it before threads. */
void log_set_sink(void (*sink)(const char *line));

void log_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The same for what may come in thousands: some lines of it, then only how many there were. */
void log_limited(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The last lines, oldest first, each with its time in UTC. */
void log_write(struct buf *out);

#endif
