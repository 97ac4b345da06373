/* SPDX-License-Identifier: MIT */
/*
 * The tables of a contig of a reference, and of a component without one: what of the contig there
 * is, its blocks, the paths beside it.
 *
 * Rows of pg_file_kinds[]: what is a text_writer is of the struct pg_file, the others go with
 * table_read() and table_free(). From any thread.
 */
#ifndef GENOFS_PANGENOME_CONTIG_TABLES_H
#define GENOFS_PANGENOME_CONTIG_TABLES_H

#include "core/pangenome/table.h"

/* fragments.bed of PG_CONTIG: contig, start, end, name of the path. */
text_writer fragments_bed_write;

/* blocks.bed of PG_CONTIG: contig, start, end, name of the block's folder; of blocks that have
 * bases of the reference. The last ends where the contig does. Needs no layout. */
text_writer blocks_bed_write;

/*
 * haplotypes.tsv of PG_CONTIG and PG_UNPLACED: paths of the components that the contig touches, in
 * the order of the layout's spans, and in which of its blocks they have pieces. The row of
 * PG_UNPLACED asks for a slice.
 */
int haplotypes_tsv_make(struct pg_file *f, struct err *err);

/**
 * contig_parts() - append the components (uint32_t) that a contig touches, each once, in order
 * @folder: PG_CONTIG or PG_UNPLACED
 *
 * Return: 0; -ENOENT where there is no such component; -ENOMEM; what pangenome_parts() returns.
 */
int contig_parts(struct pangenome *p, const struct pg_folder *folder, struct buf *out,
		struct err *err);
/* Whether the path is of one of them. */
bool contig_parts_have(const struct buf *components, const struct parts *parts, uint64_t path);

/* The layout of PG_CONTIG, or that of the slice of PG_UNPLACED, and the contig's number in it. */
int contig_layout(
		struct pg_file *f, const struct layout **out, uint32_t *in_layout, struct err *err);

#endif
