/* SPDX-License-Identifier: MIT */
/*
 * The records of the pangenome's FASTA files: which intervals of paths, under which names. Each
 * function adds to a FASTA that is not finished yet. One thread at a time for a FASTA.
 *
 * Return: 0; -EBADMSG where tables do not agree; -EOVERFLOW; -ENOMEM. Where memory is out while
 * records are added, finishing says it.
 */
#ifndef GENOFS_PANGENOME_FASTA_RECORDS_H
#define GENOFS_PANGENOME_FASTA_RECORDS_H

#include "core/pangenome/catalog.h"
#include "core/pangenome/fasta.h"
#include "core/pangenome/slice.h"

/*
 * Haplotype @hap: each path as a whole, in the catalog's order. A path is called by its name, with
 * its interval where it does not begin at 0 or where others have the same name.
 * @p: a span for each path of the haplotype, in their order
 */
int fasta_add_hap(struct fasta *f, const struct graph *g, const struct catalog *c, uint32_t hap,
		const struct places *p, struct err *err);

/*
 * The fragments of the catalog's contig @contig, as far as they lie in [@low, @high): contig and
 * interval.
 * @p: a span for each fragment, in their order
 */
int fasta_add_fragments(struct fasta *f, const struct graph *g, const struct catalog *c,
		uint32_t contig, const struct places *p, uint64_t low, uint64_t high,
		struct err *err);
/* The contig as one record from its first position on, N where no fragment is. Of fragments that
 * overlap, the earlier one has what both have. */
int fasta_add_padded(struct fasta *f, const struct graph *g, const struct catalog *c,
		uint32_t contig, const struct places *p, struct err *err);

/* The spans of a slice: pieces of one path with no more than @gap bases between one and the next,
 * and these bases. Path and interval. Each is one piece of the FASTA, of the layout's places. */
int fasta_add_spans(struct fasta *f, const struct slice *s, uint64_t gap, struct err *err);

/**
 * fasta_add_distinct() - of the sequences of @of each one that differs from those before it
 * @of: finished; each of its records is one piece
 * @p:  what the pieces are of
 *
 * Records are called 1, 2, ... and tell how many of @of have the sequence, and which:
 * "1 count=2 names=a,b". All bases of @of are read once; sequences are compared by length and 128
 * bits of checksum.
 */
int fasta_add_distinct(struct fasta *f, const struct fasta *of, const struct graph *g,
		const struct places *p, struct err *err);

#endif
