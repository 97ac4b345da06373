/* SPDX-License-Identifier: MIT */
#include "core/pangenome/calls_chains.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/cleanup.h"
#include "core/base/search.h"
#include "core/block/team.h"
#include "core/pangenome/calls_trace.h"

enum { CHAINS_STARTS, CHAINS_LEADS, CHAINS_N_SECTIONS };

/* Spans that are worked on at a time. */
enum { BATCH = 16 };

struct found {
	struct chain_lead chain; /* without its rank */
	uint64_t hap;
};

struct finding {
	const struct chains_input *in;
	struct call_ground ground; /* owned, as all below */
	uint64_t *pieces;          /* of the contig, of the layout's: by span and place on it */
	uint64_t n_pieces;
	struct buf *batches; /* struct found */
	uint64_t n_batches;
	struct found *chains;
	uint64_t n_chains;
};

static void finding_done(struct finding *f)
{
	for (uint64_t i = 0; f->batches && i < f->n_batches; i++)
		buf_done(&f->batches[i]);
	free(f->batches);
	free(f->pieces);
	free(f->chains);
	call_ground_done(&f->ground);
}

/* ---- chains ---- */

/* A path under way, in its own order. */
struct chaining {
	struct call_trace t;
	bool any;
	struct call_visit last;
	uint64_t last_base;
	bool open; /* a chain is */
	struct found chain;
	struct buf *to;
};

static void end_chain(struct chaining *c)
{
	if (c->open)
		buf_put(c->to, &c->chain, sizeof(c->chain));
	c->open = false;
}

static void link_visit(struct chaining *c, const struct call_visit *v)
{
	const struct call_visit *a = c->t.reverse ? v : &c->last;
	const struct call_visit *b = c->t.reverse ? &c->last : v;
	struct chain_lead *chain = &c->chain.chain;
	uint64_t start = call_reach_start(a);
	uint64_t end = call_reach_end(b);

	if (!c->any || !call_joined(a, b)) {
		end_chain(c);
	} else {
		if (!c->open) {
			chain->start = start;
			chain->end = end;
			chain->from = c->last_base;
		}
		c->open = true;
		if (c->t.reverse)
			chain->start = start;
		else
			chain->end = end;
		chain->to = c->t.met_base;
	}
	c->any = true;
	c->last = *v;
	c->last_base = c->t.met_base;
}

/* Pieces of one path. What is between them has no shared node of the contig. */
static int find_of_path(struct finding *f, const uint64_t *numbers, uint64_t n, struct buf *to)
{
	const struct catalog *catalog = f->in->catalog;
	const struct piece *pieces = f->in->layout->pieces;
	uint32_t span = pieces[numbers[0]].span;
	uint32_t hap = catalog->path_haps[f->in->layout->places.spans[span].path];
	struct chaining c = { .to = to, .chain = { .chain.span = span, .hap = hap } };

	if (catalog->haps[hap].sample == f->ground.sample)
		return 0;
	call_trace_init(&c.t, &f->ground, span);
	for (uint64_t i = 0; i < n; i++) {
		const struct piece *piece = &pieces[numbers[i]];

		call_trace_from(&c.t, piece->at, piece->start);
		while (c.t.base < piece->end) {
			struct call_visit v;
			bool met;

			if (call_trace_next(&c.t, &v, &met) != 1)
				return -EBADMSG;
			if (met)
				link_visit(&c, &v);
		}
	}
	end_chain(&c);
	return buf_failed(to) ? -ENOMEM : 0;
}

static uint32_t span_of(const struct finding *f, uint64_t i)
{
	return f->in->layout->pieces[f->pieces[i]].span;
}

/* Where the pieces of span @span or one behind it begin. */
static uint64_t first_of_span(const struct finding *f, uint64_t span)
{
	uint64_t low = 0;
	uint64_t high = f->n_pieces;

	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		if (span_of(f, mid) < span)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int find_some(void *arg, uint64_t i)
{
	struct finding *f = arg;
	uint64_t end = first_of_span(f, (i + 1) * BATCH);
	int r = 0;

	for (uint64_t k = first_of_span(f, i * BATCH); r == 0 && k < end;) {
		uint64_t n = 1;

		while (k + n < end && span_of(f, k + n) == span_of(f, k))
			n++;
		r = find_of_path(f, f->pieces + k, n, &f->batches[i]);
		k += n;
	}
	return r;
}

static int by_span(const void *pa, const void *pb, void *arg)
{
	const struct piece *pieces = arg;
	const struct piece *a = &pieces[*(const uint64_t *)pa];
	const struct piece *b = &pieces[*(const uint64_t *)pb];

	if (a->span != b->span)
		return a->span < b->span ? -1 : 1;
	return a->start < b->start ? -1 : a->start > b->start;
}

static int take_pieces(struct finding *f)
{
	const struct layout *l = f->in->layout;
	const struct layout_contig *c = &l->contigs[f->in->contig];
	uint64_t first = l->piece_starts[c->first_slot];

	f->n_pieces = l->piece_starts[c->first_slot + c->n_blocks] - first;
	f->pieces = malloc((f->n_pieces + 1) * sizeof(*f->pieces));
	f->n_batches = (l->places.n_spans + BATCH - 1) / BATCH;
	f->batches = calloc(f->n_batches + 1, sizeof(*f->batches));
	if (!f->pieces || !f->batches)
		return -ENOMEM;
	for (uint64_t i = 0; i < f->n_pieces; i++)
		f->pieces[i] = first + i;
	qsort_r(f->pieces, f->n_pieces, sizeof(*f->pieces), by_span, (void *)(uintptr_t)l->pieces);
	return 0;
}

/* All chains, in one array. */
static int gather(struct finding *f)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < f->n_batches; i++)
		n += f->batches[i].len / sizeof(struct found);
	if (n > UINT32_MAX)
		return -EOVERFLOW;
	f->chains = malloc((n + 1) * sizeof(*f->chains));
	if (!f->chains)
		return -ENOMEM;
	for (uint64_t i = 0; i < f->n_batches; i++) {
		struct buf *b = &f->batches[i];

		if (b->len)
			memcpy(f->chains + f->n_chains, b->data, b->len);
		f->n_chains += b->len / sizeof(struct found);
		buf_done(b);
	}
	return 0;
}

/* ---- leads ---- */

/* By haplotype, and as they lead. */
static int by_rank(const void *pa, const void *pb)
{
	const struct found *a = pa;
	const struct found *b = pb;
	uint64_t bases_a = a->chain.end - a->chain.start;
	uint64_t bases_b = b->chain.end - b->chain.start;

	if (a->hap != b->hap)
		return a->hap < b->hap ? -1 : 1;
	if (bases_a != bases_b)
		return bases_a > bases_b ? -1 : 1;
	if (a->chain.span != b->chain.span)
		return a->chain.span < b->chain.span ? -1 : 1;
	return a->chain.from < b->chain.from ? -1 : a->chain.from > b->chain.from;
}

/* The contig cut wherever a chain of a haplotype begins or ends. */
struct cuts {
	uint64_t *at; /* positions in order, each once; owned, as those below */
	uint64_t n;
	uint32_t *free;   /* of each part behind a cut: a part at or behind it that is free */
	uint32_t *leader; /* the chain that leads in it */
};

#define NO_LEADER UINT32_MAX

static void cuts_done(struct cuts *c)
{
	free(c->at);
	free(c->free);
	free(c->leader);
}

static int cut(struct cuts *c, const struct found *chains, uint64_t n)
{
	uint64_t n_cuts = 0;

	if (n > UINT32_MAX / 2 - 1)
		return -EOVERFLOW;
	c->at = calloc(2 * n + 1, sizeof(*c->at));
	c->free = calloc(2 * n + 1, sizeof(*c->free));
	c->leader = calloc(2 * n + 1, sizeof(*c->leader));
	if (!c->at || !c->free || !c->leader)
		return -ENOMEM;
	for (uint64_t i = 0; i < n; i++) {
		c->at[2 * i] = chains[i].chain.start;
		c->at[2 * i + 1] = chains[i].chain.end;
	}
	qsort(c->at, 2 * n, sizeof(*c->at), call_by_value);
	for (uint64_t i = 0; i < 2 * n; i++)
		if (!i || c->at[i] != c->at[n_cuts - 1])
			c->at[n_cuts++] = c->at[i];
	c->n = n_cuts;
	for (uint64_t i = 0; i < n_cuts; i++) {
		c->free[i] = (uint32_t)i;
		c->leader[i] = NO_LEADER;
	}
	return 0;
}

static uint32_t first_free(struct cuts *c, uint32_t i)
{
	while (c->free[i] != i) {
		c->free[i] = c->free[c->free[i]];
		i = c->free[i];
	}
	return i;
}

/* The chain leads in all parts of it that none has yet. */
static void lead(struct cuts *c, const struct chain_lead *chain, uint32_t rank)
{
	uint64_t i = search_last(c->at, sizeof(*c->at), 0, c->n, chain->start);

	/* The part behind the last cut, which is nobody's, is always free. */
	for (i = first_free(c, (uint32_t)i); c->at[i] < chain->end;
			i = first_free(c, (uint32_t)i)) {
		c->leader[i] = rank;
		c->free[i] = (uint32_t)i + 1;
	}
}

/* The leads of one haplotype, whose chains are in order. */
static int put_leads(const struct found *chains, uint64_t n, struct buf *out)
{
	CLEANUP(cuts_done) struct cuts c = { 0 };
	int r = cut(&c, chains, n);

	if (r < 0)
		return r;
	for (uint64_t i = 0; i < n; i++)
		lead(&c, &chains[i].chain, (uint32_t)i);
	for (uint64_t i = 0; i + 1 < c.n;) {
		uint64_t end = i + 1;

		while (end + 1 < c.n && c.leader[end] == c.leader[i])
			end++;
		if (c.leader[i] != NO_LEADER) {
			struct chain_lead l = chains[c.leader[i]].chain;

			l.start = c.at[i];
			l.end = c.at[end];
			l.rank = c.leader[i];
			buf_put(out, &l, sizeof(l));
		}
		i = end;
	}
	return 0;
}

static int put_tables(struct finding *f, struct index_parts *out)
{
	struct buf *starts = &out->sections[CHAINS_STARTS];
	struct buf *leads = &out->sections[CHAINS_LEADS];
	uint64_t n_haps = f->in->catalog->n_haps;
	uint64_t at = 0;
	int r = 0;

	qsort(f->chains, f->n_chains, sizeof(*f->chains), by_rank);
	for (uint64_t hap = 0; r == 0 && hap <= n_haps; hap++) {
		uint64_t start = leads->len / sizeof(struct chain_lead);
		uint64_t n = 0;

		buf_put(starts, &start, sizeof(start));
		while (at + n < f->n_chains && f->chains[at + n].hap == hap)
			n++;
		if (n)
			r = put_leads(f->chains + at, n, leads);
		at += n;
	}
	out->widths[CHAINS_STARTS] = sizeof(uint64_t);
	out->widths[CHAINS_LEADS] = sizeof(struct chain_lead);
	out->n = CHAINS_N_SECTIONS;
	return r;
}

int call_chains_build(const struct chains_input *in, struct index_parts *out, struct err *err)
{
	CLEANUP(finding_done) struct finding f = { .in = in };
	int r = call_ground_init(&f.ground, in->graph, in->catalog, in->layout, in->contig, err);

	if (r < 0)
		return r;
	r = take_pieces(&f);
	if (r == 0)
		r = team_run(in->pool, f.n_batches, find_some, &f);
	if (r == 0)
		r = gather(&f);
	if (r == 0)
		r = put_tables(&f, out);
	if (r == -ENOMEM)
		return err_set(err, r, "out of memory");
	if (r == -EOVERFLOW)
		return err_set(err, r, "paths come back to the reference too often for calls");
	return r < 0 ? err_set(err, r, "a path is damaged; load the graph again") : 0;
}

int call_chains_of_index(const struct graph *g, const struct index *index, struct call_chains *out,
		struct err *err)
{
	uint64_t n_starts;
	uint64_t n_leads;

	(void)g;
	out->starts = index_table(index, CHAINS_STARTS, sizeof(uint64_t), &n_starts);
	out->leads = index_table(index, CHAINS_LEADS, sizeof(struct chain_lead), &n_leads);
	if (!out->starts || !out->leads || !n_starts || out->starts[n_starts - 1] != n_leads)
		return err_set(err, -EBADMSG, "the index of chains is damaged");
	return 0;
}

const struct chain_lead *call_chains_lead(
		const struct call_chains *c, uint64_t hap, uint64_t low, uint64_t high)
{
	const struct chain_lead *first = NULL;
	uint64_t end = c->starts[hap + 1];
	uint64_t i = c->starts[hap];

	if (i == end)
		return NULL;
	i = search_last(&c->leads->start, sizeof(*c->leads), i, end, low);
	if (c->leads[i].end <= low)
		i++;
	for (; i < end && c->leads[i].start < high; i++)
		if (!first || c->leads[i].rank < first->rank)
			first = &c->leads[i];
	return first;
}
