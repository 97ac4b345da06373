/* SPDX-License-Identifier: MIT */
/*
 * calls.vcf: the haplotypes as variants against a contig of a reference.
 *
 * - A *shared node* is one that the paths of the reference visit exactly once, on this contig; its
 *   position there is its anchor. Where fragments of the contig lie over each other, no node is
 *   shared.
 * - A path is *read* in the direction in which more of its bases on nodes that the reference visits
 *   once agree with the reference: forward, or from its other end with every node flipped. As it is
 *   read, a *match* is a visit of a shared node in the reference's own direction.
 * - Two matches, a and then b, with no visit of a shared node between them are *joined* where b
 *   begins at or behind the end of a, in the same fragment. Matches that are joined one after the
 *   other are a *chain*. It breaks where a walk comes back inverted, or at or before where it left.
 * - A *detour* is two joined matches (a, b) with nodes between them, or of which b does not begin
 *   where a ends. REF is what the reference has between the end of a and the start of b, the
 *   haplotype's allele what its walk has there.
 * - A *site* is a pair (a, b) for which some haplotype has a detour with other bases than REF. Its
 *   alleles are the distinct texts: REF, then by the path that has it first, then as that is read.
 *   Case does not count, and letters but A, C, G, T are all N, as VCF wants it.
 * - At a site a haplotype has the allele of its detour (a, b); 0 where one of its chains has both a
 *   and b and other matches between, or goes from a to b as the reference does; else it is missing:
 *   another detour leaps over a or b, its chain breaks, or its path ends. Where chains of the
 *   haplotype reach over each other, the one that leads among those that touch the site is the only
 *   one that counts: calls_chains.h.
 * - A site is in the block that a is in, so that blocks part the records of the contig.
 *
 * So the alleles of a haplotype never overlap. Put into the reference they give its bases wherever
 * one chain leads.
 *
 * Records: the last base of a goes before all alleles, then what all have in common is cut off,
 * behind first, then in front, leaving a base at least; in front no further than to the base behind
 * the last shared node of the block, so that the records of a contig are those of its blocks one
 * after the other. In a block they are sorted by POS, end of REF, a and b. The records of an
 * interval are those of the contig whose a is in it, byte for byte.
 */
#ifndef GENOFS_PANGENOME_CALLS_H
#define GENOFS_PANGENOME_CALLS_H

#include "core/base/kept.h"
#include "core/pangenome/calls_chains.h"
#include "core/pangenome/layout.h"
#include "core/pangenome/text.h"

struct calls;

/**
 * call_blocks_new() - a table for the sites of blocks that were worked out, for kept_free()
 * @budget: bytes that are kept; those in use, and the one made last, are in any case
 *
 * It is for any number of struct calls of layouts that live as long as it does; from any thread.
 *
 * Return: 0; -ENOMEM.
 */
int call_blocks_new(size_t budget, struct kept **out);

struct calls_input {
	const struct graph *graph;
	const struct catalog *catalog;
	const struct layout *layout;
	const struct call_chains *chains; /* of the contig */
	uint32_t contig;                  /* of the layout; one of a reference */
	uint64_t low;                     /* anchors [low, high) */
	uint64_t high;
};

/**
 * calls_new() - the calls of an interval of a contig: nothing is worked out yet
 * @in:     copied; what it points to, and @blocks, must live as long
 * @blocks: where blocks are kept
 *
 * Return: 0; -EINVAL where the contig is of no reference; -ENOMEM.
 */
int calls_new(const struct calls_input *in, struct kept *blocks, struct calls **out,
		struct err *err);
void calls_free(struct calls *c); /* NULL is nothing to do */
/* Bytes of memory that it owns. */
size_t calls_bytes(const struct calls *c);

/*
 * A text_writer of a struct calls. It works out one block at a time: that takes memory for the
 * block's sites, a value for each of them and haplotype, and the bases of one site's alleles.
 * Errors: -EBADMSG; -ENOMEM; -EOVERFLOW where a block has 2^32 detours.
 */
int calls_write(const void *calls, struct text_state *state, struct text_out *out, struct err *err);

#endif
