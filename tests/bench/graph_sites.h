/* SPDX-License-Identifier: MIT */
/*
 * A made-up row of sites, for gen-graph: a reference and haplotypes, which are mosaics of a few
 * founders. SNPs, short indels and a few long ones, a site every 100 bases or so.
 */
#ifndef GENOFS_BENCH_GRAPH_SITES_H
#define GENOFS_BENCH_GRAPH_SITES_H

#include "core/base/buf.h"
#include "tests/bench/genotypes.h"

enum {
	MAX_ALLELES = 3,
	NO_ALLELE = 255,
};

struct site {
	uint32_t id;   /* of the node before it; those of its alleles follow */
	uint8_t n;     /* alleles, each of at least one path; 0 is the reference's */
	uint8_t empty; /* the one that has no node; or NO_ALLELE */
};

struct graph_sites {
	unsigned n_paths;   /* the reference and the haplotypes */
	struct buf sites;   /* struct site; a last one has only the node before it */
	struct buf alleles; /* of each site but the last: that of each path */
	struct buf bases;   /* of all nodes, whose ids are from 1 on */
	struct buf starts;  /* u64: where each node's begin */
};

/* @n_bases: of the reference; @n_paths: 2 at least. Ends the program where memory is out. */
void make_graph_sites(
		struct graph_sites *out, uint64_t n_bases, unsigned n_paths, struct chance chance);
void graph_sites_done(struct graph_sites *s);

static inline uint32_t graph_sites_last_id(const struct graph_sites *s)
{
	return (uint32_t)(s->starts.len / sizeof(uint64_t));
}

#endif
