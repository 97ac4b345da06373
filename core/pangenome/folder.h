/* SPDX-License-Identifier: MIT */
/*
 * The folders of a pangenome, and the names in them. docs/views.md draws the tree.
 *
 * A folder or file is a value: numbers, nothing owned. Functions here may work out tables (blocks
 * of a contig ask for its length, unplaced components for all of them) and are then as slow as
 * that; from any thread.
 */
#ifndef GENOFS_PANGENOME_FOLDER_H
#define GENOFS_PANGENOME_FOLDER_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"

struct pangenome;

enum pg_level {
	PG_GRAPH,   /* the pangenome's own folder */
	PG_SAMPLES, /* sample/ */
	PG_SAMPLE,  /* sample/<S>/; number: of the catalog's samples */
	PG_HAP,     /* no folder: files of one haplotype in its sample's; number: the haplotype */
	PG_REFERENCES,   /* ref/ */
	PG_REFERENCE,    /* ref/<R>/; number: of the catalog's references */
	PG_CONTIG,       /* ref/<R>/<CONTIG>/; number: of the catalog's contigs */
	PG_BLOCKS,       /* blocks/ of a contig; number: likewise */
	PG_BLOCK,        /* blocks/<k>/; number: likewise, block: k */
	PG_REGIONS,      /* @region/ of a contig; number: likewise */
	PG_REGION,       /* @region/<start>-<end>/; number: likewise, low, high */
	PG_ALL_UNPLACED, /* unplaced/ */
	PG_UNPLACED,     /* unplaced/<component>/; number: the component */
	N_PG_LEVELS
};

struct pg_folder {
	enum pg_level level;
	uint32_t number;
	uint64_t block; /* of PG_BLOCK */
	uint64_t low;   /* of PG_REGION: positions [low, high), 0-based */
	uint64_t high;
	uint64_t serial; /* of PG_REGION: its number as long as it is known */
};

enum pg_type { PG_IS_FOLDER, PG_IS_FILE, PG_IS_README, PG_IS_LINK };

struct pg_node {
	struct pg_folder folder; /* itself, or the one that it lies in */
	enum pg_type type;
	uint32_t row; /* of pg_file_kinds[], for files */
};

/* Return: 0; -ENOENT, with a reason in @err where the name is one in @region; what working out
 * tables returns. */
int pg_lookup(struct pangenome *p, const struct pg_folder *in, const char *name,
		struct pg_node *out, struct err *err);

/**
 * pg_entry() - entry @i of a folder's listing, without "." and ".."
 *
 * Return: 1; 0 past the end; a negative errno.
 */
int pg_entry(struct pangenome *p, const struct pg_folder *in, uint64_t i, char name[NAME_MAX + 1],
		struct pg_node *out, struct err *err);

/* The folder that a folder lies in. PG_GRAPH lies in none. */
struct pg_folder pg_parent(const struct pangenome *p, const struct pg_folder *of);

enum { PG_NUMBER_BITS = 51 };

/* A number of PG_NUMBER_BITS bits for each node, the same in every mount but for regions. */
uint64_t pg_number(const struct pg_node *node);
/* Return: false for a number that has no node, or a region that is gone. */
bool pg_of_number(struct pangenome *p, uint64_t number, struct pg_node *out);

/* What the README in @region says. */
extern const char pg_region_readme[];
/* Where the link graph.gbz leads to; NULL where there is no such link. */
const char *pg_link_target(const struct pangenome *p);

#endif
