/* SPDX-License-Identifier: MIT */
#include "core/pangenome/slice_gfa.h"

#include <errno.h>

#include "core/graph/gfa.h"
#include "core/pangenome/file.h"
#include "core/pangenome/graph_gfa.h"
#include "core/pangenome/slice_text.h"

/* Where the text goes, and when a call has written enough of it. */
struct call {
	struct text_out *o;
	uint64_t stop;
};

static bool is_enough(const struct call *c)
{
	return text_written(c->o) >= c->stop;
}

/*
 * --- sections ---
 *
 * Each goes on from the numbers at @v, all 0 at its beginning, and returns 1 where it has more to
 * write; 0; a negative errno.
 */

static int put_head(const struct slice *s, uint64_t *v, struct call *c, struct err *err)
{
	struct gfa_out g;

	(void)v;
	(void)err;
	gfa_to_text_begin(&g, c->o);
	gfa_put_header(&g, s->graph);
	gfa_to_text_end(&g);
	return 0;
}

enum { SEGMENT_NODE, SEGMENT_BASE };

static int put_segments(const struct slice *s, uint64_t *v, struct call *c, struct err *err)
{
	(void)err;
	for (; v[SEGMENT_NODE] < slice_n_nodes(s); v[SEGMENT_NODE]++, v[SEGMENT_BASE] = 0) {
		uint64_t id = slice_node_id(s, v[SEGMENT_NODE]);
		uint64_t length;
		const char *bases = graph_id_sequence(s->graph, id, &length);

		if (is_enough(c))
			return 1;
		if (!v[SEGMENT_BASE]) {
			text_bytes(c->o, "S\t", 2);
			text_number(c->o, id, '\t');
		}
		while (v[SEGMENT_BASE] < length) {
			uint64_t n = length - v[SEGMENT_BASE];

			n = n < SLICE_PART ? n : SLICE_PART;
			text_bytes(c->o, bases + v[SEGMENT_BASE], n);
			v[SEGMENT_BASE] += n;
			if (v[SEGMENT_BASE] < length && is_enough(c))
				return 1;
		}
		text_char(c->o, '\n');
	}
	return 0;
}

static void put_end(struct text_out *o, uint64_t node)
{
	text_char(o, '\t');
	text_number(o, node_id(node), '\t');
	text_char(o, node_is_reverse(node) ? '-' : '+');
}

static int put_links(const struct slice *s, uint64_t *v, struct call *c, struct err *err)
{
	struct slice_edges edges;
	struct slice_edge e;
	bool more = true;

	(void)err;
	slice_edges_begin(&edges, s, v);
	while (!is_enough(c) && (more = slice_edges_next(&edges, &e))) {
		if (!e.inside)
			continue;
		text_char(c->o, 'L');
		put_end(c->o, e.from);
		put_end(c->o, e.to);
		text_bytes(c->o, "\t0M\n", 4);
	}
	slice_edges_mark(&edges, v);
	return more;
}

enum { WALK_PIECE, WALK_BEGUN, WALK_NODE, WALK_OFFSET, WALK_LEFT };

static void begin_walk(const struct slice *s, uint64_t *v, struct text_out *o)
{
	const struct piece *piece = &s->pieces[v[WALK_PIECE]];
	struct path_info info;

	graph_path_info(s->graph, s->layout->places.spans[piece->span].path, &info);
	text_bytes(o, "W\t", 2);
	text_bytes(o, info.sample.s, info.sample.len);
	text_char(o, '\t');
	text_number(o, info.haplotype, '\t');
	text_bytes(o, info.contig.s, info.contig.len);
	text_char(o, '\t');
	text_number(o, info.fragment + piece->start, '\t');
	text_number(o, info.fragment + piece->end, '\t');
	v[WALK_BEGUN] = 1;
	v[WALK_NODE] = piece->at.node;
	v[WALK_OFFSET] = piece->at.offset;
	v[WALK_LEFT] = piece->n_steps;
}

/* Steps of the piece, until it is at its end or there is enough. */
static int put_steps(const struct slice *s, uint64_t *v, struct call *c)
{
	uint64_t left = v[WALK_LEFT];
	struct walk w;

	walk_from(&w, s->graph, (struct position){ v[WALK_NODE], v[WALK_OFFSET] });
	for (; left && !is_enough(c); left--) {
		uint64_t node;

		if (walk_next(&w, &node) != 1)
			return -EBADMSG;
		text_step(c->o, node);
	}
	v[WALK_NODE] = w.at.node;
	v[WALK_OFFSET] = w.at.offset;
	v[WALK_LEFT] = left;
	return left > 0;
}

static int put_walks(const struct slice *s, uint64_t *v, struct call *c, struct err *err)
{
	for (; v[WALK_PIECE] < s->n_pieces; v[WALK_PIECE]++, v[WALK_BEGUN] = 0) {
		int r;

		if (is_enough(c))
			return 1;
		if (!v[WALK_BEGUN])
			begin_walk(s, v, c->o);
		r = put_steps(s, v, c);
		if (r < 0)
			return err_set(err, r,
					"piece %llu of a slice is damaged; load the graph again",
					(unsigned long long)v[WALK_PIECE]);
		if (r)
			return 1;
		text_char(c->o, '\n');
	}
	return 0;
}

typedef int section_writer(const struct slice *s, uint64_t *v, struct call *c, struct err *err);

static section_writer *const sections[] = { put_head, put_segments, put_links, put_walks };

enum { N_SECTIONS = sizeof(sections) / sizeof(sections[0]) };

int slice_gfa(const void *of, struct text_state *state, struct text_out *out, struct err *err)
{
	const struct pg_file *f = of;
	uint64_t start = text_written(out);
	struct call c = { .o = out, .stop = start + SLICE_PART };
	uint64_t *section = &state->v[0];

	while (*section < N_SECTIONS && !is_enough(&c)) {
		int r = sections[*section](f->slice, &state->v[1], &c, err);

		if (r < 0)
			return r;
		if (r == 0)
			*state = (struct text_state){ .v = { *section + 1 } };
	}
	return text_written(out) != start;
}
