/* SPDX-License-Identifier: MIT */
/* What a pangenome is: for pangenome.c, files.c and folder.c alone. */
#ifndef GENOFS_PANGENOME_PRIVATE_H
#define GENOFS_PANGENOME_PRIVATE_H

#include <pthread.h>

#include "core/base/kept.h"
#include "core/base/names.h"
#include "core/pangenome/calls_chains.h"
#include "core/pangenome/pangenome.h"

/* An index that is made or attached to when it is first asked for. */
struct lazy {
	bool ready; /* by lock, as the next one */
	bool making;
	struct index index; /* owned; from ready on */
	union {
		struct parts parts;
		struct places places;
		struct layout layout;
		struct call_chains chains;
	};
};

enum { REGIONS_MAX = 256 };

/* A region that was looked up. */
struct region {
	uint64_t serial; /* 0: none */
	uint32_t contig;
	uint64_t low;
	uint64_t high;
	uint64_t used; /* when, by a clock that counts */
};

struct pangenome {
	struct pangenome_options o; /* with texts of its own; owned */
	struct shm_object *object;  /* owned */
	struct graph graph;
	struct catalog catalog; /* owned */
	struct timespec mtime;
	char *target; /* of the link graph.gbz; NULL: the source cannot be read; owned */
	struct decode_pool *pool;
	pthread_mutex_t lock;
	pthread_cond_t made;
	struct lazy parts;
	struct lazy all_places;
	struct lazy *hap_places;    /* of each haplotype; owned, as those below */
	struct lazy *contig_places; /* of each contig */
	struct lazy *chains;        /* likewise */
	struct lazy *layouts;       /* of each group, at its smallest contig */
	uint32_t *groups;           /* of each contig: its group's smallest, or CATALOG_NONE */
	struct kept *files;         /* files.c; owned, as the next one */
	struct kept *slices;
	struct kept *calls;    /* sites of blocks that are kept; owned */
	struct names *folders; /* names of samples and contigs as folders: folder.c */
	/* By lock: */
	uint32_t *unplaced; /* components that no reference touches; from when it is there on
			       it does not change; owned */
	uint32_t n_unplaced;
	struct region regions[REGIONS_MAX];
	uint64_t n_regions; /* ever looked up: the last one's serial */
	uint64_t clock;
};

/* The layout of a component that no reference touches, in memory of @parts, for
 * index_parts_done(). Return: 0; as layout_build(). */
int pangenome_component(struct pangenome *p, uint32_t component, struct index_parts *parts,
		struct layout *out, struct err *err);

/* A slice of a folder's contig, block, region or component. Return: 0; as slice_init(). */
int pangenome_slice(struct pangenome *p, const struct pg_folder *folder, struct slice **out,
		struct err *err);
void pangenome_slice_put(struct pangenome *p, struct slice *slice);

/* files.c: have room for files; let go of all. Return: 0; -ENOMEM. */
int pangenome_keep_files(struct pangenome *p, struct err *err);
void pangenome_drop_files(struct pangenome *p);

/* folder.c: the table of names. Return: 0; -ENOMEM; -EINVAL. */
int pangenome_name_folders(struct pangenome *p, struct err *err);

#endif
