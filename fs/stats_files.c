/* SPDX-License-Identifier: MIT */
#include "fs/stats_files.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "core/base/stats.h"
#include "fs/log.h"
#include "fs/read_stats.h"
#include "fs/tree.h"

enum {
	NS_PER_S = 1000000000,
	VALUE_MAX = 32 /* bytes of a counter as text */
};

static const char *value_text(unsigned i, char text[static VALUE_MAX])
{
	uint64_t v = stat_get(i);

	if (stat_rows[i].kind == COUNTER_NS)
		snprintf(text, VALUE_MAX, "%" PRIu64 ".%09" PRIu64, v / NS_PER_S, v % NS_PER_S);
	else
		snprintf(text, VALUE_MAX, "%" PRIu64, v);
	return text;
}

static void write_stats(const struct options *o, const struct tree *t, struct buf *out)
{
	char value[VALUE_MAX];

	(void)o;
	(void)t;
	for (unsigned i = 0; i < N_STATS; i++)
		buf_printf(out, "%-20s %15s  %s\n", stat_rows[i].name, value_text(i, value),
				stat_rows[i].help);
}

/* Prometheus text exposition format 0.0.4. */
static void write_metrics(const struct options *o, const struct tree *t, struct buf *out)
{
	char value[VALUE_MAX];

	(void)o;
	(void)t;
	for (unsigned i = 0; i < N_STATS; i++) {
		const struct stat_row *row = &stat_rows[i];
		const char *suffix = row->kind == GAUGE ? "" : "_total";

		buf_printf(out, "# HELP genofs_%s%s %s\n", row->name, suffix, row->help);
		buf_printf(out, "# TYPE genofs_%s%s %s\n", row->name, suffix,
				row->kind == GAUGE ? "gauge" : "counter");
		buf_printf(out, "genofs_%s%s %s\n", row->name, suffix, value_text(i, value));
	}
	read_stats_write(out);
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
	char value[VALUE_MAX];

	for (unsigned i = 0; i < N_STATS; i++)
		buf_printf(&line, "%s%s=%s", i ? " " : "", stat_rows[i].name, value_text(i, value));
	if (!buf_failed(&line))
		log_line("%.*s", (int)line.len, (const char *)line.data);
	buf_done(&line);
}
