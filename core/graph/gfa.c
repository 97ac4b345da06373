/* SPDX-License-Identifier: MIT */
#include "core/graph/gfa.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"

enum {
	SINK_SIZE = 64 * 1024,
	NUMBER_MAX = 20, /* digits */
};
_Static_assert((int)NUMBER_MAX <= (int)GFA_NEED_MAX, "a number is put at once");

static void make_room(struct gfa_out *o, size_t n)
{
	o->counted += (uint64_t)(o->at - o->base);
	o->make_room(o, n);
	o->base = o->at;
}

/* Room for @n <= GFA_NEED_MAX bytes. */
static inline void need(struct gfa_out *o, size_t n)
{
	if ((size_t)(o->end - o->at) < n)
		make_room(o, n);
}

static inline bool is_enough(const struct gfa_out *o)
{
	return o->counted + (uint64_t)(o->at - o->base) >= GFA_PART;
}

static void put_long(struct gfa_out *o, const char *s, size_t n)
{
	while (n) {
		size_t piece;

		need(o, 1);
		piece = (size_t)(o->end - o->at);
		piece = piece < n ? piece : n;
		memcpy(o->at, s, piece);
		o->at += piece;
		s += piece;
		n -= piece;
	}
}

static inline void put(struct gfa_out *o, const char *s, size_t n)
{
	if (!s) /* of an id that is not there */
		return;
	if ((size_t)(o->end - o->at) < n) {
		put_long(o, s, n);
		return;
	}
	memcpy(o->at, s, n);
	o->at += n;
}

static inline void put_char(struct gfa_out *o, char c)
{
	need(o, 1);
	*o->at++ = c;
}

static inline void put_text(struct gfa_out *o, const char *s)
{
	put(o, s, strlen(s));
}

static inline void put_name(struct gfa_out *o, struct name n)
{
	put(o, n.s, n.len);
}

static inline void put_number(struct gfa_out *o, uint64_t n)
{
	unsigned length = 1;

	for (uint64_t power = 10; length < NUMBER_MAX && n >= power; power *= 10)
		length++;
	need(o, length);
	o->at += length;
	for (char *p = o->at; length; length--, n /= 10)
		*--p = (char)('0' + n % 10);
}

/* --- segments: of a translation, or ids --- */

/* A segment and a strand, as nodes are ids and strands. */
static uint64_t n_segments(const struct graph *g)
{
	return g->n_segments ? g->n_segments : g->n_ids;
}

/* Ids [first, end) of segment @i; first is 0 where no path uses it. */
static struct segment segment_at(const struct graph *g, uint64_t i)
{
	struct segment s = { .first = g->min_id + i, .end = g->min_id + i + 1 };

	if (g->n_segments)
		s = graph_segment(g, i);
	if (s.first == s.end || !graph_has_id(g, s.first))
		s.first = s.end = 0;
	return s;
}

/* Which segment a node is at the edge of. */
struct segment_edge {
	struct segment segment;
	uint64_t oriented; /* twice its number, and the node's strand */
};

static inline void put_segment_name(
		struct gfa_out *o, const struct graph *g, const struct segment *s)
{
	if (g->n_segments)
		put_name(o, s->name);
	else
		put_number(o, s->first);
}

/* The segment that begins with the node, in the node's direction. False where none does; it is
 * looked for from segment @near on. */
static bool segment_begins(
		const struct graph *g, uint64_t node, uint64_t near, struct segment_edge *out)
{
	bool reverse = node_is_reverse(node);
	uint64_t id = node_id(node);
	uint64_t i = id - g->min_id;

	if (!g->n_segments) {
		out->segment = (struct segment){ .first = id, .end = id + 1 };
	} else {
		if (!graph_segment_near(g, id, near, &i))
			return false;
		out->segment = graph_segment(g, i);
		if (id != (reverse ? out->segment.end - 1 : out->segment.first))
			return false;
	}
	out->oriented = node_of(i, reverse);
	return true;
}

/* --- sections: each returns 1 where it has more to write; 0; a negative errno --- */

void gfa_put_header(struct gfa_out *o, const struct graph *g)
{
	struct name value;

	o->base = o->at;
	put_text(o, "H\tVN:Z:1.1");
	if (graph_tag(&g->gbwt_tags, "reference_samples", &value)) {
		put_text(o, "\tRS:Z:");
		put_name(o, value);
	}
	put_char(o, '\n');
}

static int put_head(const struct gfa_source *source, struct gfa_state *st, struct gfa_out *o)
{
	const struct graph *g = source->graph;
	struct name value;

	(void)st;
	gfa_put_header(o, g);
	/* The name is of the graph of nodes. */
	if (g->n_segments || !graph_tag(&g->tags, "pggname", &value))
		return 0;
	put_text(o, "H\tNM:Z:");
	put_name(o, value);
	put_char(o, '\n');
	return 0;
}

/* The segment's bases, from where the state is. Return: whether they are all written. */
static bool put_bases(struct gfa_out *o, const struct graph *g, const struct segment *s,
		struct gfa_state *st)
{
	for (; st->sequence.id < s->end; st->sequence.id++, st->sequence.base = 0) {
		uint64_t length;
		const char *bases = graph_id_sequence(g, st->sequence.id, &length);

		while (st->sequence.base < length) {
			uint64_t n = length - st->sequence.base;

			if (is_enough(o))
				return false;
			n = n < GFA_PART ? n : GFA_PART;
			put(o, bases + st->sequence.base, n);
			st->sequence.base += n;
		}
	}
	return true;
}

static int put_segments(const struct gfa_source *source, struct gfa_state *st, struct gfa_out *o)
{
	const struct graph *g = source->graph;

	for (; st->item < n_segments(g) && !is_enough(o); st->item++) {
		struct segment s = segment_at(g, st->item);

		if (!s.first)
			continue;
		if (!st->sequence.id) {
			put_text(o, "S\t");
			put_segment_name(o, g, &s);
			put_char(o, '\t');
			st->sequence.id = s.first;
		}
		if (!put_bases(o, g, &s, st))
			return 1;
		put_char(o, '\n');
		st->sequence.id = 0;
	}
	return st->item < n_segments(g);
}

static void put_oriented(struct gfa_out *o, const struct graph *g, const struct segment_edge *e)
{
	put_char(o, '\t');
	put_segment_name(o, g, &e->segment);
	put_text(o, node_is_reverse(e->oriented) ? "\t-" : "\t+");
}

/* Links that leave a segment, in the direction of its strand. */
static int put_links_of(struct gfa_out *o, const struct graph *g, const struct segment_edge *from,
		struct edge_mark *mark)
{
	bool reverse = node_is_reverse(from->oriented);
	uint64_t last = reverse ? from->segment.first : from->segment.end - 1;
	struct edge_iter it;
	struct position next;

	edge_iter_resume(&it, g, node_of(last, reverse), mark);
	while (edge_iter_next(&it, &next)) {
		struct segment_edge to;

		if (next.node == GRAPH_ENDMARKER ||
				!segment_begins(g, next.node, node_id(from->oriented), &to))
			continue;
		/* No segment is the endmarker, so that those are counted from 1 for this. */
		if (!edge_is_canonical(from->oriented + 2, to.oriented + 2))
			continue;
		put_char(o, 'L');
		put_oriented(o, g, from);
		put_oriented(o, g, &to);
		put_text(o, "\t0M\n");
		if (is_enough(o)) {
			*mark = edge_iter_mark(&it, g);
			return 1;
		}
	}
	*mark = (struct edge_mark){ 0 };
	return 0;
}

static int put_links(const struct gfa_source *source, struct gfa_state *st, struct gfa_out *o)
{
	const struct graph *g = source->graph;

	for (; node_id(st->item) < n_segments(g); st->item++) {
		struct segment_edge from = { .segment = segment_at(g, node_id(st->item)),
			.oriented = st->item };

		if (from.segment.first && put_links_of(o, g, &from, &st->edge))
			return 1;
	}
	return 0;
}

/* What is before the steps. */
static int begin_path(const struct gfa_source *source, struct gfa_state *st, struct gfa_out *o)
{
	const struct graph *g = source->graph;
	struct path_info info;
	uint64_t n_steps;
	uint64_t n_bases;
	struct walk w;
	int r;

	graph_path_info(g, st->item, &info);
	walk_begin(&w, g, st->item, false);
	st->walk.at = w.at;
	st->walk.left = w.left;
	st->line = info.sense == PATH_GENERIC ? 'P' : 'W';
	if (st->line == 'P') {
		put_text(o, "P\t");
		put_name(o, info.contig);
		if (info.fragment) {
			put_char(o, '[');
			put_number(o, info.fragment);
			put_char(o, ']');
		}
		put_char(o, '\t');
		return 0;
	}
	r = source->path_bases ? source->path_bases(source->arg, st->item, &n_bases)
			       : graph_path_length(g, st->item, &n_steps, &n_bases);
	if (r < 0)
		return r;
	put_text(o, "W\t");
	put_name(o, info.sample);
	put_char(o, '\t');
	put_number(o, info.haplotype);
	put_char(o, '\t');
	put_name(o, info.contig);
	put_char(o, '\t');
	put_number(o, info.fragment);
	put_char(o, '\t');
	put_number(o, info.fragment + n_bases);
	put_char(o, '\t');
	return 0;
}

/* The next segment of a walk, which goes through each from end to end. @at: the one before. */
static int next_segment(struct walk *w, struct segment_edge *at)
{
	uint64_t node;
	int r = walk_next(w, &node);

	if (r <= 0)
		return r;
	if (!segment_begins(w->g, node, node_id(at->oriented), at))
		return -EBADMSG;
	for (uint64_t left = at->segment.end - at->segment.first - 1; left; left--) {
		uint64_t before = node;

		if (walk_next(w, &node) != 1 ||
				node != (node_is_reverse(before) ? before - 2 : before + 2))
			return -EBADMSG;
	}
	return 1;
}

/* Steps of a W line are ">a" or "<b", of a P line "a+" or "b-" with commas between. */
static int put_steps(struct gfa_out *o, const struct graph *g, struct gfa_state *st)
{
	struct walk w = { .g = g, .at = st->walk.at, .left = st->walk.left };
	struct segment_edge at = { 0 };
	bool of_walk = st->line == 'W';
	int r = 1;

	while (!is_enough(o) && (r = next_segment(&w, &at)) == 1) {
		bool reverse = node_is_reverse(at.oriented);

		if (of_walk)
			put_char(o, reverse ? '<' : '>');
		put_segment_name(o, g, &at.segment);
		if (of_walk)
			continue;
		put_char(o, reverse ? '-' : '+');
		if (w.at.node != GRAPH_ENDMARKER)
			put_char(o, ',');
	}
	st->walk.at = w.at;
	st->walk.left = w.left;
	return r;
}

static int put_paths(const struct gfa_source *source, struct gfa_state *st, struct gfa_out *o)
{
	for (; st->item < source->graph->n_paths; st->item++, st->line = 0) {
		int r = 0;

		if (is_enough(o))
			return 1;
		if (!st->line)
			r = begin_path(source, st, o);
		if (r == 0)
			r = put_steps(o, source->graph, st);
		if (r)
			return r;
		put_text(o, st->line == 'W' ? "\n" : "\t*\n");
	}
	return 0;
}

/* --- all of it --- */

typedef int section_writer(
		const struct gfa_source *source, struct gfa_state *st, struct gfa_out *o);

static section_writer *const sections[] = { put_head, put_segments, put_links, put_paths };

enum { N_SECTIONS = sizeof(sections) / sizeof(sections[0]) };

int gfa_next(const struct gfa_source *source, struct gfa_state *state, struct gfa_out *o,
		struct err *err)
{
	o->base = o->at;
	o->counted = 0;
	while (state->section < N_SECTIONS && !is_enough(o)) {
		int r = sections[state->section](source, state, o);

		if (r < 0)
			return err_set(err, r, "path %llu is damaged; load the graph again",
					(unsigned long long)state->item);
		if (r == 0)
			*state = (struct gfa_state){ .section = state->section + 1 };
	}
	return o->counted || o->at != o->base;
}

/* A buffer on its way to the sink. */
struct sink {
	gfa_sink *take;
	void *arg;
	char *buf;  /* SINK_SIZE bytes */
	int status; /* what the sink gave */
};

static void flush(struct gfa_out *o, size_t n)
{
	struct sink *s = o->arg;

	(void)n;
	if (s->status == 0 && o->at != s->buf)
		s->status = s->take(s->arg, s->buf, (size_t)(o->at - s->buf));
	o->at = s->buf;
	o->end = s->buf + SINK_SIZE;
}

int gfa_write(const struct graph *g, gfa_sink *sink, void *arg, struct err *err)
{
	CLEANUP(freep) char *buf = malloc(SINK_SIZE);
	struct sink s = { .take = sink, .arg = arg, .buf = buf };
	struct gfa_out o = { .at = buf, .end = buf + SINK_SIZE, .make_room = flush, .arg = &s };
	const struct gfa_source source = { .graph = g };
	struct gfa_state state = { 0 };
	int r = 1;

	if (!buf)
		return err_set(err, -ENOMEM, "out of memory");
	while (r == 1 && s.status == 0)
		r = gfa_next(&source, &state, &o, err);
	if (r < 0 && s.status == 0)
		return r;
	flush(&o, 0);
	return s.status < 0 ? err_set(err, s.status, "could not write GFA") : s.status;
}
