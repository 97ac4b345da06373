/* SPDX-License-Identifier: MIT */
/* Layouts of a loaded graph for tests: tables in memory of the test's own. */
#ifndef GENOFS_TESTS_LAYOUT_MEMORY_H
#define GENOFS_TESTS_LAYOUT_MEMORY_H

#include <stdlib.h>

#include "core/pangenome/calls.h"
#include "tests/unit/graph_file.h"

struct layout_memory {
	struct catalog catalog;
	struct parts parts;
	struct layout layout;
	struct call_chains chains;
	struct index_parts tables[3];
};

/* The layout of the group that contig @contig of the catalog is in, and its number there. */
static inline int layout_memory_make(const struct graph *g, const char *references,
		uint64_t block_bp, uint32_t contig, struct layout_memory *out, uint32_t *number,
		struct err *err)
{
	struct layout_input in = { .graph = g, .contig = contig, .block_bp = block_bp };
	struct index index;
	int r;

	memset(out, 0, sizeof(*out));
	r = catalog_make(g, references, &out->catalog, err);
	in.catalog = &out->catalog;
	in.parts = &out->parts;
	if (r == 0 && contig >= out->catalog.n_contigs)
		r = err_set(err, -ENOENT, "there is no contig %u", contig);
	if (r == 0)
		r = parts_build(g, &out->tables[0], err);
	if (r == 0)
		r = index_of_parts(&out->tables[0], &index, err);
	if (r == 0)
		r = parts_of_index(g, &index, &out->parts, err);
	if (r == 0)
		r = layout_build(&in, &out->tables[1], err);
	if (r == 0)
		r = index_of_parts(&out->tables[1], &index, err);
	if (r == 0)
		r = layout_of_index(g, &index, &out->layout, err);
	*number = 0;
	while (r == 0 && out->layout.contigs[*number].contig != contig)
		++*number;
	return r;
}

/* Which chains count on that contig, for calls. */
static inline int layout_memory_chains(
		const struct graph *g, uint32_t number, struct layout_memory *m, struct err *err)
{
	struct chains_input in = {
		.graph = g, .catalog = &m->catalog, .layout = &m->layout, .contig = number
	};
	struct index index;
	int r = call_chains_build(&in, &m->tables[2], err);

	if (r == 0)
		r = index_of_parts(&m->tables[2], &index, err);
	return r == 0 ? call_chains_of_index(g, &index, &m->chains, err) : r;
}

static inline void layout_memory_done(struct layout_memory *m)
{
	catalog_done(&m->catalog);
	index_parts_done(&m->tables[0]);
	index_parts_done(&m->tables[1]);
	index_parts_done(&m->tables[2]);
}

#endif
