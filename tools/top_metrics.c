/* SPDX-License-Identifier: MIT */
#include "tools/top_metrics.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NUMBER = 40 }; /* bytes of a number, with the NUL */

static const char *const value_names[N_METRICS] = {
	[METRIC_READS] = "genofs_reads_total",
	[METRIC_READ_BYTES] = "genofs_read_bytes_total",
	[METRIC_READ_ERRORS] = "genofs_read_errors_total",
	[METRIC_OPEN_FILES] = "genofs_open_files",
	[METRIC_HITS] = "genofs_hits_total",
	[METRIC_MISSES] = "genofs_misses_total",
	[METRIC_WAITS] = "genofs_waits_total",
	[METRIC_DECODES] = "genofs_decodes_total",
	[METRIC_DECODE_ERRORS] = "genofs_decode_errors_total",
	[METRIC_DECODE_SECONDS] = "genofs_decode_seconds_total",
	[METRIC_PREFETCHES] = "genofs_prefetches_total",
	[METRIC_PREFETCHES_USED] = "genofs_prefetches_used_total",
	[METRIC_PREFETCHES_LOST] = "genofs_prefetches_lost_total",
	[METRIC_EVICTIONS] = "genofs_evictions_total",
	[METRIC_STORE_BYTES] = "genofs_store_bytes_total",
	[METRIC_CACHE_BYTES] = "genofs_cache_bytes",
	[METRIC_CACHE_PEAK_BYTES] = "genofs_cache_peak_bytes",
	[METRIC_CACHE_LIMIT_BYTES] = "genofs_cache_limit_bytes",
	[METRIC_CACHE_BLOCKS] = "genofs_cache_blocks",
	[METRIC_THREADS] = "genofs_threads",
	[METRIC_BUSY_THREADS] = "genofs_busy_threads",
	[METRIC_QUEUED_WANTED] = "genofs_queued_wanted",
	[METRIC_QUEUED_AHEAD] = "genofs_queued_ahead",
	[METRIC_START_TIME] = "genofs_start_time_seconds",
};

/* Bytes of the text; not NUL-terminated. */
struct span {
	const char *p;
	size_t len;
};

/* One line: name{key="label"} value */
struct sample {
	struct span name;
	struct span key;
	struct span label;
	double value;
};

static bool span_is(struct span s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.p, text, s.len) == 0;
}

/* Cut off what comes before the first of @ends; all of it where there is none. */
static struct span take(struct span *rest, const char *ends)
{
	struct span taken = { rest->p, 0 };

	while (taken.len < rest->len && (!rest->p[taken.len] || !strchr(ends, rest->p[taken.len])))
		taken.len++;
	rest->p += taken.len;
	rest->len -= taken.len;
	return taken;
}

static bool skip(struct span *rest, const char *text)
{
	size_t n = strlen(text);

	if (rest->len < n || memcmp(rest->p, text, n) != 0)
		return false;
	rest->p += n;
	rest->len -= n;
	return true;
}

/* Digits, a point, an exponent: not all that strtod(3) takes. */
static bool parse_number(struct span s, double *out)
{
	char text[MAX_NUMBER];
	char *end;

	if (s.len == 0 || s.len >= sizeof(text) || s.p[0] < '0' || s.p[0] > '9')
		return false;
	memcpy(text, s.p, s.len);
	text[s.len] = '\0';
	if (strspn(text, "0123456789.eE+-") != s.len)
		return false;
	*out = strtod(text, &end);
	return *end == '\0' && isfinite(*out);
}

static bool parse_sample(struct span line, struct sample *out)
{
	*out = (struct sample){ .name = take(&line, "{ ") };
	if (skip(&line, "{")) {
		out->key = take(&line, "=");
		if (!skip(&line, "=\""))
			return false;
		out->label = take(&line, "\"\\");
		if (!skip(&line, "\"}"))
			return false;
	}
	return out->name.len > 0 && skip(&line, " ") && parse_number(line, &out->value);
}

static bool add_value(struct metrics *m, const struct sample *s)
{
	for (unsigned i = 0; i < N_METRICS; i++)
		if (span_is(s->name, value_names[i])) {
			m->values[i] = s->value;
			return s->key.len == 0;
		}
	return true;
}

static bool add_bucket(struct metrics *m, const struct sample *s)
{
	struct metrics_histogram *h = &m->read_time;
	double le = INFINITY;

	if (h->n == METRICS_MAX_BUCKETS || !span_is(s->key, "le") ||
			!(span_is(s->label, "+Inf") || parse_number(s->label, &le)))
		return false;
	if (h->n > 0 && (le <= h->le[h->n - 1] || s->value < h->count[h->n - 1]))
		return false;
	h->le[h->n] = le;
	h->count[h->n] = s->value;
	h->n++;
	return true;
}

static bool add_sum(struct metrics *m, const struct sample *s)
{
	m->read_time.sum = s->value;
	return true;
}

/* The kind of file that the sample is of, a new one where it is the first. NULL: no name that could
 * be shown, or too many. */
static struct metrics_file *file_of(struct metrics *m, const struct sample *s)
{
	struct metrics_file *f;

	if (!span_is(s->key, "file") || s->label.len == 0 || s->label.len >= sizeof(f->name))
		return NULL;
	for (f = m->files; f < m->files + m->n_files; f++)
		if (span_is(s->label, f->name))
			return f;
	if (m->n_files == METRICS_MAX_FILES)
		return NULL;
	for (size_t i = 0; i < s->label.len; i++)
		if (s->label.p[i] <= ' ' || s->label.p[i] > '~')
			return NULL;
	*f = (struct metrics_file){ 0 };
	memcpy(f->name, s->label.p, s->label.len);
	m->n_files++;
	return f;
}

static bool add_file_reads(struct metrics *m, const struct sample *s)
{
	struct metrics_file *f = file_of(m, s);

	if (f)
		f->reads = s->value;
	return f;
}

static bool add_file_bytes(struct metrics *m, const struct sample *s)
{
	struct metrics_file *f = file_of(m, s);

	if (f)
		f->bytes = s->value;
	return f;
}

/* Families that are more than one number; all others are add_value()'s. */
static const struct {
	const char *name;
	bool (*add)(struct metrics *m, const struct sample *s);
} families[] = {
	{ "genofs_read_duration_seconds_bucket", add_bucket },
	{ "genofs_read_duration_seconds_sum", add_sum },
	{ "genofs_file_reads_total", add_file_reads },
	{ "genofs_file_read_bytes_total", add_file_bytes },
};

static bool add_sample(struct metrics *m, const struct sample *s)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (span_is(s->name, families[i].name))
			return families[i].add(m, s);
	return add_value(m, s);
}

int metrics_parse(const char *text, size_t len, struct metrics *out, struct err *err)
{
	struct span rest = { text, len };
	struct sample sample;

	memset(out, 0, sizeof(*out));
	for (unsigned i = 0; i < N_METRICS; i++)
		out->values[i] = NAN;
	for (unsigned n = 1; rest.len > 0; n++) {
		struct span line = take(&rest, "\n");

		if (!skip(&rest, "\n"))
			return err_set(err, -EBADMSG, "line %u: cut", n);
		if (line.len == 0 || line.p[0] == '#')
			continue;
		if (!parse_sample(line, &sample) || !add_sample(out, &sample))
			return err_set(err, -EBADMSG, "line %u: not what genofs writes", n);
	}
	if (isnan(out->values[METRIC_READS]))
		return err_set(err, -EBADMSG, "no %s in it", value_names[METRIC_READS]);
	return 0;
}

double metrics_added(const struct metrics *before, const struct metrics *now, enum metric_id id)
{
	double added = now->values[id] - (before ? before->values[id] : 0);

	return added < 0 ? 0 : added; /* NaN stays NaN */
}

static bool same_bounds(const struct metrics_histogram *a, const struct metrics_histogram *b)
{
	return a->n == b->n && memcmp(a->le, b->le, a->n * sizeof(a->le[0])) == 0;
}

double metrics_quantile(const struct metrics_histogram *before, const struct metrics_histogram *now,
		double q)
{
	double low = 0;   /* the bucket's bounds */
	double below = 0; /* added in the buckets before it */

	if (before && !same_bounds(before, now))
		before = NULL;
	for (unsigned i = 0; i < now->n; i++) {
		double all = now->count[now->n - 1] - (before ? before->count[now->n - 1] : 0);
		double within = now->count[i] - (before ? before->count[i] : 0);

		if (within > below && within >= q * all)
			return isinf(now->le[i])
					       ? low
					       : low + (now->le[i] - low) * fmax(q * all - below, 0) /
										 (within - below);
		low = now->le[i];
		below = fmax(below, within);
	}
	return NAN;
}
