/* SPDX-License-Identifier: MIT */
#include "fs/read_stats.h"

#include <inttypes.h>
#include <stdatomic.h>

#include "core/base/histogram.h"
#include "core/base/stats.h"
#include "fs/inode.h"

/* By row of view_kinds[]. */
static _Atomic uint64_t kind_reads[INODE_MAX_KINDS];
static _Atomic uint64_t kind_bytes[INODE_MAX_KINDS];
static struct histogram durations;

void read_stats_add(const struct view_kind *kind, size_t bytes, uint64_t start)
{
	size_t row = (size_t)(kind - view_kinds);

	stat_add(STAT_READS, 1);
	stat_add(STAT_READ_BYTES, bytes);
	atomic_fetch_add_explicit(&kind_reads[row], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&kind_bytes[row], bytes, memory_order_relaxed);
	histogram_add(&durations, stat_clock() - start);
}

/* A family with one value for each kind of file. */
static void write_family(struct buf *out, const char *name, const char *help,
		const _Atomic uint64_t *by_kind)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s counter\n", name, help, name);
	for (unsigned i = 0; i < n_view_kinds; i++)
		buf_printf(out, "%s{file=\"%s\"} %" PRIu64 "\n", name, view_kinds[i].name,
				atomic_load_explicit(&by_kind[i], memory_order_relaxed));
}

void read_stats_write(struct buf *out)
{
	write_family(out, "genofs_file_reads_total", "read requests answered, by kind of file",
			kind_reads);
	write_family(out, "genofs_file_read_bytes_total",
			"bytes in answers to read requests, by kind of file", kind_bytes);
	histogram_write(&durations, "genofs_read_duration_seconds",
			"time from the request to read until its answer is ready", out);
}
