/* SPDX-License-Identifier: MIT */
/* What the files that make folders share; for them only. */
#ifndef GENOFS_PANGENOME_FOLDER_PARTS_H
#define GENOFS_PANGENOME_FOLDER_PARTS_H

#include "core/pangenome/pangenome_private.h"

/* Bits of a node's number: what it is, its level, and numbers by level. */
enum { WHAT_BITS = 6, LEVEL_BITS = 4, CONTIG_BITS = 17, BLOCK_BITS = 24 };

#define LINK_NAME "graph.gbz"
#define README_NAME "README"
#define BLOCKS_NAME "blocks"
#define REGIONS_NAME "@region"

/* Folders of the pangenome's own. */
struct fixed_folder {
	const char *name;
	enum pg_level level;
};

enum { N_FIXED_FOLDERS = 3 };

extern const struct fixed_folder fixed_folders[N_FIXED_FOLDERS];

static inline struct pg_node folder_node(enum pg_level level, uint32_t number)
{
	return (struct pg_node){ .folder = { .level = level, .number = number } };
}

static inline struct pg_node node_in(const struct pg_folder *in, enum pg_type type, uint32_t row)
{
	return (struct pg_node){ .folder = *in, .type = type, .row = row };
}

static inline bool has_file(enum pg_level level, uint32_t row)
{
	return pg_file_kinds[row].levels >> level & 1;
}

/* Numbers in the table of names: samples first, then contigs of references. */
/* The folder's name that a number of the table has. */
void folder_put_name(const struct pangenome *p, uint32_t id, char name[NAME_MAX + 1]);
bool folder_find_sample(struct pangenome *p, const char *name, uint32_t *sample);
bool folder_find_contig(
		struct pangenome *p, uint32_t reference, const char *name, uint32_t *contig);

/* Blocks [first, first + n) of a contig. Return: 0; -EOVERFLOW; as pangenome_contig_places(). */
int folder_blocks(struct pangenome *p, uint32_t contig, uint64_t *first, uint64_t *n,
		struct err *err);

/* The components without a reference, ascending; they are the pangenome's. Return: 0; -ENOMEM; as
 * pangenome_parts(). */
int folder_unplaced(struct pangenome *p, const uint32_t **list, uint32_t *n, struct err *err);

#endif
