/* SPDX-License-Identifier: MIT */
#include "core/import/regions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void regions_done(struct regions *r)
{
	free(r->v);
	*r = (struct regions){ 0 };
}

/* A 1-based position; false where there is none. */
static bool read_pos1(const char **at, const char *end, int64_t *out)
{
	const char *p = *at;
	int64_t v = 0;

	for (; p < end && *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(v, (int64_t)10, &v) ||
				__builtin_add_overflow(v, (int64_t)(*p - '0'), &v))
			return false;
	if (p == *at)
		return false;
	*at = p;
	*out = v;
	return true;
}

/* ":POS", ":BEG-" or ":BEG-END"; false where [at, end) is anything else. */
static bool read_range(const char *at, const char *end, struct region *r)
{
	int64_t from;
	int64_t to;

	if (at == end || *at++ != ':' || !read_pos1(&at, end, &from))
		return false;
	to = from;
	if (at < end && *at == '-') {
		at++;
		if (at == end)
			to = INT64_MAX;
		else if (!read_pos1(&at, end, &to))
			return false;
	}
	if (at != end || to < from)
		return false;
	r->start = from - 1;
	r->end = to;
	return true;
}

/*
 * The end of the name that [at, end) begins with, or NULL where no range follows that can be read.
 * bcftools takes nothing but a range behind a colon; here "HLA:x" is a name as well.
 */
static const char *read_name(const char *at, const char *end, struct region *r)
{
	const char *colon = memrchr(at, ':', (size_t)(end - at));

	if (!colon || read_range(colon, end, r))
		return colon ? colon : end;
	return colon + 1 == end || strchr("0123456789+-", colon[1]) ? NULL : end;
}

/* One region, without a comma. */
static int read_region(const char *at, const char *end, struct names *contigs, struct region *r,
		struct err *err)
{
	const char *name = at;
	const char *name_end = NULL;
	bool ok;
	int ret;

	r->start = -1; /* POS 0 is a position too */
	r->end = INT64_MAX;
	if (at < end && *at == '{') {
		name++;
		name_end = memchr(at, '}', (size_t)(end - at));
		ok = name_end && (name_end + 1 == end || read_range(name_end + 1, end, r));
	} else {
		name_end = read_name(at, end, r);
		ok = name_end;
	}
	if (!ok || name_end == name)
		return err_set(err, -EINVAL,
				"%.*s: not a region (CHR, CHR:POS or CHR:BEG-END; {CHR} for names "
				"with a colon)",
				(int)(end - at), at);
	ret = names_intern(contigs, name, (size_t)(name_end - name), &r->contig);
	return ret < 0 ? err_set(err, ret, "out of memory") : 0;
}

static int by_start(const void *a, const void *b)
{
	const struct region *x = a;
	const struct region *y = b;

	if (x->contig != y->contig)
		return x->contig < y->contig ? -1 : 1;
	return (x->start > y->start) - (x->start < y->start);
}

/* The table of names was empty before, so contig numbers are in order of first mention. */
static void sort_and_join(struct regions *r)
{
	uint32_t n = 0;

	qsort(r->v, r->n, sizeof(*r->v), by_start);
	for (uint32_t i = 0; i < r->n; i++) {
		struct region *last = n ? &r->v[n - 1] : NULL;

		if (last && last->contig == r->v[i].contig && r->v[i].start <= last->end) {
			if (r->v[i].end > last->end)
				last->end = r->v[i].end;
		} else {
			r->v[n++] = r->v[i];
		}
	}
	r->n = n;
}

int regions_parse(const char *text, struct names *contigs, struct regions *out, struct err *err)
{
	struct regions r = { 0 };
	size_t n = 1;
	int ret = 0;

	for (const char *p = text; *p; p++)
		n += *p == ',';
	r.v = calloc(n, sizeof(*r.v));
	if (!r.v)
		return err_set(err, -ENOMEM, "out of memory");
	for (const char *at = text; ret == 0; at++) {
		const char *end = strchrnul(at, ',');

		if (*at == '{' && strchr(at, '}'))
			end = strchrnul(strchr(at, '}'), ',');
		ret = read_region(at, end, contigs, &r.v[r.n], err);
		r.n++;
		at = end;
		if (!*at)
			break;
	}
	if (ret < 0) {
		regions_done(&r);
		return ret;
	}
	sort_and_join(&r);
	*out = r;
	return 0;
}

uint32_t regions_find(const struct regions *r, uint32_t contig, int64_t start, int64_t end)
{
	for (uint32_t i = 0; i < r->n; i++)
		if (r->v[i].contig == contig && start < r->v[i].end && end > r->v[i].start)
			return i;
	return UINT32_MAX;
}
