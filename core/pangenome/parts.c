/* SPDX-License-Identifier: MIT */
#include "core/pangenome/parts.h"

#include <errno.h>

#include "core/base/cleanup.h"
#include "core/base/disjoint.h"

/* Join an id with those that follow its node. @n_edges: those that are canonical are counted. */
static void join_edges(const struct graph *g, uint64_t node, uint32_t *parent, uint64_t *n_edges)
{
	struct edge_iter it;
	struct position to;

	edge_iter_init(&it, g, node);
	while (edge_iter_next(&it, &to)) {
		uint64_t id = node_id(to.node);

		if (to.node == GRAPH_ENDMARKER || id < g->min_id || id - g->min_id >= g->n_ids)
			continue;
		if (parent)
			disjoint_join(parent, (uint32_t)(node_id(node) - g->min_id),
					(uint32_t)(id - g->min_id));
		if (n_edges)
			*n_edges += edge_is_canonical(node, to.node);
	}
}

/* @parent becomes the number of each id's component. */
static uint32_t number(const struct graph *g, uint32_t *parent)
{
	uint32_t n = 0;

	for (uint64_t i = 0; i < g->n_ids; i++)
		parent[i] = disjoint_root(parent, (uint32_t)i);
	/* Roots are the smallest of theirs, and so come before them. */
	for (uint64_t i = 0; i < g->n_ids; i++) {
		if (!graph_has_id(g, g->min_id + i))
			parent[i] = PARTS_NONE;
		else
			parent[i] = parent[i] == i ? n++ : parent[parent[i]];
	}
	return n;
}

static void fill_runs(const struct graph *g, const uint32_t *part_of, struct part *parts,
		struct buf *runs)
{
	struct id_run run = { .component = PARTS_NONE };

	for (uint64_t i = 0; i < g->n_ids; i++) {
		uint64_t id = g->min_id + i;
		struct part *p;

		if (part_of[i] == PARTS_NONE)
			continue;
		p = &parts[part_of[i]];
		if (!p->n_nodes++)
			p->min_id = id;
		p->n_bases += graph_id_length(g, id);
		join_edges(g, node_of(id, false), NULL, &p->n_edges);
		join_edges(g, node_of(id, true), NULL, &p->n_edges);
		if (run.component != part_of[i]) {
			if (run.end)
				buf_put(runs, &run, sizeof(run));
			run = (struct id_run){ .first = id,
				.ordinal = run.ordinal + (run.end - run.first),
				.component = part_of[i] };
		}
		run.end = id + 1;
	}
	if (run.end)
		buf_put(runs, &run, sizeof(run));
}

static void fill_paths(const struct graph *g, const uint32_t *part_of, struct part *parts,
		struct buf *paths)
{
	for (uint64_t i = 0; i < g->n_paths; i++) {
		uint64_t id = node_id(int_array_get(&g->start_nodes, 2 * i));
		uint32_t part = PARTS_NONE;

		if (id >= g->min_id && id - g->min_id < g->n_ids)
			part = part_of[id - g->min_id];
		if (part != PARTS_NONE)
			parts[part].n_paths++;
		buf_put(paths, &part, sizeof(part));
	}
}

int parts_build(const struct graph *g, struct index_parts *out, struct err *err)
{
	CLEANUP(freep) uint32_t *part_of = NULL;
	struct buf *parts = &out->sections[PARTS_PARTS];
	uint32_t n;

	if (g->n_ids >= PARTS_NONE)
		return err_set(err, -EOVERFLOW, "the graph has more than 2^32 - 2 ids");
	part_of = malloc((g->n_ids + 1) * sizeof(*part_of));
	if (!part_of)
		return err_set(err, -ENOMEM, "out of memory");
	for (uint64_t i = 0; i < g->n_ids; i++)
		part_of[i] = (uint32_t)i;
	for (uint64_t i = 0; i < g->n_ids; i++) {
		join_edges(g, node_of(g->min_id + i, false), part_of, NULL);
		join_edges(g, node_of(g->min_id + i, true), part_of, NULL);
	}
	n = number(g, part_of);
	if (!buf_reserve(parts, n * sizeof(struct part)))
		return err_set(err, -ENOMEM, "out of memory");
	if (n)
		memset(parts->data, 0, n * sizeof(struct part));
	parts->len = n * sizeof(struct part);
	fill_runs(g, part_of, (struct part *)parts->data, &out->sections[PARTS_RUNS]);
	fill_paths(g, part_of, (struct part *)parts->data, &out->sections[PARTS_PATHS]);
	out->widths[PARTS_RUNS] = sizeof(struct id_run);
	out->widths[PARTS_PARTS] = sizeof(struct part);
	out->widths[PARTS_PATHS] = sizeof(uint32_t);
	out->n = PARTS_N_SECTIONS;
	return 0;
}

int parts_of_index(const struct graph *g, const struct index *index, struct parts *out,
		struct err *err)
{
	struct parts p;
	uint64_t n_paths;

	p.runs = index_table(index, PARTS_RUNS, sizeof(struct id_run), &p.n_runs);
	p.parts = index_table(index, PARTS_PARTS, sizeof(struct part), &p.n_parts);
	p.path_parts = index_table(index, PARTS_PATHS, sizeof(uint32_t), &n_paths);
	if (!p.runs || !p.parts || !p.path_parts || n_paths != g->n_paths)
		return err_set(err, -EBADMSG, "the index of components is damaged");
	*out = p;
	return 0;
}

const struct id_run *id_run_find(const struct id_run *runs, uint64_t n, uint64_t id)
{
	uint64_t low = 0;
	uint64_t high = n;

	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		if (runs[mid].end <= id)
			low = mid + 1;
		else
			high = mid;
	}
	return low < n && runs[low].first <= id ? &runs[low] : NULL;
}
