/* SPDX-License-Identifier: MIT */
/* Nodes as numbers, and back. */
#include "core/pangenome/folder.h"
#include "core/pangenome/folder_parts.h"

enum { NUMBER_SHIFT = WHAT_BITS + LEVEL_BITS };
enum { WHAT_FOLDER, WHAT_README, WHAT_LINK, WHAT_FILE };

uint64_t pg_number(const struct pg_node *node)
{
	uint64_t what = node->type == PG_IS_FOLDER   ? WHAT_FOLDER
			: node->type == PG_IS_README ? WHAT_README
			: node->type == PG_IS_LINK   ? WHAT_LINK
						     : WHAT_FILE + node->row;
	uint64_t number = node->folder.number;

	if (node->folder.level == PG_BLOCK)
		number = number << BLOCK_BITS | node->folder.block;
	if (node->folder.level == PG_REGION)
		number = node->folder.serial;
	return what | (uint64_t)node->folder.level << WHAT_BITS | number << NUMBER_SHIFT;
}

/* The region with that serial, which counts as used. */
static bool find_region(struct pangenome *p, uint64_t serial, struct pg_folder *out)
{
	bool found = false;

	pthread_mutex_lock(&p->lock);
	for (unsigned i = 0; serial && !found && i < REGIONS_MAX; i++) {
		struct region *r = &p->regions[i];

		found = r->serial == serial;
		if (!found)
			continue;
		r->used = ++p->clock;
		out->number = r->contig;
		out->low = r->low;
		out->high = r->high;
		out->serial = serial;
	}
	pthread_mutex_unlock(&p->lock);
	return found;
}

/* How many folders of a level there are. */
static uint64_t count_of(const struct pangenome *p, enum pg_level level)
{
	switch (level) {
	case PG_SAMPLE:
		return p->catalog.n_samples;
	case PG_HAP:
		return p->catalog.n_haps;
	case PG_REFERENCE:
		return p->catalog.n_references;
	case PG_CONTIG:
	case PG_BLOCKS:
	case PG_BLOCK:
	case PG_REGIONS:
		return p->catalog.n_contigs;
	case PG_UNPLACED:
		return UINT32_MAX;
	default:
		return 1;
	}
}

bool pg_of_number(struct pangenome *p, uint64_t number, struct pg_node *out)
{
	uint64_t what = number & ((1u << WHAT_BITS) - 1);
	uint64_t level = number >> WHAT_BITS & ((1u << LEVEL_BITS) - 1);
	struct pg_node node = { .type = PG_IS_FOLDER };

	number >>= NUMBER_SHIFT;
	if (level >= N_PG_LEVELS)
		return false;
	node.folder.level = (enum pg_level)level;
	if (what >= WHAT_FILE) {
		node.type = PG_IS_FILE;
		node.row = (uint32_t)(what - WHAT_FILE);
		if (node.row >= n_pg_file_kinds || !has_file(node.folder.level, node.row))
			return false;
	} else if (what != WHAT_FOLDER) {
		node.type = what == WHAT_LINK ? PG_IS_LINK : PG_IS_README;
	}
	if (level == PG_REGION) {
		if (!find_region(p, number, &node.folder))
			return false;
	} else {
		if (level == PG_BLOCK) {
			node.folder.block = number & (((uint64_t)1 << BLOCK_BITS) - 1);
			number >>= BLOCK_BITS;
		}
		if (number >= count_of(p, node.folder.level))
			return false;
		node.folder.number = (uint32_t)number;
	}
	*out = node;
	return true;
}
