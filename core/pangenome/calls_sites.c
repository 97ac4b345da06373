/* SPDX-License-Identifier: MIT */
#include "core/pangenome/calls_sites.h"

#include <errno.h>

#include "core/base/cleanup.h"
#include "core/pangenome/calls_scan.h"
#include "core/pangenome/calls_values.h"

/* Sites under way. */
struct making {
	const struct call_ground *ground;
	struct slice slice;
	struct call_scan scan;
	uint64_t end;      /* of the block's last shared node */
	uint32_t *by_pair; /* leaps by a and b, then as paths have them; owned */
	struct buf sites;
	struct buf alleles;
	/* Where the reference was read last: */
	struct place place;
	uint32_t fragment;
	bool placed;
	struct buf ref; /* folded bases of REF, of an allele */
	struct buf alt;
};

static void making_done(struct making *m)
{
	slice_done(&m->slice);
	call_scan_done(&m->scan);
	free(m->by_pair);
	buf_done(&m->sites);
	buf_done(&m->alleles);
	buf_done(&m->ref);
	buf_done(&m->alt);
}

void call_sites_done(struct call_sites *s)
{
	free(s->sites);
	free(s->alleles);
	free(s->order);
	free(s->values.at);
	*s = (struct call_sites){ 0 };
}

/* Where the last shared node of the block ends. */
static uint64_t end_of_block(const struct call_ground *c, uint64_t slot)
{
	const struct layout *l = c->layout;
	uint64_t end = 0;

	for (uint64_t i = l->order_starts[slot]; i < l->order_starts[slot + 1]; i++) {
		uint64_t id = layout_id(l, int_array_get(&l->order, i));
		struct call_visit v;

		if (call_shared(c, node_of(id, false), &v) && v.end > end)
			end = v.end;
	}
	return end;
}

static int by_pair(const void *pa, const void *pb, void *arg)
{
	const struct making *m = arg;
	uint32_t na = *(const uint32_t *)pa;
	uint32_t nb = *(const uint32_t *)pb;
	const struct call_leap *a = call_leap_at(&m->scan, na);
	const struct call_leap *b = call_leap_at(&m->scan, nb);

	if (a->a.pos != b->a.pos)
		return a->a.pos < b->a.pos ? -1 : 1;
	if (a->b.pos != b->b.pos)
		return a->b.pos < b->b.pos ? -1 : 1;
	if (a->span != b->span)
		return a->span < b->span ? -1 : 1;
	return a->turn < b->turn ? -1 : a->turn > b->turn;
}

static int sort_leaps(struct making *m)
{
	uint32_t n = (uint32_t)call_n_leaps(&m->scan);

	m->by_pair = malloc((n + 1ul) * sizeof(*m->by_pair));
	if (!m->by_pair)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		m->by_pair[i] = i;
	qsort_r(m->by_pair, n, sizeof(*m->by_pair), by_pair, m);
	return 0;
}

/* ---- REF ---- */

/* To base @base of the fragment, where a node begins: on from where it was read last, if that is
 * near. */
static int find_reference(struct making *m, uint32_t fragment, uint64_t base)
{
	const struct call_ground *c = m->ground;
	bool near = m->placed && m->fragment == fragment && m->place.base <= base &&
		    base - m->place.base < PLACES_SPACING;
	int r = 0;

	m->placed = false;
	m->fragment = fragment;
	if (!near)
		r = places_find(c->graph, &c->layout->places, c->fragments[fragment].span, base,
				&m->place);
	while (r == 0 && m->place.base < base) {
		uint64_t node;

		if (walk_next(&m->place.walk, &node) != 1)
			return -EBADMSG;
		m->place.base += graph_id_length(c->graph, node_id(node));
	}
	m->placed = r == 0 && m->place.base == base;
	return m->placed ? 0 : -EBADMSG;
}

/* What the reference has between a and b. */
static int read_reference(struct making *m, const struct call_leap *leap, struct call_walk *out)
{
	const struct call_fragment *f = &m->ground->fragments[leap->a.fragment];
	struct walk w;
	uint64_t node;
	int r;

	*out = (struct call_walk){ .n_bases = leap->b.pos - leap->a.end };
	if (!out->n_bases)
		return 0;
	r = find_reference(m, leap->a.fragment, leap->a.end - f->start);
	if (r < 0)
		return r;
	w = m->place.walk;
	out->at = w.at;
	for (uint64_t n = 0; n < out->n_bases; out->n_steps++) {
		if (walk_next(&w, &node) != 1)
			return -EBADMSG;
		n += graph_id_length(m->ground->graph, node_id(node));
	}
	return w.at.node == leap->b.node ? 0 : -EBADMSG;
}

static int read_folded(const struct making *m, const struct call_walk *w, struct buf *out)
{
	int r = call_walk_bases(m->ground->graph, w, out);

	if (r == 0)
		call_fold((char *)out->data, out->len);
	return r;
}

/* ---- sites ---- */

static uint64_t min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* How many of up to @max letters are the same at the beginning of both, or at the end. */
static uint64_t same_prefix(const struct buf *a, const struct buf *b, uint64_t max)
{
	uint64_t n = 0;

	while (n < max && a->data[n] == b->data[n])
		n++;
	return n;
}

static uint64_t same_suffix(const struct buf *a, const struct buf *b, uint64_t max)
{
	uint64_t n = 0;

	while (n < max && a->data[a->len - 1 - n] == b->data[b->len - 1 - n])
		n++;
	return n;
}

/* Cut off what all alleles have in common. m->ref is REF. */
static int trim(struct making *m, struct call_site *s)
{
	const struct call_walk *w = (const struct call_walk *)m->alleles.data + s->first_allele;
	uint64_t shortest = w->n_bases;
	uint64_t front;
	int r = 0;

	for (uint32_t i = 1; i < s->n_alleles; i++)
		shortest = min(shortest, w[i].n_bases);
	s->suffix = shortest;
	front = shortest;
	for (uint32_t i = 1; r == 0 && shortest && i < s->n_alleles; i++) {
		r = read_folded(m, &w[i], &m->alt);
		if (r < 0)
			break;
		s->suffix = same_suffix(&m->ref, &m->alt, s->suffix);
		front = same_prefix(&m->ref, &m->alt, front);
	}
	/* The base of a is in front of all, and one base must stay. */
	s->prefix = min(min(1 + front, shortest - s->suffix), m->end + 1 - s->a.end);
	return r;
}

/* Leaps [@first, @first + @n) of m->by_pair are of one pair: its site, if it is one. */
static int add_site(struct making *m, uint32_t first, uint32_t n)
{
	struct call_leap *leap = call_leap_at(&m->scan, m->by_pair[first]);
	struct call_site s = { .a = leap->a,
		.b = leap->b,
		.first_allele = m->alleles.len / sizeof(struct call_walk),
		.n_alleles = 1 };
	uint32_t number = (uint32_t)(m->sites.len / sizeof(s));
	struct digest digest;
	struct call_walk ref;
	int r = read_reference(m, leap, &ref);

	if (r == 0)
		r = read_folded(m, &ref, &m->ref);
	if (r < 0)
		return r;
	digest = digest_of(m->ref.data, m->ref.len);
	buf_put(&m->alleles, &ref, sizeof(ref));
	for (uint32_t i = 0; i < n; i++) {
		leap = call_leap_at(&m->scan, m->by_pair[first + i]);
		if (leap->walk.n_bases == ref.n_bases && digest_equal(leap->digest, digest))
			continue;
		leap->allele = s.n_alleles++;
		buf_put(&m->alleles, &leap->walk, sizeof(leap->walk));
	}
	if (buf_failed(&m->alleles))
		return -ENOMEM;
	if (s.n_alleles == 1) {
		m->alleles.len -= sizeof(ref);
		return 0;
	}
	for (uint32_t i = 0; i < n; i++)
		call_leap_at(&m->scan, m->by_pair[first + i])->site = number;
	r = trim(m, &s);
	buf_put(&m->sites, &s, sizeof(s));
	return r;
}

static int find_sites(struct making *m)
{
	uint32_t n = (uint32_t)call_n_leaps(&m->scan);
	int r = sort_leaps(m);

	for (uint32_t i = 0; r == 0 && i < n;) {
		const struct call_leap *leap = call_leap_at(&m->scan, m->by_pair[i]);
		uint32_t same = 1;

		for (; same < n - i; same++) {
			const struct call_leap *next = call_leap_at(&m->scan, m->by_pair[i + same]);

			if (next->a.pos != leap->a.pos || next->b.pos != leap->b.pos)
				break;
		}
		r = add_site(m, i, same);
		i += same;
	}
	return r == 0 && buf_failed(&m->sites) ? -ENOMEM : r;
}

/* ---- behind the interval ---- */

/* Some sites end behind the interval: see which chains go there. */
static int look_behind(struct making *m, struct err *err)
{
	const struct call_site *sites = (const struct call_site *)m->sites.data;
	uint64_t n = m->sites.len / sizeof(*sites);
	CLEANUP(buf_done) struct buf far = { 0 };
	CLEANUP(buf_done) struct buf bs = { 0 };

	for (uint64_t i = 0; i < n; i++) {
		struct call_far f = { sites[i].a.pos, sites[i].b.pos };

		if (f.b < m->slice.high)
			continue;
		buf_put(&far, &f, sizeof(f));
		buf_put(&bs, &f.b, sizeof(f.b));
	}
	if (buf_failed(&far) || buf_failed(&bs))
		return err_set(err, -ENOMEM, "out of memory");
	n = far.len / sizeof(struct call_far);
	if (n)
		qsort(bs.data, n, sizeof(uint64_t), call_by_value);
	return call_scan_behind(&m->scan, (const struct call_far *)far.data,
			(const uint64_t *)bs.data, n, err);
}

/* ---- together ---- */

static int by_record(const void *pa, const void *pb, void *arg)
{
	const struct call_site *sites = arg;
	uint32_t na = *(const uint32_t *)pa;
	uint32_t nb = *(const uint32_t *)pb;
	uint64_t a = call_site_pos(&sites[na]);
	uint64_t b = call_site_pos(&sites[nb]);

	if (a == b) {
		a = call_site_end(&sites[na]);
		b = call_site_end(&sites[nb]);
	}
	if (a != b)
		return a < b ? -1 : 1;
	return na < nb ? -1 : na > nb;
}

static void *take(struct buf *b)
{
	void *data = b->data;

	*b = (struct buf){ 0 };
	return data;
}

static int hand_over(struct making *m, struct call_sites *out)
{
	struct call_sites s = { .n_sites = (uint32_t)(m->sites.len / sizeof(struct call_site)) };
	int r;

	s.bytes = m->sites.cap + m->alleles.cap + s.n_sites * sizeof(*s.order);
	s.sites = take(&m->sites);
	s.alleles = take(&m->alleles);
	s.order = malloc((s.n_sites + 1ul) * sizeof(*s.order));
	r = s.order ? call_values_make(&m->scan, &s) : -ENOMEM;
	if (r < 0) {
		call_sites_done(&s);
		return r;
	}
	for (uint32_t i = 0; i < s.n_sites; i++)
		s.order[i] = i;
	qsort_r(s.order, s.n_sites, sizeof(*s.order), by_record, s.sites);
	*out = s;
	return 0;
}

static int tell(int r, struct err *err)
{
	if (r == -ENOMEM)
		return err_set(err, r, "out of memory");
	return r < 0 ? err_set(err, r, "a path of the reference is damaged; load the graph again")
		     : r;
}

int call_sites_make(const struct call_ground *c, uint64_t slot, uint64_t low, uint64_t high,
		struct call_sites *out, struct err *err)
{
	CLEANUP(making_done) struct making m = { .ground = c };
	int r = slice_init(&m.slice, c->graph, c->catalog, c->layout, c->contig, low, high, err);

	if (r == 0)
		r = call_scan_slice(&m.scan, c, &m.slice, err);
	if (r < 0)
		return r;
	m.end = end_of_block(c, slot);
	r = tell(find_sites(&m), err);
	if (r == 0)
		r = look_behind(&m, err);
	return r < 0 ? r : tell(hand_over(&m, out), err);
}
