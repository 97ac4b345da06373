/* SPDX-License-Identifier: MIT */
/*
 * The paths of a graph by who they belong to: sample, haplotype, contig, fragment.
 *
 * Samples come in the order in which paths first name them, their haplotypes by number, contigs of
 * a reference in the order in which its paths first name them, fragments by where they begin.
 * Built once from the names of the paths, in memory of its own (about 8 bytes a path); from then on
 * any thread may read it.
 */
#ifndef GENOFS_PANGENOME_CATALOG_H
#define GENOFS_PANGENOME_CATALOG_H

#include "core/base/err.h"
#include "core/graph/graph.h"

#define CATALOG_NONE UINT32_MAX

struct catalog_sample {
	struct name name;   /* of the image, or of the catalog where it is a number */
	uint32_t first_hap; /* its haplotypes: [first_hap, first_hap + n_haps) */
	uint32_t n_haps;    /* 1 at least */
	uint32_t reference; /* its number as a reference, or CATALOG_NONE */
};

/* One haplotype of a sample: what sample/<S>/<H>.fa has. */
struct catalog_hap {
	uint32_t sample;
	uint32_t number;     /* as in the path names; 0 where there is none */
	uint32_t first_path; /* in catalog.paths, by contig of first appearance and fragment */
	uint32_t n_paths;
};

/* One contig of a reference. */
struct catalog_contig {
	uint32_t reference;
	uint32_t hap;
	struct name name; /* the contig's; HAP#CONTIG where the reference has several haplotypes */
	uint32_t first_path; /* in catalog.paths: its fragments in order */
	uint32_t n_paths;    /* 1 at least */
};

struct catalog_reference {
	uint32_t sample;
	uint32_t first_contig; /* in catalog.contigs */
	uint32_t n_contigs;
};

struct catalog {
	uint32_t *paths;     /* all paths, by haplotype, contig and fragment; owned */
	uint32_t *path_haps; /* the haplotype of each path, by path; owned */
	uint32_t n_paths;
	struct catalog_sample *samples; /* owned */
	uint32_t n_samples;
	struct catalog_hap *haps; /* by sample; owned */
	uint32_t n_haps;
	struct catalog_reference *references; /* owned */
	uint32_t n_references;
	struct catalog_contig *contigs; /* by reference; owned */
	uint32_t n_contigs;
	char *text; /* names that the image has not; owned */
};

/**
 * catalog_make() - read the names of all paths
 * @references: names of the samples that are references, parted by ',' or ' '; NULL: those that
 *              the graph says are, and generic paths
 * @out:        for catalog_done(); untouched on failure
 *
 * Return: 0; -ENOENT where a sample of @references is not there; -EOVERFLOW where there are more
 * than 2^32 - 2 paths; -ENOMEM.
 */
int catalog_make(const struct graph *g, const char *references, struct catalog *out,
		struct err *err);
void catalog_done(struct catalog *c);

/* The sample, or reference's contig, of that name. CATALOG_NONE where there is none. */
uint32_t catalog_find_sample(const struct catalog *c, const char *name, size_t len);

#endif
