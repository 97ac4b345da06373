/* SPDX-License-Identifier: MIT */
#include "core/pangenome/slice_tables.h"

#include <errno.h>

#include "core/pangenome/file.h"
#include "core/pangenome/slice_text.h"
#include "core/pangenome/table.h"

static const struct slice *slice_of(const void *file)
{
	return ((const struct pg_file *)file)->slice;
}

static bool has_reference(const struct slice *s)
{
	return s->layout->contigs[s->contig].contig != CATALOG_NONE;
}

/* --- nodes.tsv --- */

static int put_node(const void *of, uint64_t row, uint64_t *item, uint64_t stop, struct text_out *o,
		struct err *err)
{
	const struct slice *s = slice_of(of);
	uint64_t ordinal = int_array_get(&s->nodes, row);
	const struct layout *l = s->layout;
	uint64_t id = layout_id(l, ordinal);
	struct name segment = { .s = "" };
	uint64_t i;

	(void)item;
	(void)stop;
	(void)err;
	text_number(o, id, '\t');
	text_number(o, graph_id_length(s->graph, id), '\t');
	if (has_reference(s)) {
		text_number(o, int_array_get(&l->anchors, ordinal), '\t');
		text_number(o, int_array_get(&l->hops, ordinal), '\t');
	} else {
		text_words(o, ".\t.\t");
	}
	/* The graph has each path in both directions: these are its visits of either strand. */
	text_number(o, graph_visits(s->graph, node_of(id, false)), '\t');
	if (graph_segment_of(s->graph, id, &i))
		segment = graph_segment(s->graph, i).name;
	text_name(o, segment);
	text_char(o, '\n');
	return 1;
}

int slice_nodes_tsv(const void *of, struct text_state *state, struct text_out *out, struct err *err)
{
	return table_write(of, "#node_id\tlength\tanchor_pos\thops\tvisits\tsegment\n",
			slice_n_nodes(slice_of(of)), put_node, state, out, err);
}

/* --- edges.tsv, links.tsv --- */

/* Numbers of the state: whether the header is written, then how far the edges are. */
enum { HEADER, EDGES };

/* Return: whether it is the first call, which writes the header. */
static bool put_header(struct text_state *state, struct text_out *o, const char *header)
{
	if (state->v[HEADER])
		return false;
	text_words(o, header);
	state->v[HEADER] = 1;
	return true;
}

static void put_edge(struct text_out *o, const struct slice_edge *e)
{
	text_step(o, e->from);
	text_char(o, '\t');
	text_step(o, e->to);
}

int slice_edges_tsv(const void *of, struct text_state *state, struct text_out *out, struct err *err)
{
	const struct slice *s = slice_of(of);
	uint64_t start = text_written(out);
	struct slice_edges edges;
	struct slice_edge e;

	(void)err;
	if (put_header(state, out, "#from\tto\n"))
		return 1;
	slice_edges_begin(&edges, s, &state->v[EDGES]);
	while (text_written(out) - start < SLICE_PART && slice_edges_next(&edges, &e)) {
		if (!e.inside)
			continue;
		put_edge(out, &e);
		text_char(out, '\n');
	}
	slice_edges_mark(&edges, &state->v[EDGES]);
	return text_written(out) != start;
}

/* The block of a node that is not the slice's. */
static int put_block(struct text_out *o, const struct slice *s, uint64_t id, struct err *err)
{
	const struct layout *l = s->layout;
	const struct layout_contig *c;
	uint64_t ordinal;
	uint64_t contig;

	if (!layout_ordinal(l, id, &ordinal))
		return err_set(err, -EBADMSG, "node %llu is in no block; load the graph again",
				(unsigned long long)id);
	contig = int_array_get(&l->contig_of, ordinal);
	c = &l->contigs[contig];
	if (contig != s->contig) {
		text_name(o, s->catalog->contigs[c->contig].name);
		text_char(o, ':');
	}
	text_number(o, layout_slot(l, ordinal) - c->first_slot + c->first_block, '\n');
	return 0;
}

int slice_links_tsv(const void *of, struct text_state *state, struct text_out *out, struct err *err)
{
	const struct slice *s = slice_of(of);
	uint64_t start = text_written(out);
	struct slice_edges edges;
	struct slice_edge e;

	if (put_header(state, out, "#from\tto\tblock\n"))
		return 1;
	if (!has_reference(s))
		return 0;
	slice_edges_begin(&edges, s, &state->v[EDGES]);
	while (text_written(out) - start < SLICE_PART && slice_edges_next(&edges, &e)) {
		int r;

		if (e.inside)
			continue;
		put_edge(out, &e);
		text_char(out, '\t');
		r = put_block(out, s, node_id(e.to), err);
		if (r < 0)
			return r;
	}
	slice_edges_mark(&edges, &state->v[EDGES]);
	return text_written(out) != start;
}

/* --- walks.tsv --- */

static int put_piece(const void *of, uint64_t row, uint64_t *item, uint64_t stop,
		struct text_out *o, struct err *err)
{
	const struct slice *s = slice_of(of);
	const struct piece *p = &s->pieces[row];
	uint64_t path = s->layout->places.spans[p->span].path;
	struct path_info info;

	(void)item;
	(void)stop;
	(void)err;
	graph_path_info(s->graph, path, &info);
	text_number(o, path, '\t');
	text_number(o, p->number, '\t');
	text_number(o, info.fragment + p->start, '\t');
	text_number(o, info.fragment + p->end, '\t');
	text_step(o, p->at.node);
	text_char(o, '\t');
	text_step(o, p->last_node);
	text_char(o, '\t');
	text_number(o, p->n_steps, '\n');
	return 1;
}

int slice_walks_tsv(const void *of, struct text_state *state, struct text_out *out, struct err *err)
{
	return table_write(of, "#path_id\tpiece\tstart\tend\tfirst_node\tlast_node\tsteps\n",
			slice_of(of)->n_pieces, put_piece, state, out, err);
}
