/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "tools/progress.h"
#include "tools/top_show.h"

enum {
	MAX_LINE = 512, /* bytes of a line before it is cut to the screen */
	MAX_VALUE = 32
};

/* What is written so far. */
struct screen {
	struct buf *out;
	unsigned rows;
	unsigned columns;
	unsigned n; /* lines */
};

/* How a number is written. */
enum unit { COUNT, BYTES, SECONDS };

struct cell {
	const char *label;
	enum metric_id id;
	enum unit unit;
};

/* Side by side: reads, and what they cost. */
static const struct cell cells[][2] = {
	{ { "reads", METRIC_READS, COUNT }, { "decodes", METRIC_DECODES, COUNT } },
	{ { "bytes", METRIC_READ_BYTES, BYTES },
			{ "decode time", METRIC_DECODE_SECONDS, SECONDS } },
	{ { "read errors", METRIC_READ_ERRORS, COUNT },
			{ "decode errors", METRIC_DECODE_ERRORS, COUNT } },
	{ { "cache hits", METRIC_HITS, COUNT }, { "ahead", METRIC_PREFETCHES, COUNT } },
	{ { "cache misses", METRIC_MISSES, COUNT },
			{ "ahead, used", METRIC_PREFETCHES_USED, COUNT } },
	{ { "waits", METRIC_WAITS, COUNT }, { "ahead, lost", METRIC_PREFETCHES_LOST, COUNT } },
	{ { "from stores", METRIC_STORE_BYTES, BYTES }, { "evictions", METRIC_EVICTIONS, COUNT } },
};

#define N_ROWS (sizeof(cells) / sizeof(cells[0]))

/* ---- lines ---- */

/* How many bytes of @line are shown: whole characters of UTF-8, so that none is cut in two. */
static size_t cut(const char *line, size_t len, size_t columns)
{
	if (len <= columns)
		return len;
	while (columns > 0 && ((unsigned char)line[columns] & 0xc0) == 0x80)
		columns--;
	return columns;
}

__attribute__((format(printf, 2, 3))) static void put_line(struct screen *s, const char *fmt, ...)
{
	char line[MAX_LINE];
	va_list ap;
	size_t len;

	if (s->n == s->rows)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	len = cut(line, strlen(line), s->columns);
	for (size_t i = 0; i < len; i++) /* of the mount's pathname */
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = '?';
	/* No newline after the last: it would scroll. */
	buf_printf(s->out, "%s%.*s\x1b[K", s->n ? "\r\n" : "", (int)len, line);
	s->n++;
}

/* ---- numbers ---- */

static const char *count_text(char *text, double v)
{
	static const char suffixes[] = " kMGTP";
	unsigned i = 0;

	if (v < 10 && v != floor(v)) {
		snprintf(text, MAX_VALUE, "%.1f", v);
	} else if (v < 999999.5) {
		snprintf(text, MAX_VALUE, "%.0f", v);
	} else {
		for (; v >= 999.5 && i + 2 < sizeof(suffixes); i++)
			v /= 1000;
		snprintf(text, MAX_VALUE, "%.1f %c", v, suffixes[i]);
	}
	return text;
}

static const char *seconds_text(char *text, double v)
{
	if (v < 1e-3)
		snprintf(text, MAX_VALUE, "%.0f us", v * 1e6);
	else if (v < 1)
		snprintf(text, MAX_VALUE, v < 0.1 ? "%.1f ms" : "%.0f ms", v * 1e3);
	else
		snprintf(text, MAX_VALUE, v < 100 ? "%.1f s" : "%.0f s", v);
	return text;
}

/* "-" for what is not known. */
static const char *value_text(char *text, double v, enum unit unit)
{
	if (isnan(v))
		return "-";
	if (unit == BYTES)
		return progress_size(text, v < 0x1p63 ? (uint64_t)v : INT64_MAX);
	return unit == SECONDS ? seconds_text(text, v) : count_text(text, v);
}

/* What was added in a second of the interval. */
static double rate(const struct top_interval *t, double added)
{
	double seconds = top_interval_seconds(t);

	return seconds > 0 ? fmax(added, 0) / seconds : NAN;
}

/* ---- parts of the screen ---- */

static void put_title(struct screen *s, const struct top_interval *t)
{
	double up = (double)time(NULL) - t->now->metrics.values[METRIC_START_TIME];
	long long seconds = up > 0 ? (long long)up : 0;
	char right[80];
	int left;

	snprintf(right, sizeof(right), "up %lld:%02lld:%02lld, every %g s, q ends", seconds / 3600,
			seconds / 60 % 60, seconds % 60, t->every);
	left = (int)s->columns - (int)strlen(right) - (int)sizeof("genofs top: ");
	if (left < 0)
		left = 0;
	put_line(s, "genofs top: %-*.*s %s", left, (int)cut(t->mnt, strlen(t->mnt), (size_t)left),
			t->mnt, right);
}

static void put_counters(struct screen *s, const struct top_interval *t)
{
	const struct metrics *before = t->before ? &t->before->metrics : NULL;
	const struct metrics *now = &t->now->metrics;

	put_line(s, "%-13s%11s%12s    %-13s%11s%12s", "", "a second", "in all", "", "a second",
			"in all");
	for (size_t i = 0; i < N_ROWS; i++) {
		char text[4][MAX_VALUE];
		const char *value[4];

		for (unsigned j = 0; j < 2; j++) {
			const struct cell *c = &cells[i][j];
			size_t k = 2 * (size_t)j;

			value[k] = value_text(text[k], rate(t, metrics_added(before, now, c->id)),
					c->unit);
			value[k + 1] = value_text(text[k + 1], now->values[c->id], c->unit);
		}
		put_line(s, "%-13s%11s%12s    %-13s%11s%12s", cells[i][0].label, value[0], value[1],
				cells[i][1].label, value[2], value[3]);
	}
}

static void put_read_time(struct screen *s, const struct top_interval *t)
{
	const struct metrics_histogram *before = t->before ? &t->before->metrics.read_time : NULL;
	const struct metrics_histogram *now = &t->now->metrics.read_time;
	char text[3][MAX_VALUE];

	put_line(s, "read time  half within %s, 90 %% within %s, 99 %% within %s",
			value_text(text[0], metrics_quantile(before, now, 0.5), SECONDS),
			value_text(text[1], metrics_quantile(before, now, 0.9), SECONDS),
			value_text(text[2], metrics_quantile(before, now, 0.99), SECONDS));
}

/* The part of the blocks wanted that was found in the cache. */
static const char *hit_text(char *text, const struct metrics *before, const struct metrics *now)
{
	double hits = metrics_added(before, now, METRIC_HITS);
	double wanted = hits + metrics_added(before, now, METRIC_MISSES);

	if (!(wanted > 0))
		return "-";
	snprintf(text, MAX_VALUE, "%.1f %%", 100 * hits / wanted);
	return text;
}

static void put_cache(struct screen *s, const struct top_interval *t)
{
	const struct metrics *now = &t->now->metrics;
	char text[5][MAX_VALUE];

	put_line(s, "cache      %s of %s, %s at most; %s blocks; hits %s",
			value_text(text[0], now->values[METRIC_CACHE_BYTES], BYTES),
			value_text(text[1], now->values[METRIC_CACHE_LIMIT_BYTES], BYTES),
			value_text(text[2], now->values[METRIC_CACHE_PEAK_BYTES], BYTES),
			value_text(text[3], now->values[METRIC_CACHE_BLOCKS], COUNT),
			hit_text(text[4], t->before ? &t->before->metrics : NULL, now));
}

static void put_server(struct screen *s, const struct top_interval *t)
{
	const double *v = t->now->metrics.values;
	char text[7][MAX_VALUE];

	put_line(s, "server     %s in memory, %s at most; %s files open",
			value_text(text[0], t->now->resident, BYTES),
			value_text(text[1], t->now->resident_peak, BYTES),
			value_text(text[2], v[METRIC_OPEN_FILES], COUNT));
	put_line(s, "threads    %s of %s busy; %s jobs queued, and %s ahead of readers",
			value_text(text[3], v[METRIC_BUSY_THREADS], COUNT),
			value_text(text[4], v[METRIC_THREADS], COUNT),
			value_text(text[5], v[METRIC_QUEUED_WANTED], COUNT),
			value_text(text[6], v[METRIC_QUEUED_AHEAD], COUNT));
}

/* What was read of the same kind of file at the look before. */
static struct metrics_file file_before(const struct top_interval *t, const struct metrics_file *f)
{
	if (t->before)
		for (unsigned i = 0; i < t->before->metrics.n_files; i++)
			if (strcmp(t->before->metrics.files[i].name, f->name) == 0)
				return t->before->metrics.files[i];
	return (struct metrics_file){ 0 };
}

/* Those that were read at all. */
static void put_files(struct screen *s, const struct top_interval *t)
{
	put_line(s, "%-20s%13s%15s%13s%15s", "file", "reads/s", "bytes/s", "reads", "bytes");
	for (unsigned i = 0; i < t->now->metrics.n_files; i++) {
		const struct metrics_file *f = &t->now->metrics.files[i];
		struct metrics_file before = file_before(t, f);
		char text[4][MAX_VALUE];

		if (f->reads == 0)
			continue;
		put_line(s, "%-20s%13s%15s%13s%15s", f->name,
				value_text(text[0], rate(t, f->reads - before.reads), COUNT),
				value_text(text[1], rate(t, f->bytes - before.bytes), BYTES),
				value_text(text[2], f->reads, COUNT),
				value_text(text[3], f->bytes, BYTES));
	}
}

void top_screen(const struct top_interval *t, unsigned rows, unsigned columns, struct buf *out)
{
	struct screen s = { .out = out, .rows = rows, .columns = columns };

	buf_printf(out, "\x1b[H");
	put_title(&s, t);
	put_line(&s, "%s", "");
	put_counters(&s, t);
	put_line(&s, "%s", "");
	put_read_time(&s, t);
	put_cache(&s, t);
	put_server(&s, t);
	put_line(&s, "%s", "");
	put_files(&s, t);
	buf_printf(out, "\x1b[J");
}
