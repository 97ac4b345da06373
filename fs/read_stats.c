/* SPDX-License-Identifier: MIT */
#include "fs/read_stats.h"

#include <inttypes.h>
#include <stdatomic.h>

#include "core/base/histogram.h"
#include "core/base/stats.h"
#include "fs/inode.h"

enum { ROW_GRAPHS = INODE_MAX_KINDS, N_ROWS };

/* By row of view_kinds[], and the files of pangenomes. */
static _Atomic uint64_t kind_reads[N_ROWS];
static _Atomic uint64_t kind_bytes[N_ROWS];
static struct histogram durations;

void read_stats_add(const struct view_kind *kind, size_t bytes, uint64_t start)
{
	size_t row = kind ? (size_t)(kind - view_kinds) : ROW_GRAPHS;

	stat_add(STAT_READS, 1);
	stat_add(STAT_READ_BYTES, bytes);
	atomic_fetch_add_explicit(&kind_reads[row], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&kind_bytes[row], bytes, memory_order_relaxed);
	histogram_add(&durations, stat_clock() - start);
}

static void write_value(
		struct buf *out, const char *name, const char *kind, const _Atomic uint64_t *value)
{
	buf_printf(out, "%s{file=\"%s\"} %" PRIu64 "\n", name, kind,
			atomic_load_explicit(value, memory_order_relaxed));
}

/* A family with one value for each kind of file. */
static void write_family(struct buf *out, const char *name, const char *help,
		const _Atomic uint64_t *by_kind)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s counter\n", name, help, name);
	for (unsigned i = 0; i < n_view_kinds; i++)
		write_value(out, name, view_kinds[i].name, &by_kind[i]);
	write_value(out, name, "pangenome", &by_kind[ROW_GRAPHS]);
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
