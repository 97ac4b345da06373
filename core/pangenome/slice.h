/* SPDX-License-Identifier: MIT */
/*
 * A slice of a layout: the nodes whose anchors lie in an interval of one contig, and the pieces of
 * paths in it. What a folder of a block, a region or a contig shows.
 *
 * Immutable once it is made, and counted; any thread may read it.
 */
#ifndef GENOFS_PANGENOME_SLICE_H
#define GENOFS_PANGENOME_SLICE_H

#include "core/pangenome/layout.h"

struct slice {
	const struct graph *graph;
	const struct catalog *catalog;
	const struct layout *layout; /* kept by whoever made the slice */
	uint32_t contig;             /* of the layout */
	uint64_t low;                /* anchors [low, high) */
	uint64_t high;
	/* The nodes: ordinals by block, then id; in one block by id. */
	struct int_array nodes;
	uint64_t *own_nodes;        /* where they are not the layout's; owned */
	const struct piece *pieces; /* by span and start; numbered within the slice */
	uint64_t n_pieces;
	struct piece *own_pieces; /* owned, may be NULL */
};

/**
 * slice_init() - the slice of the anchors [@low, @high) of contig @contig of @l
 *
 * Where the interval is one block, nothing is copied. Return: 0; -EBADMSG; -ENOMEM.
 */
int slice_init(struct slice *s, const struct graph *g, const struct catalog *c,
		const struct layout *l, uint32_t contig, uint64_t low, uint64_t high,
		struct err *err);
void slice_done(struct slice *s);
/* Bytes that it owns. */
size_t slice_bytes(const struct slice *s);

/* Whether it has the node of that id; its ordinal then. */
bool slice_has(const struct slice *s, uint64_t id, uint64_t *ordinal);

static inline uint64_t slice_n_nodes(const struct slice *s)
{
	return s->nodes.n;
}

static inline uint64_t slice_node_id(const struct slice *s, uint64_t i)
{
	return layout_id(s->layout, int_array_get(&s->nodes, i));
}

#endif
