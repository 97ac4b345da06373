/* SPDX-License-Identifier: MIT */
/* The sites of a block, with a value for each haplotype. For the files calls*.c alone. */
#ifndef GENOFS_PANGENOME_CALLS_SITES_H
#define GENOFS_PANGENOME_CALLS_SITES_H

#include "core/pangenome/calls_ground.h"
#include "core/pangenome/slice.h"

struct call_site {
	struct call_visit a;
	struct call_visit b;
	uint64_t first_allele; /* in alleles: REF, then the others */
	uint32_t n_alleles;    /* 2 at least */
	/* What is cut off all alleles, the last base of a being before them: */
	uint64_t prefix;
	uint64_t suffix; /* no more than the shortest has without that base */
};

/* Where the record begins and REF ends: positions on the contig, [pos, end). */
static inline uint64_t call_site_pos(const struct call_site *s)
{
	return s->a.end - 1 + s->prefix;
}

static inline uint64_t call_site_end(const struct call_site *s)
{
	return s->b.pos - s->suffix;
}

/* Immutable once they are made. */
struct call_sites {
	struct call_site *sites;   /* by a, then b; owned */
	struct call_walk *alleles; /* owned */
	uint32_t *order;           /* sites in the order of their records; owned */
	uint32_t n_sites;
	/* Of each site and haplotype of the catalog: 1 + allele, or 0 where it is missing. */
	struct int_array values;
	size_t bytes; /* of memory */
};

/**
 * call_sites_make() - work out the sites of [@low, @high)
 * @slot: of the layout: the block that the interval lies in
 * @out:  for call_sites_done(); untouched on failure
 *
 * Return: 0; -EBADMSG; -EOVERFLOW; -ENOMEM.
 */
int call_sites_make(const struct call_ground *c, uint64_t slot, uint64_t low, uint64_t high,
		struct call_sites *out, struct err *err);
void call_sites_done(struct call_sites *s);

#endif
