/* SPDX-License-Identifier: MIT */
/*
 * Which chain of a haplotype counts where on a contig: calls.h.
 *
 * A chain *reaches* from the last base of its first match to the first base of its last one. Chains
 * of one haplotype may reach over each other, as after a duplication, or where two contigs of an
 * assembly end in one place. Then the one that reaches further *leads*; of equal ones that of the
 * path that comes first; of one path's, that which comes first on it.
 *
 * Tables in an index object; read-only, from any thread.
 */
#ifndef GENOFS_PANGENOME_CALLS_CHAINS_H
#define GENOFS_PANGENOME_CALLS_CHAINS_H

#include "core/pangenome/index.h"
#include "core/pangenome/layout.h"

struct decode_pool;

/* A part of the contig, and the chain that leads there. Chains have two matches at least. */
struct chain_lead {
	uint64_t start; /* position on the contig */
	uint64_t end;
	uint64_t from; /* where the chain's first and last match begin: bases of the path */
	uint64_t to;
	uint32_t span; /* of the layout, the path */
	uint32_t rank; /* among the haplotype's chains: 0 leads all others */
};

struct call_chains {
	const uint64_t *starts;         /* of each haplotype of the catalog in @leads; one more */
	const struct chain_lead *leads; /* of a haplotype by start; they do not overlap */
};

struct chains_input {
	const struct graph *graph;
	const struct catalog *catalog;
	const struct layout *layout;
	uint32_t contig;          /* of the layout; one of a reference */
	struct decode_pool *pool; /* helps; may be NULL */
};

/* Work out the tables: passes the nodes of all pieces on the contig once. Memory beside them: 8
 * bytes a piece, 48 a chain. Return: 0; -EBADMSG; -EOVERFLOW: 2^32 chains; -ENOMEM. */
int call_chains_build(const struct chains_input *in, struct index_parts *out, struct err *err);
/* Return: 0; -EBADMSG. */
int call_chains_of_index(const struct graph *g, const struct index *index, struct call_chains *out,
		struct err *err);

/* The lead of @hap that counts for [@low, @high): of those that touch it, the one that leads. NULL
 * where none does. */
const struct chain_lead *call_chains_lead(
		const struct call_chains *c, uint64_t hap, uint64_t low, uint64_t high);

#endif
