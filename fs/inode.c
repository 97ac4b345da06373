/* SPDX-License-Identifier: MIT */
#include "fs/inode.h"

#include <assert.h>

static_assert(PG_NUMBER_BITS == 51, "the source of a pangenome has the 12 bits above it");

enum { SOURCE_SHIFT = 42, NUMBER_SHIFT = 10, LEVEL_SHIFT = 8 };
enum { WHAT_FOLDER, WHAT_BLOCKS, WHAT_VIEW, WHAT_AT = 192 }; /* in a source */
enum { QUERY_SHIFT = 8 };
#define IN_QUERY ((uint64_t)1 << 62)
#define IN_GRAPH ((uint64_t)1 << 63)
#define GRAPH_NUMBERS ((uint64_t)1 << PG_NUMBER_BITS)
enum { WHAT_ROOT = 1, WHAT_STATS_FOLDER, WHAT_STATS_FILE }; /* in the mount itself */

static uint64_t what_of(const struct node *node)
{
	switch (node->type) {
	case NODE_DATASET:
		return WHAT_FOLDER;
	case NODE_BLOCKS:
		return WHAT_BLOCKS;
	case NODE_AT:
	case NODE_README:
		return WHAT_AT + 2 * node->row + (node->type == NODE_README);
	default:
		assert(node->row < INODE_MAX_KINDS);
		return WHAT_VIEW + node->row;
	}
}

uint64_t inode_of(const struct node *node)
{
	uint64_t ino;

	switch (node->type) {
	case NODE_ROOT:
		return WHAT_ROOT;
	case NODE_STATS_FOLDER:
		return WHAT_STATS_FOLDER;
	case NODE_STATS_FILE:
		return WHAT_STATS_FILE + node->row;
	case NODE_GRAPH:
		assert(node->source < INODE_GRAPH_SOURCES);
		return IN_GRAPH | (uint64_t)node->source << PG_NUMBER_BITS |
		       pg_number(&node->graph);
	default:
		ino = what_of(node);
		break;
	}
	if (node->query)
		return ino | node->query << QUERY_SHIFT | IN_QUERY;
	assert(node->source < INODE_MAX_SOURCES);
	return ino | (uint64_t)node->level << LEVEL_SHIFT | (uint64_t)node->number << NUMBER_SHIFT |
	       ((uint64_t)node->source + 1) << SOURCE_SHIFT;
}

static bool node_of_mount(uint64_t ino, struct node *out)
{
	struct node node = { .type = NODE_ROOT };

	if (ino == 0 || ino > UINT8_MAX)
		return false;
	if (ino == WHAT_STATS_FOLDER)
		node.type = NODE_STATS_FOLDER;
	if (ino >= WHAT_STATS_FILE) {
		node.type = NODE_STATS_FILE;
		node.row = (uint32_t)(ino - WHAT_STATS_FILE);
	}
	*out = node;
	return true;
}

/* Type and row from the lowest bits. False where they are none. */
static bool take_what(uint32_t what, struct node *node)
{
	if (what >= WHAT_AT) {
		node->type = what % 2 ? NODE_README : NODE_AT;
		node->row = (what - WHAT_AT) / 2;
		return node->row < N_QUERY_FOLDERS;
	}
	if (what == WHAT_BLOCKS)
		node->type = NODE_BLOCKS;
	if (what >= WHAT_VIEW) {
		node->type = NODE_VIEW;
		node->row = what - WHAT_VIEW;
	}
	return true;
}

bool inode_node(uint64_t ino, struct node *out)
{
	uint64_t source = ino >> SOURCE_SHIFT;
	uint32_t what = (uint32_t)(ino & UINT8_MAX);
	unsigned level = (unsigned)(ino >> LEVEL_SHIFT & 3);
	struct node node = { .type = NODE_DATASET };

	if (ino & IN_GRAPH)
		return false;
	if (source == 0)
		return node_of_mount(ino, out);
	if (!take_what(what, &node))
		return false;
	if (ino & IN_QUERY) {
		node.query = (ino & ~IN_QUERY) >> QUERY_SHIFT;
		*out = node;
		return what != WHAT_BLOCKS && node.query;
	}
	if (source > INODE_MAX_SOURCES || level > DATASET_BLOCK)
		return false;
	if (what == WHAT_BLOCKS && level != DATASET_CONTIG)
		return false;
	node.level = level;
	node.source = (uint32_t)(source - 1);
	node.number = (uint32_t)(ino >> NUMBER_SHIFT);
	*out = node;
	return true;
}

bool inode_in_graph(uint64_t ino, uint32_t *source, uint64_t *number)
{
	*source = (uint32_t)((ino & ~IN_GRAPH) >> PG_NUMBER_BITS);
	*number = ino & (GRAPH_NUMBERS - 1);
	return ino & IN_GRAPH;
}
