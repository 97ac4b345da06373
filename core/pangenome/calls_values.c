/* SPDX-License-Identifier: MIT */
#include "core/pangenome/calls_values.h"

#include <errno.h>
#include <stdlib.h>

/* One chain, whose values are under way. */
struct valuing {
	const struct call_scan *scan;
	const struct call_sites *sites;
	const struct call_chain *chain;
	uint64_t hap;
	uint64_t n_haps;
};

static int make_room(struct call_sites *s, uint64_t n_haps)
{
	uint32_t max = 1;
	unsigned width;
	size_t bytes;

	for (uint32_t i = 0; i < s->n_sites; i++)
		if (s->sites[i].n_alleles > max)
			max = s->sites[i].n_alleles;
	width = int_array_width(max);
	if (__builtin_mul_overflow((uint64_t)s->n_sites * width, n_haps, &bytes) ||
			__builtin_add_overflow(bytes, INT_ARRAY_PAD, &bytes))
		return -ENOMEM;
	s->values = int_array_over(calloc(1, bytes), s->n_sites * n_haps, width);
	s->bytes += bytes;
	return s->values.at ? 0 : -ENOMEM;
}

/* The first site of which a is at @pos or behind it. */
static uint32_t first_site(const struct call_sites *s, uint64_t pos)
{
	uint32_t low = 0;
	uint32_t high = s->n_sites;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (s->sites[mid].a.pos < pos)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Whether the chain has a match at @pos, where a shared node is, its first one or behind it. */
static bool has_match(const struct valuing *v, uint64_t pos)
{
	const struct call_chain *c = v->chain;
	const struct call_jump *jumps = call_chain_jumps(v->scan, c);
	uint64_t low = 0;
	uint64_t high = c->n_leaps + c->n_jumps;

	if (pos > c->last)
		return false;
	/* The first leap or jump that comes down behind it must begin there or behind it. */
	while (low < high) {
		uint64_t mid = low + (high - low) / 2;
		uint64_t b = mid < c->n_leaps ? call_chain_leap(v->scan, c, mid)->b.pos
					      : jumps[mid - c->n_leaps].b;

		if (b <= pos)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == c->n_leaps + c->n_jumps)
		return true;
	return (low < c->n_leaps ? call_chain_leap(v->scan, c, low)->a.pos
				 : jumps[low - c->n_leaps].a) >= pos;
}

/* Whether the chain is the one of its haplotype that counts there. */
static bool leads(const struct valuing *v, const struct call_site *site)
{
	const struct chain_lead *l = call_chains_lead(v->scan->ground->chains, v->hap,
			call_reach_start(&site->a), call_reach_end(&site->b));

	return l && l->span == v->chain->span && l->from <= v->chain->base &&
	       v->chain->base <= l->to;
}

/* Sites of which a is among matches that follow each other as on the reference, from @low to @high.
 * @leap: from the last one of them; NULL where the chain ends with it */
static void set_values(
		const struct valuing *v, uint64_t low, uint64_t high, const struct call_leap *leap)
{
	const struct call_sites *s = v->sites;

	for (uint32_t i = first_site(s, low); i < s->n_sites && s->sites[i].a.pos <= high; i++) {
		uint64_t b = s->sites[i].b.pos;
		uint64_t allele = leap && i == leap->site ? leap->allele : 0;

		if ((b <= high || has_match(v, b)) && leads(v, &s->sites[i]))
			int_array_set(&s->values, i * v->n_haps + v->hap, allele + 1);
	}
}

static void set_chain(const struct valuing *v)
{
	const struct call_chain *c = v->chain;
	uint64_t low = c->first;

	for (uint64_t k = 0; k < c->n_leaps; k++) {
		const struct call_leap *leap = call_chain_leap(v->scan, c, k);

		set_values(v, low, leap->a.pos, leap);
		low = leap->b.pos;
	}
	set_values(v, low, c->top.pos, NULL);
}

int call_values_make(const struct call_scan *scan, struct call_sites *s)
{
	const struct catalog *c = scan->ground->catalog;
	struct valuing v = { .scan = scan, .sites = s, .n_haps = c->n_haps };
	int r = make_room(s, c->n_haps);

	for (uint64_t i = 0; r == 0 && i < call_n_chains(scan); i++) {
		v.chain = call_chain_at(scan, i);
		v.hap = c->path_haps[scan->ground->layout->places.spans[v.chain->span].path];
		set_chain(&v);
	}
	return r;
}
