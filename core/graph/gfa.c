/* SPDX-License-Identifier: MIT */
#include "core/graph/gfa.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"

enum { OUT_SIZE = 64 * 1024 };

/* Text on its way to the sink. */
struct out {
	gfa_sink *sink;
	void *arg;
	char *buf; /* OUT_SIZE bytes */
	size_t len;
	int status; /* what the sink gave */
};

static void flush(struct out *o)
{
	if (o->status == 0 && o->len)
		o->status = o->sink(o->arg, o->buf, o->len);
	o->len = 0;
}

static void put(struct out *o, const char *s, size_t n)
{
	while (n) {
		size_t piece = n < OUT_SIZE - o->len ? n : OUT_SIZE - o->len;

		memcpy(o->buf + o->len, s, piece);
		o->len += piece;
		s += piece;
		n -= piece;
		if (o->len == OUT_SIZE)
			flush(o);
	}
}

static void put_char(struct out *o, char c)
{
	o->buf[o->len++] = c;
	if (o->len == OUT_SIZE)
		flush(o);
}

static void put_text(struct out *o, const char *s)
{
	put(o, s, strlen(s));
}

static void put_name(struct out *o, struct name n)
{
	put(o, n.s, n.len);
}

static void put_number(struct out *o, uint64_t n)
{
	char digits[20];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + n % 10);
	while (n /= 10);
	put(o, digits + at, sizeof(digits) - at);
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

static void put_segment_name(struct out *o, const struct graph *g, uint64_t i)
{
	if (g->n_segments)
		put_name(o, graph_segment(g, i).name);
	else
		put_number(o, g->min_id + i);
}

/* The segment that begins with the node, in the node's direction. False where none does. */
static bool segment_begins(const struct graph *g, uint64_t node, uint64_t *segment)
{
	uint64_t id = node_id(node);

	if (!g->n_segments) {
		*segment = node_of(id - g->min_id, node_is_reverse(node));
		return true;
	}
	if (!graph_segment_of(g, id, segment))
		return false;
	if (id != (node_is_reverse(node) ? graph_segment(g, *segment).end - 1
					 : graph_segment(g, *segment).first))
		return false;
	*segment = node_of(*segment, node_is_reverse(node));
	return true;
}

/* --- lines --- */

static void put_head(struct out *o, const struct graph *g)
{
	struct name value;

	put_text(o, "H\tVN:Z:1.1");
	if (graph_tag(&g->gbwt_tags, "reference_samples", &value)) {
		put_text(o, "\tRS:Z:");
		put_name(o, value);
	}
	put_char(o, '\n');
	/* The name is of the graph of nodes. */
	if (g->n_segments || !graph_tag(&g->tags, "pggname", &value))
		return;
	put_text(o, "H\tNM:Z:");
	put_name(o, value);
	put_char(o, '\n');
}

static void put_segments(struct out *o, const struct graph *g)
{
	for (uint64_t i = 0; o->status == 0 && i < n_segments(g); i++) {
		struct segment s = segment_at(g, i);

		if (!s.first)
			continue;
		put_text(o, "S\t");
		put_segment_name(o, g, i);
		put_char(o, '\t');
		for (uint64_t id = s.first; id < s.end; id++) {
			uint64_t length;
			const char *bases = graph_id_sequence(g, id, &length);

			put(o, bases, length);
		}
		put_char(o, '\n');
	}
}

static void put_oriented(struct out *o, const struct graph *g, uint64_t segment)
{
	put_char(o, '\t');
	put_segment_name(o, g, node_id(segment));
	put_text(o, node_is_reverse(segment) ? "\t-" : "\t+");
}

/* Links that leave a segment, in the direction of its strand. */
static void put_links(struct out *o, const struct graph *g, const struct segment *s, uint64_t from)
{
	uint64_t last = node_is_reverse(from) ? s->first : s->end - 1;
	struct edge_iter it;
	struct position to;

	edge_iter_init(&it, g, node_of(last, node_is_reverse(from)));
	while (edge_iter_next(&it, &to)) {
		uint64_t segment;

		if (to.node == GRAPH_ENDMARKER || !segment_begins(g, to.node, &segment))
			continue;
		/* No segment is the endmarker, so that those are counted from 1 for this. */
		if (!edge_is_canonical(from + 2, segment + 2))
			continue;
		put_char(o, 'L');
		put_oriented(o, g, from);
		put_oriented(o, g, segment);
		put_text(o, "\t0M\n");
	}
}

static void put_all_links(struct out *o, const struct graph *g)
{
	for (uint64_t i = 0; o->status == 0 && i < n_segments(g); i++) {
		struct segment s = segment_at(g, i);

		if (!s.first)
			continue;
		put_links(o, g, &s, node_of(i, false));
		put_links(o, g, &s, node_of(i, true));
	}
}

/* One step: of a W line ">a" or "<b", of a P line "a+" or "b-". */
static void put_step(struct out *o, const struct graph *g, bool of_walk, uint64_t segment)
{
	if (of_walk)
		put_char(o, node_is_reverse(segment) ? '<' : '>');
	put_segment_name(o, g, node_id(segment));
	if (!of_walk)
		put_char(o, node_is_reverse(segment) ? '-' : '+');
}

/* The segments of a path, each of which it goes through from end to end. */
static int put_steps(struct out *o, const struct graph *g, bool of_walk, uint64_t path)
{
	uint64_t segment = 0;
	uint64_t within = 0; /* nodes of the segment that are still to come */
	uint64_t node = 0;
	bool first = true;
	struct walk w;
	int r;

	walk_begin(&w, g, path, false);
	while (o->status == 0) {
		uint64_t before = node;

		r = walk_next(&w, &node);
		if (r <= 0)
			return r < 0 || within ? -EBADMSG : 0;
		if (within) {
			if (node != (node_is_reverse(before) ? before - 2 : before + 2))
				return -EBADMSG;
			within--;
			continue;
		}
		if (!segment_begins(g, node, &segment))
			return -EBADMSG;
		if (g->n_segments) {
			struct segment s = graph_segment(g, node_id(segment));

			within = s.end - s.first - 1;
		}
		if (!first && !of_walk)
			put_char(o, ',');
		first = false;
		put_step(o, g, of_walk, segment);
	}
	return 0;
}

static int put_path(
		struct out *o, const struct graph *g, uint64_t path, const struct path_info *info)
{
	int r;

	put_text(o, "P\t");
	put_name(o, info->contig);
	if (info->fragment) {
		put_char(o, '[');
		put_number(o, info->fragment);
		put_char(o, ']');
	}
	put_char(o, '\t');
	r = put_steps(o, g, false, path);
	put_text(o, "\t*\n");
	return r;
}

static int put_walk(
		struct out *o, const struct graph *g, uint64_t path, const struct path_info *info)
{
	uint64_t n_steps;
	uint64_t n_bases;
	int r = graph_path_length(g, path, &n_steps, &n_bases);

	if (r < 0)
		return r;
	put_text(o, "W\t");
	put_name(o, info->sample);
	put_char(o, '\t');
	put_number(o, info->haplotype);
	put_char(o, '\t');
	put_name(o, info->contig);
	put_char(o, '\t');
	put_number(o, info->fragment);
	put_char(o, '\t');
	put_number(o, info->fragment + n_bases);
	put_char(o, '\t');
	r = put_steps(o, g, true, path);
	put_char(o, '\n');
	return r;
}

int gfa_write(const struct graph *g, gfa_sink *sink, void *arg, struct err *err)
{
	CLEANUP(freep) char *buf = malloc(OUT_SIZE);
	struct out o = { .sink = sink, .arg = arg, .buf = buf };

	if (!buf)
		return err_set(err, -ENOMEM, "out of memory");
	put_head(&o, g);
	put_segments(&o, g);
	put_all_links(&o, g);
	for (uint64_t i = 0; o.status == 0 && i < g->n_paths; i++) {
		struct path_info info;
		int r;

		graph_path_info(g, i, &info);
		r = info.sense == PATH_GENERIC ? put_path(&o, g, i, &info)
					       : put_walk(&o, g, i, &info);
		if (r < 0 && o.status == 0)
			return err_set(err, r, "path %llu is damaged; load the graph again",
					(unsigned long long)i);
	}
	flush(&o);
	return o.status < 0 ? err_set(err, o.status, "could not write GFA") : o.status;
}
