/* SPDX-License-Identifier: MIT */
#include "core/record/region.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { EXPONENT_MAX = 18 };

/* One item of the list while it is taken apart. */
struct item {
	const char *name;
	size_t name_len;
	const char *range; /* NULL: the whole contig */
	const char *end;
};

void region_list_done(struct region_list *l)
{
	free(l->regions);
	*l = (struct region_list){ 0 };
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static unsigned power_of(char c)
{
	return c == 'k' || c == 'K' ? 3 : c == 'm' || c == 'M' ? 6 : c == 'g' || c == 'G' ? 9 : 0;
}

/* "e6" or "M" behind a number; steps over it. */
static int take_power(const char **at, const char *end, unsigned *power)
{
	const char *p = *at;

	*power = 0;
	if (p < end && (*p == 'e' || *p == 'E')) {
		p++;
		if (p == end || !is_digit(*p))
			return -EINVAL;
		for (; p < end && is_digit(*p); p++) {
			*power = *power * 10 + (unsigned)(*p - '0');
			if (*power > EXPONENT_MAX)
				return -EINVAL;
		}
	}
	if (p < end && power_of(*p))
		*power += power_of(*p++);
	*at = p;
	return 0;
}

/* A position as htslib reads it: digits, a fraction, a power of ten; fractions of a base are cut.
 */
static int take_position(const char **at, const char *end, int64_t *out)
{
	const char *p = *at;
	unsigned power;
	unsigned fraction = 0; /* digits behind the point */
	unsigned n = 0;        /* digits */
	int64_t v = 0;

	for (; p < end && (is_digit(*p) || (*p == '.' && !fraction)); p++) {
		if (*p == '.') {
			fraction = 1;
			continue;
		}
		n++;
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *p - '0', &v))
			return -EINVAL;
		fraction += fraction > 0;
	}
	fraction -= fraction > 0;
	if (!n || take_power(&p, end, &power) < 0)
		return -EINVAL;
	for (; power > fraction; power--)
		if (__builtin_mul_overflow(v, 10, &v))
			return -EINVAL;
	for (; fraction > power; fraction--)
		v /= 10;
	*at = p;
	*out = v;
	return 0;
}

static int take_range(const struct item *item, struct region *out)
{
	const char *p = item->range;
	int64_t from;
	int64_t to;

	if (take_position(&p, item->end, &from) < 0)
		return -EINVAL;
	to = from;
	if (p < item->end && *p == '-') {
		p++;
		to = INT64_MAX;
		if (p < item->end && take_position(&p, item->end, &to) < 0)
			return -EINVAL;
	}
	if (p != item->end)
		return -EINVAL;
	out->from = from - 1;
	out->to = to;
	return 0;
}

/* The next item of the list at *@at. */
static int take_item(const char **at, struct item *out)
{
	const char *p = *at;
	const char *stop = NULL;

	*out = (struct item){ .name = p };
	if (*p == '{') {
		stop = strchr(p, '}');
		if (!stop || (stop[1] && stop[1] != ',' && stop[1] != ':'))
			return -EINVAL;
		out->name = p + 1;
		out->name_len = (size_t)(stop - p) - 1;
		p = stop + 1;
	} else {
		out->name_len = strcspn(p, ",:");
		p += out->name_len;
	}
	if (*p == ':')
		out->range = p + 1;
	out->end = p + strcspn(p, ",");
	*at = *out->end ? out->end + 1 : out->end;
	return 0;
}

static int resolve(const struct item *item, const struct region_names *names, struct region *out,
		struct err *err)
{
	struct item bare = *item;
	int r = names->find(names->arg, item->name, item->name_len, &out->contig);

	out->from = INT64_MIN;
	out->to = INT64_MAX;
	if (r == 1)
		out->contig = REGION_NO_CONTIG;
	if (r < 0 && names->chosen != REGION_NO_CONTIG && !item->range) {
		bare.range = item->name;
		out->contig = names->chosen;
		if (take_range(&bare, out) == 0)
			return 0;
	}
	if (r < 0)
		return err_set(err, -ENOENT, "there is no contig '%.*s'", (int)item->name_len,
				item->name);
	if (item->range && take_range(item, out) < 0)
		return err_set(err, -ENOENT, "'%.*s' is no range of positions",
				(int)(item->end - item->range), item->range);
	return 0;
}

/* Put a region where its contig's are, in order of @from. */
static int insert(struct region_list *l, const struct region *region)
{
	struct region *p = realloc(l->regions, (l->n + 1ull) * sizeof(*p));
	uint32_t at = l->n;

	if (!p)
		return -ENOMEM;
	l->regions = p;
	for (uint32_t i = 0; i < l->n; i++)
		if (p[i].contig == region->contig) {
			for (at = i; at < l->n && p[at].contig == region->contig &&
					p[at].from <= region->from;)
				at++;
			break;
		}
	memmove(p + at + 1, p + at, (l->n - at) * sizeof(*p));
	p[at] = *region;
	l->n++;
	return 0;
}

/* Regions of a contig that touch become one. */
static void merge(struct region_list *l)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < l->n; i++) {
		struct region *last = n ? &l->regions[n - 1] : NULL;
		const struct region *r = &l->regions[i];

		if (last && last->contig == r->contig && r->from <= last->to) {
			if (r->to > last->to)
				last->to = r->to;
			continue;
		}
		l->regions[n++] = *r;
	}
	l->n = n;
}

int region_list_parse(const char *text, const struct region_names *names, struct region_list *out,
		struct err *err)
{
	struct region_list l = { 0 };
	int r = 0;

	while (r == 0 && *text) {
		struct item item;
		struct region region;

		if (take_item(&text, &item) < 0) {
			r = err_set(err, -ENOENT, "'%s' is no list of regions", item.name);
			break;
		}
		/* As with bcftools, an empty item is nothing. */
		if (!item.name_len && !item.range)
			continue;
		r = resolve(&item, names, &region, err);
		if (r == 0 && region.from < region.to && region.contig != REGION_NO_CONTIG)
			r = insert(&l, &region);
	}
	if (r < 0) {
		region_list_done(&l);
		return r;
	}
	merge(&l);
	*out = l;
	return 0;
}
