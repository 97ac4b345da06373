/* SPDX-License-Identifier: MIT */
/*
 * Inode numbers: computed from what a file is, so that they are the same in every mount of the same
 * sources in the same order, and nothing has to be remembered or forgotten.
 *
 *	bits 63..62  0, but for what follows below
 *	bits 61..42  the source + 1; 0 for what belongs to the mount itself
 *	bits 41..10  the contig, or the chunk of the store (a block); 0 for a whole store
 *	bits  9.. 8  enum dataset_level
 *	bits  7.. 0  0 the dataset's folder, 1 its folder `blocks`, 2 + the row of view_kinds[],
 *	             192 + 2 * the kind of query: the `@` folder; + 1 the README in it
 *
 * In a query, which has a number of its own: bit 62 is set, bits 61..8 are that number, bits 7..0
 *as above. Such a number is found again only as long as the query is alive.
 *
 * In a pangenome: bit 63 is set, bits 62..51 are the source, bits 50..0 what pg_number() makes of
 * file or folder (core/pangenome/folder.h), which may be work to find again.
 *
 * What belongs to the mount itself: 1 the root, 2 the folder `.genofs`, 3 + the row of
 * stats_files[].
 */
#ifndef GENOFS_FS_INODE_H
#define GENOFS_FS_INODE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/pangenome/folder.h"
#include "core/view/query.h"

enum node_type {
	NODE_ROOT,
	NODE_STATS_FOLDER,
	NODE_STATS_FILE,
	NODE_DATASET, /* the folder of a store, a contig or a block */
	NODE_BLOCKS,  /* the folder `blocks` of a contig */
	NODE_AT,      /* an `@` folder of a dataset */
	NODE_README,  /* the file in it */
	NODE_VIEW,    /* a file in a dataset's folder */
	NODE_GRAPH    /* all that lies in a pangenome, and its own folder */
};

enum {
	INODE_MAX_SOURCES = (1 << 20) - 1,
	INODE_MAX_KINDS = 190,
	INODE_GRAPH_SOURCES = 1 << 12 /* only the first so many may be pangenomes */
};

struct node {
	enum node_type type;
	enum dataset_level level; /* from here on for datasets, their blocks and views */
	uint32_t source;
	uint32_t number; /* contig or chunk, by level */
	uint32_t row;    /* of view_kinds[] or stats_files[]; the kind of query of an `@` folder */
	uint64_t query;  /* its number; 0: not in a query, and what is above says where */
	struct query *held;   /* of such a number, a reference: see node_done() in tree.h */
	uint64_t folder;      /* of a query, the inode number of the folder that it lies in */
	bool unnumbered;      /* listed, and without a number before it is looked up */
	struct pg_node graph; /* of NODE_GRAPH: which of the pangenome @source */
};

uint64_t inode_of(const struct node *node);

/* False for a number that inode_of() never makes, or that is in a pangenome. Whether there is such
 * a source, contig, chunk or row is the tree's to say. */
bool inode_node(uint64_t ino, struct node *out);

/* Whether it is a number in a pangenome: then its source, and what pg_of_number() takes. */
bool inode_in_graph(uint64_t ino, uint32_t *source, uint64_t *number);

static inline bool node_is_folder(const struct node *node)
{
	if (node->type == NODE_GRAPH)
		return node->graph.type == PG_IS_FOLDER;
	return node->type != NODE_STATS_FILE && node->type != NODE_VIEW &&
	       node->type != NODE_README;
}

#endif
