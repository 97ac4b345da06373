/* SPDX-License-Identifier: MIT */
/* What holds for every graph of a sound GBZ: for tests, which have graphs of their own. */
#ifndef GENOFS_TESTS_GRAPH_LAWS_H
#define GENOFS_TESTS_GRAPH_LAWS_H

#include <stdlib.h>

#include "core/graph/graph.h"

/* The path backwards is the path, read from its end, every node from its other side. */
static inline const char *broken_path_law(const struct graph *g, uint64_t path, uint64_t *visits)
{
	const char *broken = NULL;
	uint64_t n_steps = 0;
	uint64_t n_bases;
	uint64_t *nodes;
	struct walk w;
	uint64_t node;
	uint64_t n = 0;

	if (graph_path_length(g, path, &n_steps, &n_bases) < 0)
		return "a path has a length";
	nodes = malloc((n_steps + 1) * sizeof(*nodes));
	walk_begin(&w, g, path, false);
	while (n < n_steps && walk_next(&w, &node) == 1)
		nodes[n++] = node;
	walk_begin(&w, g, path, true);
	while (!broken && n && walk_next(&w, &node) == 1)
		if (node != node_flip(nodes[--n]))
			broken = "a path backwards has the nodes of the path";
	if (!broken && (n || walk_next(&w, &node) != 0))
		broken = "a path backwards is as long as the path";
	free(nodes);
	*visits += 2 * n_steps + 2;
	return broken;
}

/* Steps one by one are those of the whole record. */
static inline const char *broken_node_law(const struct graph *g, uint64_t node, uint64_t *visits)
{
	uint64_t n = graph_visits(g, node);
	struct position *edges = malloc((graph_outdegree(g, node) + 1) * sizeof(*edges));
	struct position *all = malloc((n + 1) * sizeof(*all));
	const char *broken = NULL;
	struct position next;

	if (graph_steps(g, node, edges, all, n + 1) != (int64_t)n)
		broken = "as many steps leave a node as there are visits";
	for (uint64_t i = 0; !broken && i < n; i++)
		if (graph_step(g, (struct position){ node, i }, &next) !=
						(all[i].node != GRAPH_ENDMARKER) ||
				next.node != all[i].node || next.offset != all[i].offset)
			broken = "a step is that of the whole record";
	if (!broken && graph_step(g, (struct position){ node, n }, &next) >= 0 &&
			graph_outdegree(g, node) > 1)
		broken = "no step leaves from a visit that is not there";
	free(edges);
	free(all);
	*visits += n;
	return broken;
}

static inline bool has_edge(const struct graph *g, uint64_t from, uint64_t to)
{
	struct edge_iter it;
	struct position p;

	edge_iter_init(&it, g, from);
	while (edge_iter_next(&it, &p))
		if (p.node == to)
			return true;
	return false;
}

static inline const char *broken_edge_law(const struct graph *g, uint64_t from)
{
	struct edge_iter it;
	struct position to;

	edge_iter_init(&it, g, from);
	while (edge_iter_next(&it, &to)) {
		if (to.node == GRAPH_ENDMARKER)
			continue;
		if (!has_edge(g, node_flip(to.node), node_flip(from)))
			return "an edge is there from both ends";
		if (from != node_flip(to.node) &&
				edge_is_canonical(from, to.node) ==
						edge_is_canonical(node_flip(to.node),
								node_flip(from)))
			return "an edge is canonical from one end";
	}
	return NULL;
}

static inline const char *broken_sequence_law(const struct graph *g, uint64_t id)
{
	uint64_t n = graph_id_length(g, id);
	char *forward = malloc(n + 1);
	char *reverse = malloc(n + 1);
	const char *broken = NULL;

	if (!n || graph_write_sequence(g, node_of(id, false), 0, n + 1, forward) != n ||
			graph_write_sequence(g, node_of(id, true), 0, n / 2, reverse) != n / 2 ||
			graph_write_sequence(g, node_of(id, true), n / 2, n, reverse + n / 2) !=
					n - n / 2)
		broken = "a node has a sequence of its length";
	for (uint64_t i = 0; !broken && i < n; i++)
		if (reverse[i] != base_complement(forward[n - 1 - i]))
			broken = "the other strand is the complement, backwards";
	free(forward);
	free(reverse);
	return broken;
}

/* Return: the first law that does not hold; NULL where all do. */
static inline const char *graph_broken_law(const struct graph *g)
{
	const char *broken = NULL;
	uint64_t of_paths = 0;
	uint64_t of_nodes = g->n_sequences; /* of the endmarker */
	uint64_t n_nodes = 0;

	for (uint64_t i = 0; !broken && i < g->n_paths; i++)
		broken = broken_path_law(g, i, &of_paths);
	for (uint64_t id = graph_next_id(g, 0); !broken && id; id = graph_next_id(g, id + 1)) {
		broken = broken_node_law(g, node_of(id, false), &of_nodes);
		if (!broken)
			broken = broken_node_law(g, node_of(id, true), &of_nodes);
		if (!broken)
			broken = broken_edge_law(g, node_of(id, false));
		if (!broken)
			broken = broken_edge_law(g, node_of(id, true));
		if (!broken)
			broken = broken_sequence_law(g, id);
		n_nodes++;
	}
	if (!broken && (of_paths != g->n_visits || of_nodes != g->n_visits))
		broken = "visits are those of the paths, and those of the nodes";
	if (!broken && n_nodes != g->n_nodes)
		broken = "nodes are as many as there are";
	return broken;
}

#endif
