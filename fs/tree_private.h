/* SPDX-License-Identifier: MIT */
/* What a tree is: for tree.c and tree_nodes.c alone. */
#ifndef GENOFS_FS_TREE_PRIVATE_H
#define GENOFS_FS_TREE_PRIVATE_H

#include "fs/queries.h"
#include "fs/tree.h"

struct pangenome;

enum source_kind { SOURCE_STORE, SOURCE_GRAPH };

struct source {
	enum source_kind kind;
	const char *name;        /* of tree.names */
	struct pangenome *graph; /* of SOURCE_GRAPH; owned. The rest is of SOURCE_STORE: */
	bool is_gtb;             /* the store is one of a GTB file */
	struct store *store;     /* owned */
	struct names *contigs;   /* names of the contigs' folders, numbered as the contigs; owned */
	struct dataset dataset;
};

struct tree {
	const struct options *o;
	struct names *names;    /* names of the sources' folders, numbered as the sources; owned */
	struct source *sources; /* owned */
	uint32_t n_sources;
	uint32_t n_graphs;         /* of them, also before they are opened */
	uint32_t n_gtbs;           /* likewise */
	struct timespec newest;    /* of the sources' times */
	struct timespec mounted;   /* when the tree was made */
	uint64_t total_bytes;      /* of the files in the stores' own folders */
	struct kept *made;         /* owned */
	struct queries *queries;   /* owned */
	struct sample_lists lists; /* owned, with their texts; names are the options' */
};

/* Folders in a folder, for its link count. */
uint32_t tree_n_subfolders(const struct tree *t, const struct node *folder);

#endif
