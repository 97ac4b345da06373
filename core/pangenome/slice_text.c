/* SPDX-License-Identifier: MIT */
#include "core/pangenome/slice_text.h"

/* The edges of the node that it is at, from a mark on. */
static void open_node(struct slice_edges *e, const struct edge_mark *mark)
{
	uint64_t i = node_id(e->at);

	if (i >= slice_n_nodes(e->slice))
		return;
	e->from = node_of(slice_node_id(e->slice, i), node_is_reverse(e->at));
	edge_iter_resume(&e->it, e->slice->graph, e->from, mark);
}

void slice_edges_begin(
		struct slice_edges *e, const struct slice *s, const uint64_t v[SLICE_EDGES_NUMBERS])
{
	const struct edge_mark mark = { .at = v[1], .left = v[2], .node = v[3] };

	*e = (struct slice_edges){ .slice = s, .at = v[0] };
	open_node(e, &mark);
}

bool slice_edges_next(struct slice_edges *e, struct slice_edge *out)
{
	const struct edge_mark first = { 0 };

	for (; node_id(e->at) < slice_n_nodes(e->slice); e->at++, open_node(e, &first)) {
		struct position to;

		while (edge_iter_next(&e->it, &to)) {
			uint64_t ordinal;

			if (!edge_is_canonical(e->from, to.node))
				continue;
			out->from = e->from;
			out->to = to.node;
			out->inside = slice_has(e->slice, node_id(to.node), &ordinal);
			return true;
		}
	}
	return false;
}

void slice_edges_mark(const struct slice_edges *e, uint64_t v[SLICE_EDGES_NUMBERS])
{
	struct edge_mark mark = { 0 };

	if (node_id(e->at) < slice_n_nodes(e->slice))
		mark = edge_iter_mark(&e->it, e->slice->graph);
	v[0] = e->at;
	v[1] = mark.at;
	v[2] = mark.left;
	v[3] = mark.node;
}
