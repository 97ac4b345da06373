/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "core/base/cleanup.h"
#include "core/base/disjoint.h"
#include "core/pangenome/layout.h"
#include "core/pangenome/layout_parts.h"
#include "core/pangenome/layout_paths.h"
#include "core/shm/shm_room.h"

enum {
	SLOTS_MAX = 1 << 26,
	NODE_BYTES = 40, /* for a node while it is worked on, about */
};

#define NO_ANCHOR UINT64_MAX

/* A layout under way. */
struct building {
	const struct layout_input *in;
	const struct graph *g;
	struct index_parts *out;
	uint8_t *wanted;   /* of each component; owned, as all below */
	uint64_t *anchors; /* by ordinal, as all below */
	uint32_t *contig_of;
	uint32_t *hops;
	uint32_t *queue;
	struct layout tables; /* of those that are known so far: runs, contigs, flags */
};

static void building_done(struct building *b)
{
	free(b->wanted);
	free(b->anchors);
	free(b->contig_of);
	free(b->hops);
	free(b->queue);
}

/* ---- the group ---- */

/* Join the contigs of one reference that share components: @parent of each, from its first on.
 * Return: false where there is no memory. */
static bool join_contigs(const struct layout_input *in, const struct catalog_reference *ref,
		uint32_t *parent)
{
	const struct catalog *c = in->catalog;
	CLEANUP(freep) uint32_t *owner = malloc((in->parts->n_parts + 1) * sizeof(*owner));

	if (!owner)
		return false;
	for (uint64_t i = 0; i < in->parts->n_parts; i++)
		owner[i] = CATALOG_NONE;
	for (uint32_t i = 0; i < ref->n_contigs; i++)
		parent[i] = i;
	for (uint32_t i = 0; i < ref->n_contigs; i++) {
		const struct catalog_contig *contig = &c->contigs[ref->first_contig + i];

		for (uint32_t k = 0; k < contig->n_paths; k++) {
			uint32_t part = in->parts->path_parts[c->paths[contig->first_path + k]];

			if (part >= in->parts->n_parts)
				continue;
			if (owner[part] == CATALOG_NONE)
				owner[part] = i;
			disjoint_join(parent, owner[part], i);
		}
	}
	return true;
}

uint32_t layout_group(const struct layout_input *in)
{
	const struct catalog_reference *ref =
			&in->catalog->references[in->catalog->contigs[in->contig].reference];
	CLEANUP(freep) uint32_t *parent = malloc((ref->n_contigs + 1u) * sizeof(*parent));

	if (!parent || !join_contigs(in, ref, parent))
		return CATALOG_NONE;
	return ref->first_contig + disjoint_root(parent, in->contig - ref->first_contig);
}

static void add_contig(struct building *b, uint32_t contig)
{
	const struct catalog *c = b->in->catalog;
	const struct catalog_contig *of = &c->contigs[contig];
	struct layout_contig l = { .contig = contig };

	for (uint32_t k = 0; k < of->n_paths; k++) {
		uint32_t part = b->in->parts->path_parts[c->paths[of->first_path + k]];

		if (part < b->in->parts->n_parts)
			b->wanted[part] = 1;
	}
	buf_put(&b->out->sections[LAYOUT_CONTIGS], &l, sizeof(l));
}

/* The contigs and components of the group. */
static int choose(struct building *b, struct err *err)
{
	const struct layout_input *in = b->in;
	const struct catalog_reference *ref;
	CLEANUP(freep) uint32_t *parent = NULL;
	uint32_t root;

	b->wanted = calloc(in->parts->n_parts + 1, 1);
	if (!b->wanted)
		return err_set(err, -ENOMEM, "out of memory");
	if (in->contig == CATALOG_NONE) {
		struct layout_contig l = { .contig = CATALOG_NONE, .n_blocks = 1 };

		if (in->component >= in->parts->n_parts)
			return err_set(err, -ENOENT, "there is no component %u", in->component);
		b->wanted[in->component] = 1;
		buf_put(&b->out->sections[LAYOUT_CONTIGS], &l, sizeof(l));
		return 0;
	}
	ref = &in->catalog->references[in->catalog->contigs[in->contig].reference];
	parent = malloc((ref->n_contigs + 1u) * sizeof(*parent));
	if (!parent || !join_contigs(in, ref, parent))
		return err_set(err, -ENOMEM, "out of memory");
	root = disjoint_root(parent, in->contig - ref->first_contig);
	for (uint32_t i = 0; i < ref->n_contigs; i++)
		if (disjoint_root(parent, i) == root)
			add_contig(b, ref->first_contig + i);
	return 0;
}

static void add_runs(struct building *b)
{
	struct buf *runs = &b->out->sections[LAYOUT_RUNS];
	uint64_t ordinal = 0;

	for (uint64_t i = 0; i < b->in->parts->n_runs; i++) {
		struct id_run run = b->in->parts->runs[i];

		if (!b->wanted[run.component])
			continue;
		run.ordinal = ordinal;
		ordinal += run.end - run.first;
		buf_put(runs, &run, sizeof(run));
	}
	b->tables.n_ordinals = ordinal;
}

static int make_room(struct building *b, struct err *err)
{
	struct buf *flags = &b->out->sections[LAYOUT_FLAGS];
	struct layout *l = &b->tables;
	uint64_t n = l->n_ordinals;
	int r = shm_room_check_memory(n * NODE_BYTES, &shm_this_machine, err);

	if (r < 0)
		return r;
	b->anchors = malloc((n + 1) * sizeof(*b->anchors));
	b->contig_of = calloc(n + 1, sizeof(*b->contig_of));
	b->hops = calloc(n + 1, sizeof(*b->hops));
	b->queue = malloc((n + 1) * sizeof(*b->queue));
	buf_reserve(flags, n);
	if (!b->anchors || !b->contig_of || !b->hops || !b->queue || buf_failed(flags) ||
			buf_failed(&b->out->sections[LAYOUT_RUNS]) ||
			buf_failed(&b->out->sections[LAYOUT_CONTIGS]))
		return err_set(err, -ENOMEM, "out of memory");
	flags->len = n;
	l->flags = flags->data;
	l->runs = (const struct id_run *)b->out->sections[LAYOUT_RUNS].data;
	l->n_runs = b->out->sections[LAYOUT_RUNS].len / sizeof(struct id_run);
	l->contigs = (const struct layout_contig *)b->out->sections[LAYOUT_CONTIGS].data;
	l->n_contigs = b->out->sections[LAYOUT_CONTIGS].len / sizeof(struct layout_contig);
	for (const struct id_run *run = l->runs; run < l->runs + l->n_runs; run++)
		for (uint64_t id = run->first; id < run->end; id++) {
			uint64_t i = run->ordinal + (id - run->first);

			flags->data[i] = graph_has_id(b->g, id) ? LAYOUT_EXISTS : 0;
			b->anchors[i] = NO_ANCHOR;
		}
	return 0;
}

/* ---- anchors ---- */

/* Contig and position of an anchor, in their order. */
static bool is_before(uint32_t contig_a, uint64_t a, uint32_t contig_b, uint64_t b)
{
	return contig_a != contig_b ? contig_a < contig_b : a < b;
}

static void visit(struct building *b, uint32_t contig, uint64_t node, uint64_t pos, uint64_t *n)
{
	uint8_t *flags = b->out->sections[LAYOUT_FLAGS].data;
	uint64_t i;

	if (!layout_ordinal(&b->tables, node_id(node), &i))
		return;
	if (flags[i] & LAYOUT_REFERENCE) {
		flags[i] &= (uint8_t)~LAYOUT_ONCE;
		if (!is_before(contig, pos, b->contig_of[i], b->anchors[i]))
			return;
	} else {
		flags[i] |= LAYOUT_REFERENCE | LAYOUT_ONCE |
			    (node_is_reverse(node) ? LAYOUT_REVERSED : 0);
		b->queue[(*n)++] = (uint32_t)i;
	}
	b->contig_of[i] = contig;
	b->anchors[i] = pos;
}

/* The nodes of one contig's fragments, and where it begins and ends. */
static int walk_contig(struct building *b, uint32_t number, uint64_t *n, struct err *err)
{
	const struct catalog *c = b->in->catalog;
	struct layout_contig *l =
			(struct layout_contig *)b->out->sections[LAYOUT_CONTIGS].data + number;
	const struct catalog_contig *contig = &c->contigs[l->contig];
	uint64_t first = UINT64_MAX;

	for (uint32_t k = 0; k < contig->n_paths; k++) {
		struct path_info info;
		struct walk w;
		uint64_t node;
		uint64_t pos;
		int r;

		graph_path_info(b->g, c->paths[contig->first_path + k], &info);
		pos = info.fragment;
		walk_begin(&w, b->g, c->paths[contig->first_path + k], false);
		while ((r = walk_next(&w, &node)) == 1) {
			visit(b, number, node, pos, n);
			pos += graph_id_length(b->g, node_id(node));
		}
		if (r < 0)
			return err_set(err, r, "path %u is damaged; load the graph again",
					c->paths[contig->first_path + k]);
		if (pos > info.fragment && info.fragment < first)
			first = info.fragment;
		if (pos > l->end)
			l->end = pos;
	}
	l->first_block = first == UINT64_MAX ? 0 : first / b->in->block_bp;
	if (first != UINT64_MAX)
		l->n_blocks = (l->end - 1) / b->in->block_bp - l->first_block + 1;
	return 0;
}

/* Offer node @i's anchor to those beside it that are @hops away or not reached yet. */
static void reach(struct building *b, uint32_t i, uint64_t node, uint32_t hops, uint64_t *n)
{
	struct edge_iter it;
	struct position to;
	uint64_t k;

	edge_iter_init(&it, b->g, node);
	while (edge_iter_next(&it, &to)) {
		if (to.node == GRAPH_ENDMARKER || !layout_ordinal(&b->tables, node_id(to.node), &k))
			continue;
		if (b->anchors[k] == NO_ANCHOR) {
			b->hops[k] = hops;
			b->queue[(*n)++] = (uint32_t)k;
		} else if (b->hops[k] != hops ||
				b->out->sections[LAYOUT_FLAGS].data[k] & LAYOUT_REFERENCE ||
				!is_before(b->contig_of[i], b->anchors[i], b->contig_of[k],
						b->anchors[k])) {
			continue;
		}
		b->anchors[k] = b->anchors[i];
		b->contig_of[k] = b->contig_of[i];
	}
}

/* From the nodes of the reference outward, all that are equally far at a time. */
static int find_anchors(struct building *b, struct err *err)
{
	uint64_t n = 0;
	uint64_t at = 0;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < b->tables.n_contigs; i++) {
		if (b->tables.contigs[i].contig == CATALOG_NONE) {
			memset(b->anchors, 0, b->tables.n_ordinals * sizeof(*b->anchors));
			return 0;
		}
		r = walk_contig(b, i, &n, err);
	}
	for (uint32_t hops = 1; at < n; hops++) {
		uint64_t end = n;

		for (; at < end; at++) {
			uint64_t id = layout_id(&b->tables, b->queue[at]);

			reach(b, b->queue[at], node_of(id, false), hops, &n);
			reach(b, b->queue[at], node_of(id, true), hops, &n);
		}
	}
	return r;
}

/* ---- blocks ---- */

static int number_blocks(struct building *b, struct err *err)
{
	struct layout_contig *contigs =
			(struct layout_contig *)b->out->sections[LAYOUT_CONTIGS].data;
	uint64_t slot = 0;

	for (uint64_t i = 0; i < b->tables.n_contigs; i++) {
		contigs[i].first_slot = slot;
		if (contigs[i].n_blocks > SLOTS_MAX - slot)
			return err_set(err, -EOVERFLOW,
					"blocks of %llu bases are too many; mount it with a larger "
					"block_bp=",
					(unsigned long long)b->in->block_bp);
		slot += contigs[i].n_blocks;
	}
	b->tables.n_slots = slot;
	b->tables.block_bp = b->in->block_bp;
	return 0;
}

static bool put_ints(struct building *b, unsigned section, uint64_t n, uint64_t max,
		struct int_array *out)
{
	struct buf *s = &b->out->sections[section];
	unsigned width = int_array_width(max);

	b->out->widths[section] = width;
	if (!buf_reserve(s, n * width + INT_ARRAY_PAD))
		return false;
	s->len = n * width;
	*out = int_array_over(s->data, n, width);
	return true;
}

static uint64_t largest(const uint64_t *v, uint64_t n)
{
	uint64_t max = 0;

	for (uint64_t i = 0; i < n; i++)
		if (v[i] != NO_ANCHOR && v[i] > max)
			max = v[i];
	return max;
}

static bool put_nodes(struct building *b)
{
	struct layout *l = &b->tables;
	uint64_t n = l->n_ordinals;
	uint32_t max_hops = 0;

	for (uint64_t i = 0; i < n; i++)
		if (b->hops[i] > max_hops)
			max_hops = b->hops[i];
	if (!put_ints(b, LAYOUT_CONTIG_OF, n, l->n_contigs, &l->contig_of) ||
			!put_ints(b, LAYOUT_ANCHORS, n, largest(b->anchors, n), &l->anchors) ||
			!put_ints(b, LAYOUT_HOPS, n, max_hops, &l->hops))
		return false;
	for (uint64_t i = 0; i < n; i++) {
		int_array_set(&l->contig_of, i, b->contig_of[i]);
		int_array_set(&l->anchors, i, l->flags[i] & LAYOUT_EXISTS ? b->anchors[i] : 0);
		int_array_set(&l->hops, i, b->hops[i]);
	}
	return true;
}

/* Ordinals by block: counted, then each put where its block's next one goes. */
static bool put_order(struct building *b)
{
	struct layout *l = &b->tables;
	struct buf *s = &b->out->sections[LAYOUT_ORDER_STARTS];
	uint64_t n = 0;
	uint64_t *starts;

	if (!buf_reserve(s, (l->n_slots + 2) * sizeof(uint64_t)))
		return false;
	starts = (uint64_t *)s->data;
	memset(starts, 0, (l->n_slots + 2) * sizeof(uint64_t));
	for (uint64_t i = 0; i < l->n_ordinals; i++) {
		if (!(l->flags[i] & LAYOUT_EXISTS))
			continue;
		starts[layout_slot(l, i) + 2]++;
		n++;
	}
	for (uint64_t i = 2; i < l->n_slots + 2; i++)
		starts[i] += starts[i - 1];
	if (!put_ints(b, LAYOUT_ORDER, n, l->n_ordinals, &l->order))
		return false;
	for (uint64_t i = 0; i < l->n_ordinals; i++)
		if (l->flags[i] & LAYOUT_EXISTS)
			int_array_set(&l->order, starts[layout_slot(l, i) + 1]++, i);
	s->len = (l->n_slots + 1) * sizeof(uint64_t);
	l->order_starts = starts;
	return true;
}

/* An anchor is on the reference, whose blocks were counted from the same walks. */
static int check_anchors(const struct building *b, struct err *err)
{
	for (uint64_t i = 0; i < b->tables.n_ordinals; i++)
		if (b->tables.flags[i] & LAYOUT_EXISTS && b->anchors[i] == NO_ANCHOR)
			return err_set(err, -EBADMSG,
					"edges lead one way only; load the graph again");
	return 0;
}

static void set_widths(struct index_parts *out)
{
	static const uint32_t widths[LAYOUT_N_SECTIONS] = { [LAYOUT_META] = sizeof(uint64_t),
		[LAYOUT_RUNS] = sizeof(struct id_run),
		[LAYOUT_CONTIGS] = sizeof(struct layout_contig),
		[LAYOUT_FLAGS] = 1,
		[LAYOUT_ORDER_STARTS] = sizeof(uint64_t),
		[LAYOUT_SPANS] = sizeof(struct path_span),
		[LAYOUT_SAMPLES] = sizeof(struct path_sample),
		[LAYOUT_PATHS] = sizeof(struct layout_path),
		[LAYOUT_PIECES] = sizeof(struct piece),
		[LAYOUT_PIECE_STARTS] = sizeof(uint64_t) };

	memcpy(out->widths, widths, sizeof(widths));
	out->n = LAYOUT_N_SECTIONS;
}

int layout_build(const struct layout_input *in, struct index_parts *out, struct err *err)
{
	CLEANUP(building_done) struct building b = { .in = in, .g = in->graph, .out = out };
	uint64_t meta[LAYOUT_N_META] = { [LAYOUT_META_BLOCK_BP] = in->block_bp };
	int r;

	set_widths(out);
	buf_put(&out->sections[LAYOUT_META], meta, sizeof(meta));
	r = choose(&b, err);
	if (r < 0)
		return r;
	add_runs(&b);
	r = make_room(&b, err);
	if (r == 0)
		r = find_anchors(&b, err);
	if (r == 0)
		r = check_anchors(&b, err);
	if (r == 0)
		r = number_blocks(&b, err);
	if (r < 0)
		return r;
	if (!put_nodes(&b) || !put_order(&b))
		return err_set(err, -ENOMEM, "out of memory");
	return layout_add_paths(in, &b.tables, b.wanted, out, err);
}
