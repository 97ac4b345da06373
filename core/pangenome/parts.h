/* SPDX-License-Identifier: MIT */
/*
 * The components of a graph: which nodes hang together.
 *
 * Components are numbered by their smallest id. A *run* is a range of ids of one component: as
 * graphs are numbered, there are hardly more runs than components. Ids that do not exist may lie in
 * a run. Tables in an index object; read-only, from any thread.
 */
#ifndef GENOFS_PANGENOME_PARTS_H
#define GENOFS_PANGENOME_PARTS_H

#include "core/base/err.h"
#include "core/pangenome/index.h"

struct id_run {
	uint64_t first; /* ids [first, end) */
	uint64_t end;
	uint64_t ordinal; /* ids of the runs before it, in the same table */
	uint64_t component;
};

struct part {
	uint64_t n_nodes;
	uint64_t n_bases;
	uint64_t n_edges; /* each once */
	uint64_t n_paths; /* with at least one node */
	uint64_t min_id;
};

struct parts {
	const struct id_run *runs; /* by id */
	uint64_t n_runs;
	const struct part *parts;
	uint64_t n_parts;
	const uint32_t *path_parts; /* of each path; PARTS_NONE of an empty one */
};

#define PARTS_NONE UINT32_MAX

/* Sections of the index object. */
enum { PARTS_RUNS, PARTS_PARTS, PARTS_PATHS, PARTS_N_SECTIONS };

/* Work out the tables: reads every record once. For index_make(). */
int parts_build(const struct graph *g, struct index_parts *out, struct err *err);
/* Return: 0; -EBADMSG. */
int parts_of_index(const struct graph *g, const struct index *index, struct parts *out,
		struct err *err);

/* The run that an id lies in; NULL where in none. */
const struct id_run *id_run_find(const struct id_run *runs, uint64_t n, uint64_t id);

#endif
