/* SPDX-License-Identifier: MIT */
#include "fs/stats_files.h"

#include <inttypes.h>
#include <unistd.h>

#include "core/base/stats.h"
#include "fs/log.h"
#include "fs/tree.h"

static void write_stats(const struct options *o, const struct tree *t, struct buf *out)
{
	(void)o;
	(void)t;
	for (unsigned i = 0; i < N_STATS; i++)
		buf_printf(out, "%-20s %15" PRIu64 "  %s\n", stat_rows[i].name, stat_get(i),
				stat_rows[i].help);
}

/* Prometheus text exposition format 0.0.4. */
static void write_metrics(const struct options *o, const struct tree *t, struct buf *out)
{
	(void)o;
	(void)t;
	for (unsigned i = 0; i < N_STATS; i++) {
		const struct stat_row *row = &stat_rows[i];
		const char *suffix = row->gauge ? "" : "_total";

		buf_printf(out, "# HELP genofs_%s%s %s\n", row->name, suffix, row->help);
		buf_printf(out, "# TYPE genofs_%s%s %s\n", row->name, suffix,
				row->gauge ? "gauge" : "counter");
		buf_printf(out, "genofs_%s%s %" PRIu64 "\n", row->name, suffix, stat_get(i));
	}
}

static void write_config(const struct options *o, const struct tree *t, struct buf *out)
{
	options_write(o, out);
	buf_printf(out, "server_pid=%ld\n", (long)getpid());
	buf_printf(out, "supervisor_pid=%ld\n", (long)getppid());
	tree_write_sources(t, "source.", out);
}

static void write_version(const struct options *o, const struct tree *t, struct buf *out)
{
	(void)o;
	(void)t;
	buf_printf(out, "genofs %s\n", GENOFS_VERSION);
}

static void write_log(const struct options *o, const struct tree *t, struct buf *out)
{
	(void)o;
	(void)t;
	log_write(out);
}

const struct stats_file stats_files[] = {
	{ "stats", write_stats },
	{ "metrics", write_metrics },
	{ "config", write_config },
	{ "version", write_version },
	{ "log", write_log },
};
const unsigned n_stats_files = sizeof(stats_files) / sizeof(stats_files[0]);

void stats_log(void)
{
	struct buf line = { 0 };

	for (unsigned i = 0; i < N_STATS; i++)
		buf_printf(&line, "%s%s=%" PRIu64, i ? " " : "", stat_rows[i].name, stat_get(i));
	if (!buf_failed(&line))
		log_line("%.*s", (int)line.len, (const char *)line.data);
	buf_done(&line);
}
