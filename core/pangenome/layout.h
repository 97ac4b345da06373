/* SPDX-License-Identifier: MIT */
/*
 * Where the nodes of some contigs of one reference lie: anchors, blocks, and what paths run through
 * each block.
 *
 * A layout is of a *group*: contigs of one reference that share components of the graph, mostly one
 * contig and one component. Definitions, as docs/views.md has them:
 *
 * - The *anchor* of a node on the reference is the smallest (contig, position) of its first base
 *   over all visits of the reference's paths, in either direction; its *hops* are 0. Any other node
 *   has the anchor of the nearest node of the reference: fewest edges, in either direction, then
 *   the smallest anchor. Contigs are ordered as in the catalog.
 * - The *block* of a node is floor(position of its anchor / block_bp), on its contig.
 * - A *piece* is a maximal run of steps of a path through nodes of one block.
 *
 * A component that no contig of a reference touches is a group by itself with one contig that has
 * no name, where all anchors are 0 and there is one block.
 *
 * Nodes of a group are numbered by id: an *ordinal* is a node's place among the ids of the group's
 * runs, of which some may not exist. Positions are 0-based and include the fragment's start on
 * contigs; along a path they are from the path's own first base. Tables in an index object;
 * read-only, from any thread.
 */
#ifndef GENOFS_PANGENOME_LAYOUT_H
#define GENOFS_PANGENOME_LAYOUT_H

#include "core/pangenome/catalog.h"
#include "core/pangenome/index.h"
#include "core/pangenome/parts.h"
#include "core/pangenome/places.h"

enum layout_flag {
	LAYOUT_EXISTS = 1,
	LAYOUT_REFERENCE = 2, /* hops 0 */
	LAYOUT_ONCE = 4,      /* on the reference, visited by its paths exactly once */
	LAYOUT_REVERSED = 8,  /* of those: in reverse */
};

/* A contig of the group. */
struct layout_contig {
	uint64_t contig;      /* of the catalog; CATALOG_NONE: a component without reference */
	uint64_t first_block; /* the blocks' number on the contig: [first_block, first_block + n) */
	uint64_t n_blocks;
	uint64_t first_slot; /* of the group's blocks, the first of this contig */
	uint64_t end;        /* position behind the last base of its last fragment */
};

/* A path with nodes in the group; its span has the same number. */
struct layout_path {
	uint64_t forward_bases; /* of nodes that the reference visits once, in its direction */
	uint64_t reverse_bases; /* likewise, against it */
	/* Read in the direction that more of these bases have: */
	uint64_t n_inverted; /* how often it comes back to the reference inverted */
	uint64_t n_backward; /* how often it comes back at or before where it left */
};

struct piece {
	uint32_t span;   /* of the path */
	uint32_t number; /* which piece of its path in this block, from 0 */
	uint64_t start;  /* bases of the path */
	uint64_t end;
	uint64_t n_steps;
	struct position at; /* the first node */
	uint64_t last_node;
};

struct layout {
	const struct id_run *runs;
	uint64_t n_runs;
	uint64_t n_ordinals;
	const struct layout_contig *contigs;
	uint64_t n_contigs;
	const uint8_t *flags;       /* enum layout_flag, by ordinal, as all of these */
	struct int_array contig_of; /* number in @contigs */
	struct int_array anchors;
	struct int_array hops;
	struct int_array order;       /* ordinals by block, then id */
	const uint64_t *order_starts; /* of each block in @order; one more */
	uint64_t n_slots;             /* blocks of all contigs */
	uint64_t block_bp;
	struct places places; /* spans and samples of the paths */
	const struct layout_path *paths;
	const struct piece *pieces;   /* by block, span and start */
	const uint64_t *piece_starts; /* of each block in @pieces; one more */
};

struct layout_input {
	const struct graph *graph;
	const struct catalog *catalog;
	const struct parts *parts;
	uint32_t contig;    /* of the catalog: whose group; or CATALOG_NONE */
	uint32_t component; /* if so, the one component */
	uint64_t block_bp;
	struct decode_pool *pool; /* helps; may be NULL */
};

/* The smallest contig of the group that @contig belongs to. */
uint32_t layout_group(const struct layout_input *in);

/* Work out the tables. Its memory beside them: 20 bytes for each id of the group, which
 * must be there.
 * Return: 0; -EBADMSG; -EOVERFLOW where there are 2^32 blocks; -ENOMEM. */
int layout_build(const struct layout_input *in, struct index_parts *out, struct err *err);
/* Return: 0; -EBADMSG. */
int layout_of_index(const struct graph *g, const struct index *index, struct layout *out,
		struct err *err);

/* The ordinal of an id. Return: false where it is not of the group, or does not exist. */
bool layout_ordinal(const struct layout *l, uint64_t id, uint64_t *ordinal);
/* The id of an ordinal. */
uint64_t layout_id(const struct layout *l, uint64_t ordinal);
/* The slot of the block that an ordinal, which exists, lies in. */
uint64_t layout_slot(const struct layout *l, uint64_t ordinal);

#endif
