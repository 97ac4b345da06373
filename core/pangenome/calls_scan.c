/* SPDX-License-Identifier: MIT */
#include "core/pangenome/calls_scan.h"

#include <errno.h>

#include "core/base/cleanup.h"
#include "core/pangenome/calls_trace.h"

enum { LOOK_BACK = 1024 }; /* bases before a piece that are looked at first */

void call_scan_done(struct call_scan *s)
{
	buf_done(&s->leaps);
	buf_done(&s->chains);
	buf_done(&s->leaps_of);
	buf_done(&s->jumps);
	buf_done(&s->table);
	buf_done(&s->bases);
}

static bool in_slice(const struct slice *s, const struct call_visit *v)
{
	return v->pos >= s->low && v->pos < s->high;
}

/* ---- leaps ---- */

static bool is_leap(const struct call_leap *a, const struct call_leap *b)
{
	return a->a.pos == b->a.pos && a->b.pos == b->b.pos && a->walk.n_bases == b->walk.n_bases &&
	       digest_equal(a->digest, b->digest);
}

/* The table's item where a leap is, or belongs; of a power of 2 with room. */
static uint32_t *place_of(const struct call_scan *s, const struct call_leap *leap)
{
	const uint64_t key[] = { leap->a.pos, leap->b.pos, leap->digest.low };
	uint64_t mask = s->table.len / sizeof(uint32_t) - 1;
	uint32_t *table = (uint32_t *)s->table.data;
	uint64_t i = checksum(key, sizeof(key)) & mask;

	while (table[i] != CALL_NONE && !is_leap(call_leap_at(s, table[i]), leap))
		i = (i + 1) & mask;
	return &table[i];
}

/* Twice the room. */
static int grow_table(struct call_scan *s)
{
	size_t bytes = s->table.len ? 2 * s->table.len : 1024 * sizeof(uint32_t);

	buf_clear(&s->table);
	if (!buf_reserve(&s->table, bytes))
		return -ENOMEM;
	s->table.len = bytes;
	memset(s->table.data, 0xff, bytes);
	for (uint32_t i = 0; i < call_n_leaps(s); i++)
		*place_of(s, call_leap_at(s, i)) = i;
	return 0;
}

/* The number of the leap, which is added where it is new. */
static int number_leap(struct call_scan *s, struct call_leap *leap, uint32_t *number)
{
	uint64_t n = call_n_leaps(s);
	uint32_t *at;
	int r = call_walk_bases(s->ground->graph, &leap->walk, &s->bases);

	if (r == 0 && 2 * (n + 1) > s->table.len / sizeof(uint32_t))
		r = grow_table(s);
	if (r < 0)
		return r;
	call_fold((char *)s->bases.data, s->bases.len);
	leap->digest = digest_of(s->bases.data, s->bases.len);
	at = place_of(s, leap);
	if (*at == CALL_NONE) {
		if (n >= CALL_NONE - 1)
			return -EOVERFLOW;
		buf_put(&s->leaps, leap, sizeof(*leap));
		*at = (uint32_t)n;
	} else if (leap->walk.reverse && call_leap_at(s, *at)->span == leap->span) {
		/* What the path has later comes earlier as it is read. */
		call_leap_at(s, *at)->walk = leap->walk;
		call_leap_at(s, *at)->turn = leap->turn;
	}
	*number = *at;
	return buf_failed(&s->leaps) ? -ENOMEM : 0;
}

/* ---- chains ---- */

/* A path under way, in its own order. */
struct scanning {
	struct call_scan *s;
	struct call_trace t;
	bool open; /* a chain is */
	struct call_chain chain;
};

static void end_chain(struct scanning *g)
{
	struct call_chain *c = &g->chain;
	uint32_t *leaps = (uint32_t *)g->s->leaps_of.data + c->first_leap;

	if (!g->open)
		return;
	g->open = false;
	if (buf_failed(&g->s->leaps_of))
		return;
	for (uint64_t i = 0; c->reverse && i < c->n_leaps / 2; i++) {
		uint32_t leap = leaps[i];

		leaps[i] = leaps[c->n_leaps - 1 - i];
		leaps[c->n_leaps - 1 - i] = leap;
	}
	buf_put(&g->s->chains, c, sizeof(*c));
}

static void begin_chain(struct scanning *g, const struct call_visit *a, const struct call_visit *b)
{
	g->open = true;
	g->chain = (struct call_chain){ .span = g->t.span,
		.reverse = g->t.reverse,
		.first = a->pos,
		.last = b->pos,
		.top = *b,
		.base = g->t.last_base,
		.first_leap = g->s->leaps_of.len / sizeof(uint32_t) };
}

/* The visit @v comes after the last one: go on with the chain, or end it. */
static int link_visit(struct scanning *g, const struct call_visit *v)
{
	const struct call_trace *t = &g->t;
	const struct call_visit *a = t->reverse ? v : &t->last;
	const struct call_visit *b = t->reverse ? &t->last : v;
	struct call_leap leap = { .a = *a, .b = *b, .site = CALL_NONE };
	uint32_t number;
	int r;

	if (!t->any || !call_joined(a, b) || !in_slice(g->s->slice, a)) {
		end_chain(g);
		return 0;
	}
	if (!g->open)
		begin_chain(g, a, b);
	if (t->reverse) {
		g->chain.first = a->pos;
	} else {
		g->chain.last = b->pos;
		g->chain.top = *b;
		g->chain.behind = t->walk.at;
	}
	leap.walk = call_trace_between(t);
	leap.span = t->span;
	leap.turn = t->reverse ? UINT64_MAX - g->s->n_met : g->s->n_met;
	g->s->n_met++;
	if (!leap.walk.n_steps && a->end == b->pos)
		return 0;
	r = number_leap(g->s, &leap, &number);
	if (r < 0)
		return r;
	buf_put(&g->s->leaps_of, &number, sizeof(number));
	g->chain.n_leaps++;
	return 0;
}

/* Return: 1; 0 where the path ends; a negative errno. */
static int step(struct scanning *g)
{
	struct call_visit v;
	bool met;
	int r = call_trace_next(&g->t, &v, &met);

	if (r != 1 || !met)
		return r;
	r = link_visit(g, &v);
	call_trace_keep(&g->t, &v);
	return r < 0 ? r : 1;
}

/* On to base @base of the path, a node's beginning. */
static int scan_to(struct scanning *g, uint64_t base)
{
	while (g->t.base < base) {
		int r = step(g);

		if (r != 1)
			return r < 0 ? r : -EBADMSG;
	}
	return 0;
}

/* Pieces of a path that is read forward: each to its end, and on to where its last match leads. */
static int scan_forward(struct scanning *g, const struct piece *pieces, uint64_t n)
{
	for (uint64_t k = 0; k < n;) {
		uint64_t end = pieces[k].end;

		call_trace_from(&g->t, pieces[k].at, pieces[k].start);
		k++;
		for (;;) {
			int r;

			while (k < n && pieces[k].start <= g->t.base)
				end = pieces[k++].end;
			if (g->t.base >= end && !(g->t.any && g->t.last.match &&
								in_slice(g->s->slice, &g->t.last)))
				break;
			r = step(g);
			if (r < 0)
				return r;
			if (r == 0)
				break;
		}
		end_chain(g);
	}
	return 0;
}

/*
 * On to @start of the next piece, so that the last visit before it is known. What is between may be
 * long, as may be what is after the last visit in it, so ever longer parts of its end are looked
 * at.
 */
static int go_to_piece(struct scanning *g, uint64_t start)
{
	for (uint64_t back = LOOK_BACK; start > g->t.base && back < start - g->t.base; back *= 4) {
		struct call_trace before = g->t;
		int r = call_trace_find(&g->t, start - back);

		if (r == 0)
			r = scan_to(g, start);
		if (r < 0 || g->t.any)
			return r;
		g->t = before;
	}
	return scan_to(g, start);
}

static void turn_chains(struct call_scan *s, uint64_t from)
{
	uint64_t n = call_n_chains(s) - from;

	if (buf_failed(&s->chains))
		return;
	for (uint64_t i = 0; i < n / 2; i++) {
		struct call_chain *a = call_chain_at(s, from + i);
		struct call_chain *b = call_chain_at(s, from + n - 1 - i);
		struct call_chain c = *a;

		*a = *b;
		*b = c;
	}
}

/* Pieces of a path that is read from its other end: matches that come first are further on. */
static int scan_reverse(struct scanning *g, const struct piece *pieces, uint64_t n)
{
	uint64_t n_before = call_n_chains(g->s);
	int r = call_trace_find(&g->t, 0);

	for (uint64_t k = 0; r == 0 && k < n; k++) {
		r = go_to_piece(g, pieces[k].start);
		if (r == 0)
			r = scan_to(g, pieces[k].end);
	}
	end_chain(g);
	turn_chains(g->s, n_before);
	return r;
}

static int scan_path(struct call_scan *s, const struct piece *pieces, uint64_t n)
{
	const struct call_ground *c = s->ground;
	const struct layout *l = c->layout;
	uint32_t span = pieces->span;
	uint64_t path = l->places.spans[span].path;
	struct scanning g = { .s = s };

	if (c->catalog->haps[c->catalog->path_haps[path]].sample == c->sample)
		return 0;
	call_trace_init(&g.t, c, span);
	return g.t.reverse ? scan_reverse(&g, pieces, n) : scan_forward(&g, pieces, n);
}

static int tell(const struct call_scan *s, int r, struct err *err)
{
	if (r == 0 && (buf_failed(&s->chains) || buf_failed(&s->leaps_of) || buf_failed(&s->jumps)))
		r = -ENOMEM;
	if (r == -ENOMEM)
		return err_set(err, r, "out of memory");
	if (r == -EOVERFLOW)
		return err_set(err, r, "2^32 detours are too many; make blocks smaller");
	return r < 0 ? err_set(err, r, "a path is damaged; load the graph again") : r;
}

int call_scan_slice(struct call_scan *s, const struct call_ground *ground,
		const struct slice *slice, struct err *err)
{
	int r = 0;

	s->ground = ground;
	s->slice = slice;
	for (uint64_t i = 0; r == 0 && i < slice->n_pieces;) {
		const struct piece *p = &slice->pieces[i];
		uint64_t n = 1;

		while (i + n < slice->n_pieces && p[n].span == p->span)
			n++;
		r = scan_path(s, p, n);
		i += n;
	}
	return tell(s, r, err);
}

/* ---- behind the slice ---- */

/* What chains are followed to. */
struct behind {
	struct call_scan *s;
	const uint64_t *bs;
	uint64_t n;
	uint64_t first_jump; /* of the chain under way */
};

static void put_jump(struct behind *h, const struct call_visit *a, const struct call_visit *b)
{
	struct call_jump jump = { a->pos, b->pos };
	uint64_t low = 0;
	uint64_t high = h->n;

	/* The first place behind a; the jump is of interest where it leaps over it. */
	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		if (h->bs[mid] <= a->pos)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < h->n && h->bs[low] < b->pos)
		buf_put(&h->s->jumps, &jump, sizeof(jump));
}

static int follow_forward(struct behind *h, struct call_chain *c, uint64_t to)
{
	struct call_trace t;
	struct call_visit v;
	bool met;
	int r = 1;

	call_trace_init(&t, h->s->ground, c->span);
	call_trace_from(&t, c->behind, 0);
	call_trace_keep(&t, &c->top);
	while (c->last < to) {
		r = call_trace_next(&t, &v, &met);
		if (r != 1)
			break;
		if (!met)
			continue;
		if (!call_joined(&t.last, &v))
			break;
		put_jump(h, &t.last, &v);
		c->last = v.pos;
		call_trace_keep(&t, &v);
	}
	return r < 0 ? r : 0;
}

/*
 * The part of a path from base @from on up to the chain: how far the chain goes back in it.
 * @whole: the chain begins in it, in the path's order
 */
static int look_back(
		struct behind *h, struct call_chain *c, uint64_t from, uint64_t *last, bool *whole)
{
	struct call_trace t;
	int r;

	call_trace_init(&t, h->s->ground, c->span);
	r = call_trace_find(&t, from);
	*whole = t.base == 0;
	while (r == 0 && t.base <= c->base) {
		struct call_visit v;
		bool met;

		r = call_trace_next(&t, &v, &met);
		if (r != 1)
			return r < 0 ? r : -EBADMSG;
		r = 0;
		if (!met)
			continue;
		if (t.any && call_joined(&v, &t.last)) {
			put_jump(h, &v, &t.last);
		} else {
			h->s->jumps.len = h->first_jump * sizeof(struct call_jump);
			*last = v.pos;
			*whole = *whole || t.any;
		}
		call_trace_keep(&t, &v);
	}
	return r;
}

static int follow_reverse(struct behind *h, struct call_chain *c, uint64_t to)
{
	uint64_t back = to - c->last + LOOK_BACK;
	uint64_t last = c->last;
	bool whole = false;
	struct call_jump *jumps;
	uint64_t n;
	int r = 0;

	for (; r == 0 && !whole && last < to; back *= 2) {
		h->s->jumps.len = h->first_jump * sizeof(struct call_jump);
		r = look_back(h, c, back < c->base ? c->base - back : 0, &last, &whole);
	}
	c->last = last;
	if (r < 0 || buf_failed(&h->s->jumps))
		return r;
	jumps = (struct call_jump *)h->s->jumps.data + h->first_jump;
	n = h->s->jumps.len / sizeof(*jumps) - h->first_jump;
	for (uint64_t i = 0; i < n / 2; i++) {
		struct call_jump jump = jumps[i];

		jumps[i] = jumps[n - 1 - i];
		jumps[n - 1 - i] = jump;
	}
	return 0;
}

int call_scan_behind(struct call_scan *s, const struct call_far *far, const uint64_t *bs,
		uint64_t n, struct err *err)
{
	struct behind h = { .s = s, .bs = bs, .n = n };
	int r = 0;

	for (uint64_t i = 0; r == 0 && i < call_n_chains(s); i++) {
		struct call_chain *c = call_chain_at(s, i);
		uint64_t to = c->last;

		h.first_jump = s->jumps.len / sizeof(struct call_jump);
		c->first_jump = h.first_jump;
		/* One that ends in the slice has no match behind it. */
		if (in_slice(s->slice, &c->top))
			continue;
		for (uint64_t k = 0; k < n; k++)
			if (far[k].a >= c->first && far[k].a <= c->last && far[k].b > to)
				to = far[k].b;
		if (to == c->last)
			continue;
		r = c->reverse ? follow_reverse(&h, c, to) : follow_forward(&h, c, to);
		c->n_jumps = s->jumps.len / sizeof(struct call_jump) - h.first_jump;
	}
	return tell(s, r, err);
}
