/* SPDX-License-Identifier: MIT */
#include "core/pangenome/layout_paths.h"

#include <errno.h>

#include "core/base/cleanup.h"
#include "core/block/team.h"
#include "core/pangenome/layout_parts.h"

/* Paths are worked on some at a time, so that threads share the work and memory stays in few
 * pieces. */
enum { BATCH = 16 };

#define NO_SLOT UINT64_MAX

/* What a batch of paths gave. */
struct batch {
	struct buf spans; /* samples counted from the batch's own */
	struct buf samples;
	struct buf paths;  /* struct layout_path */
	struct buf pieces; /* spans counted from the batch's own; in order of the paths */
	struct buf slots;  /* uint32_t of each piece */
};

struct adding {
	const struct layout_input *in;
	const struct layout *l;
	uint32_t *paths; /* of the group; owned */
	uint64_t n_paths;
	struct batch *batches; /* owned */
	uint64_t n_batches;
};

static void adding_done(struct adding *a)
{
	for (uint64_t i = 0; a->batches && i < a->n_batches; i++) {
		buf_done(&a->batches[i].spans);
		buf_done(&a->batches[i].samples);
		buf_done(&a->batches[i].paths);
		buf_done(&a->batches[i].pieces);
		buf_done(&a->batches[i].slots);
	}
	free(a->batches);
	free(a->paths);
}

/* A visit of a node that the reference visits once. */
struct met {
	bool any;
	bool reversed; /* against the reference */
	uint64_t contig;
	uint64_t pos;
	uint64_t end;
};

/* One path on its way. */
struct path_walk {
	const struct layout *l;
	struct batch *to;
	struct path_span span;
	struct layout_path side;
	uint64_t backward[2]; /* as read forward, and from the other end */
	struct met last;
	struct piece piece;
	uint64_t slot; /* of the piece; NO_SLOT: none was begun */
};

static void end_piece(struct path_walk *p)
{
	uint32_t slot = (uint32_t)p->slot;

	if (p->slot == NO_SLOT)
		return;
	buf_put(&p->to->pieces, &p->piece, sizeof(p->piece));
	buf_put(&p->to->slots, &slot, sizeof(slot));
}

static void meet(struct path_walk *p, uint64_t ordinal, uint64_t node, uint64_t length)
{
	uint8_t flags = p->l->flags[ordinal];
	struct met now = { .any = true,
		.reversed = node_is_reverse(node) != !!(flags & LAYOUT_REVERSED),
		.contig = int_array_get(&p->l->contig_of, ordinal),
		.pos = int_array_get(&p->l->anchors, ordinal) };

	if (!(flags & LAYOUT_ONCE))
		return;
	now.end = now.pos + length;
	*(now.reversed ? &p->side.reverse_bases : &p->side.forward_bases) += length;
	if (p->last.any && now.reversed && !p->last.reversed)
		p->side.n_inverted++;
	else if (p->last.any && now.contig == p->last.contig && now.reversed == p->last.reversed)
		p->backward[now.reversed] +=
				now.reversed ? p->last.pos < now.end : now.pos < p->last.end;
	p->last = now;
}

static int take_step(struct path_walk *p, struct position at, uint64_t length)
{
	uint64_t ordinal;
	uint64_t slot;

	if (!layout_ordinal(p->l, node_id(at.node), &ordinal))
		return -EBADMSG;
	slot = layout_slot(p->l, ordinal);
	if (slot != p->slot) {
		end_piece(p);
		p->slot = slot;
		p->piece = (struct piece){ .span = (uint32_t)(p->to->paths.len /
							      sizeof(struct layout_path)),
			.start = p->span.n_bases,
			.at = at };
	}
	p->piece.n_steps++;
	p->piece.end = p->span.n_bases + length;
	p->piece.last_node = at.node;
	meet(p, ordinal, at.node, length);
	return 0;
}

static int add_path(struct adding *a, struct batch *to, uint32_t path)
{
	const struct graph *g = a->in->graph;
	struct path_walk p = { .l = a->l, .to = to, .slot = NO_SLOT };
	uint64_t sampled = 0;
	struct walk w;
	int r;

	p.span.path = path;
	p.span.first_sample = to->samples.len / sizeof(struct path_sample);
	walk_begin(&w, g, path, false);
	for (;;) {
		struct position at = w.at;
		uint64_t node;
		uint64_t length;

		r = walk_next(&w, &node);
		if (r <= 0)
			break;
		length = graph_id_length(g, node_id(node));
		if (p.span.n_bases >= sampled) {
			struct path_sample s = { p.span.n_bases, at };

			buf_put(&to->samples, &s, sizeof(s));
			sampled = p.span.n_bases + PLACES_SPACING;
		}
		r = take_step(&p, at, length);
		if (r < 0)
			return r;
		p.span.n_bases += length;
		p.span.n_steps++;
	}
	end_piece(&p);
	p.side.n_backward = p.backward[p.side.forward_bases < p.side.reverse_bases];
	buf_put(&to->spans, &p.span, sizeof(p.span));
	buf_put(&to->paths, &p.side, sizeof(p.side));
	return r;
}

static int work(void *arg, uint64_t i)
{
	struct adding *a = arg;
	struct batch *b = &a->batches[i];
	uint64_t end = (i + 1) * BATCH < a->n_paths ? (i + 1) * BATCH : a->n_paths;

	for (uint64_t k = i * BATCH; k < end; k++) {
		int r = add_path(a, b, a->paths[k]);

		if (r < 0)
			return r;
	}
	return buf_failed(&b->spans) || buf_failed(&b->samples) || buf_failed(&b->paths) ||
					       buf_failed(&b->pieces) || buf_failed(&b->slots)
			       ? -ENOMEM
			       : 0;
}

/* Spans and samples of all, one after the other. */
static void gather_paths(struct adding *a, struct index_parts *out)
{
	struct buf *samples = &out->sections[LAYOUT_SAMPLES];
	struct path_span last = { 0 };

	for (uint64_t i = 0; i < a->n_batches; i++) {
		struct batch *b = &a->batches[i];
		struct path_span *spans = (struct path_span *)b->spans.data;
		uint64_t before = samples->len / sizeof(struct path_sample);

		for (uint64_t k = 0; k < b->spans.len / sizeof(*spans); k++)
			spans[k].first_sample += before;
		buf_put(&out->sections[LAYOUT_SPANS], b->spans.data, b->spans.len);
		buf_put(samples, b->samples.data, b->samples.len);
		buf_put(&out->sections[LAYOUT_PATHS], b->paths.data, b->paths.len);
		buf_done(&b->samples);
	}
	last.first_sample = samples->len / sizeof(struct path_sample);
	buf_put(&out->sections[LAYOUT_SPANS], &last, sizeof(last));
}

/* Pieces by block: counted, then each put where its block's next one goes. */
static void place_pieces(struct adding *a, uint64_t *starts, struct piece *pieces)
{
	uint32_t before = 0; /* spans of the batches before */

	for (uint64_t i = 0; i < a->n_batches; i++) {
		const struct batch *b = &a->batches[i];
		const struct piece *from = (const struct piece *)b->pieces.data;
		const uint32_t *slots = (const uint32_t *)b->slots.data;

		for (uint64_t k = 0; k < b->slots.len / sizeof(*slots); k++) {
			uint64_t at = starts[slots[k] + 1]++;

			pieces[at] = from[k];
			pieces[at].span += before;
		}
		before += (uint32_t)(b->paths.len / sizeof(struct layout_path));
	}
}

static void number_pieces(const uint64_t *starts, uint64_t n_slots, struct piece *pieces)
{
	for (uint64_t slot = 0; slot < n_slots; slot++)
		for (uint64_t i = starts[slot] + 1; i < starts[slot + 1]; i++)
			if (pieces[i].span == pieces[i - 1].span)
				pieces[i].number = pieces[i - 1].number + 1;
}

static int gather_pieces(struct adding *a, struct index_parts *out, struct err *err)
{
	struct buf *s = &out->sections[LAYOUT_PIECE_STARTS];
	struct buf *p = &out->sections[LAYOUT_PIECES];
	uint64_t n_slots = a->l->n_slots;
	uint64_t n = 0;
	uint64_t *starts;

	if (!buf_reserve(s, (n_slots + 2) * sizeof(uint64_t)))
		return err_set(err, -ENOMEM, "out of memory");
	starts = (uint64_t *)s->data;
	memset(starts, 0, (n_slots + 2) * sizeof(uint64_t));
	for (uint64_t i = 0; i < a->n_batches; i++) {
		const uint32_t *slots = (const uint32_t *)a->batches[i].slots.data;

		for (uint64_t k = 0; k < a->batches[i].slots.len / sizeof(*slots); k++, n++)
			starts[slots[k] + 2]++;
	}
	for (uint64_t i = 2; i < n_slots + 2; i++)
		starts[i] += starts[i - 1];
	if (!buf_reserve(p, n * sizeof(struct piece) + 1))
		return err_set(err, -ENOMEM, "out of memory");
	place_pieces(a, starts, (struct piece *)p->data);
	number_pieces(starts, n_slots, (struct piece *)p->data);
	p->len = n * sizeof(struct piece);
	s->len = (n_slots + 1) * sizeof(uint64_t);
	return 0;
}

static int choose_paths(struct adding *a, const uint8_t *wanted, struct err *err)
{
	const struct parts *parts = a->in->parts;
	uint64_t n = 0;

	for (uint64_t i = 0; i < a->in->graph->n_paths; i++)
		n += parts->path_parts[i] < parts->n_parts && wanted[parts->path_parts[i]];
	a->n_batches = (n + BATCH - 1) / BATCH;
	a->paths = malloc((n + 1) * sizeof(*a->paths));
	a->batches = calloc(a->n_batches + 1, sizeof(*a->batches));
	if (!a->paths || !a->batches)
		return err_set(err, -ENOMEM, "out of memory");
	for (uint64_t i = 0; i < a->in->graph->n_paths; i++)
		if (parts->path_parts[i] < parts->n_parts && wanted[parts->path_parts[i]])
			a->paths[a->n_paths++] = (uint32_t)i;
	return 0;
}

int layout_add_paths(const struct layout_input *in, const struct layout *l, const uint8_t *wanted,
		struct index_parts *out, struct err *err)
{
	CLEANUP(adding_done) struct adding a = { .in = in, .l = l };
	int r = choose_paths(&a, wanted, err);

	if (r < 0)
		return r;
	r = team_run(in->pool, a.n_batches, work, &a);
	if (r < 0)
		return err_set(err, r,
				r == -ENOMEM ? "out of memory"
					     : "a path is damaged; load the graph again");
	gather_paths(&a, out);
	return gather_pieces(&a, out, err);
}
