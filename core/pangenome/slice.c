/* SPDX-License-Identifier: MIT */
#include "core/pangenome/slice.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/buf.h"
#include "core/base/cleanup.h"

bool slice_has(const struct slice *s, uint64_t id, uint64_t *ordinal)
{
	uint64_t anchor;

	if (!layout_ordinal(s->layout, id, ordinal) ||
			int_array_get(&s->layout->contig_of, *ordinal) != s->contig)
		return false;
	anchor = int_array_get(&s->layout->anchors, *ordinal);
	return anchor >= s->low && anchor < s->high;
}

/* Slots [first, end) of the blocks that meet the interval. */
struct slots {
	uint64_t first;
	uint64_t end;
	bool whole; /* all nodes of all of them are in the interval */
};

static struct slots slots_of(const struct slice *s)
{
	const struct layout_contig *c = &s->layout->contigs[s->contig];
	uint64_t bp = s->layout->block_bp;
	uint64_t end_block = c->first_block + c->n_blocks;
	uint64_t first = s->low / bp;
	uint64_t end = s->high ? (s->high - 1) / bp + 1 : 0;
	struct slots slots = { .whole = true };

	/* Before the first block and behind the last there are no anchors. */
	if (first < c->first_block)
		first = c->first_block;
	else
		slots.whole = s->low % bp == 0;
	if (end > end_block)
		end = end_block;
	else if (s->high % bp != 0)
		slots.whole = false;
	if (first >= end)
		return (struct slots){ .whole = true };
	slots.first = c->first_slot + (first - c->first_block);
	slots.end = c->first_slot + (end - c->first_block);
	return slots;
}

static int take_nodes(struct slice *s, const struct slots *slots, struct err *err)
{
	const struct layout *l = s->layout;
	uint64_t first = l->order_starts[slots->first];
	uint64_t n = l->order_starts[slots->end] - first;

	s->nodes = l->order;
	s->nodes.at += first * l->order.width;
	s->nodes.n = n;
	if (slots->whole)
		return 0;
	s->own_nodes = malloc((n + 1) * sizeof(*s->own_nodes));
	if (!s->own_nodes)
		return err_set(err, -ENOMEM, "out of memory");
	n = 0;
	for (uint64_t i = 0; i < s->nodes.n; i++) {
		uint64_t ordinal = int_array_get(&s->nodes, i);
		uint64_t anchor = int_array_get(&l->anchors, ordinal);

		if (anchor >= s->low && anchor < s->high)
			s->own_nodes[n++] = htole64(ordinal);
	}
	s->nodes = int_array_over((uint8_t *)s->own_nodes, n, 8);
	return 0;
}

/* The parts of a piece that lie in the interval. */
static int split(const struct slice *s, const struct piece *piece, struct buf *out)
{
	struct piece part = { .span = piece->span };
	uint64_t base = piece->start;
	struct walk w;

	walk_from(&w, s->graph, piece->at);
	for (uint64_t i = 0; i < piece->n_steps; i++) {
		struct position at = w.at;
		uint64_t ordinal;
		uint64_t length;
		uint64_t node;

		if (walk_next(&w, &node) != 1)
			return -EBADMSG;
		length = graph_id_length(s->graph, node_id(node));
		if (slice_has(s, node_id(node), &ordinal)) {
			if (!part.n_steps++) {
				part.start = base;
				part.at = at;
			}
			part.end = base + length;
			part.last_node = node;
		} else if (part.n_steps) {
			buf_put(out, &part, sizeof(part));
			part.n_steps = 0;
		}
		base += length;
	}
	if (part.n_steps)
		buf_put(out, &part, sizeof(part));
	return 0;
}

static int by_place(const void *pa, const void *pb)
{
	const struct piece *a = pa;
	const struct piece *b = pb;

	if (a->span != b->span)
		return a->span < b->span ? -1 : 1;
	return a->start < b->start ? -1 : a->start > b->start;
}

/* Join those that follow each other on their path, and number them. */
static void join(struct slice *s, struct piece *pieces, uint64_t n)
{
	uint64_t kept = 0;

	for (uint64_t i = 0; i < n; i++) {
		struct piece *before = kept ? &pieces[kept - 1] : NULL;
		bool same = before && before->span == pieces[i].span;

		if (same && before->end == pieces[i].start) {
			before->end = pieces[i].end;
			before->n_steps += pieces[i].n_steps;
			before->last_node = pieces[i].last_node;
			continue;
		}
		pieces[kept] = pieces[i];
		pieces[kept].number = same ? before->number + 1 : 0;
		kept++;
	}
	s->own_pieces = pieces;
	s->pieces = pieces;
	s->n_pieces = kept;
}

static int take_pieces(struct slice *s, const struct slots *slots, struct err *err)
{
	CLEANUP(buf_done) struct buf pieces = { 0 };
	const struct layout *l = s->layout;
	uint64_t first = l->piece_starts[slots->first];
	uint64_t end = l->piece_starts[slots->end];
	int r = 0;

	s->pieces = l->pieces + first;
	s->n_pieces = end - first;
	if (slots->whole && slots->end - slots->first <= 1)
		return 0;
	if (slots->whole)
		buf_put(&pieces, s->pieces, s->n_pieces * sizeof(struct piece));
	for (uint64_t i = first; r == 0 && !slots->whole && i < end; i++)
		r = split(s, &l->pieces[i], &pieces);
	if (r < 0)
		return err_set(err, r, "a path is damaged; load the graph again");
	if (buf_failed(&pieces))
		return err_set(err, -ENOMEM, "out of memory");
	if (pieces.len)
		qsort(pieces.data, pieces.len / sizeof(struct piece), sizeof(struct piece),
				by_place);
	join(s, (struct piece *)pieces.data, pieces.len / sizeof(struct piece));
	pieces.data = NULL;
	return 0;
}

int slice_init(struct slice *s, const struct graph *g, const struct catalog *c,
		const struct layout *l, uint32_t contig, uint64_t low, uint64_t high,
		struct err *err)
{
	struct slots slots;
	int r;

	*s = (struct slice){
		.graph = g, .catalog = c, .layout = l, .contig = contig, .low = low, .high = high
	};
	slots = slots_of(s);
	r = take_nodes(s, &slots, err);
	if (r == 0)
		r = take_pieces(s, &slots, err);
	if (r < 0)
		slice_done(s);
	return r;
}

void slice_done(struct slice *s)
{
	free(s->own_nodes);
	free(s->own_pieces);
	*s = (struct slice){ 0 };
}

size_t slice_bytes(const struct slice *s)
{
	return sizeof(*s) + (s->own_nodes ? s->nodes.n * sizeof(*s->own_nodes) : 0) +
	       (s->own_pieces ? s->n_pieces * sizeof(*s->own_pieces) : 0);
}
