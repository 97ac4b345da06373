/* SPDX-License-Identifier: MIT */
/*
 * The FASTA files of a pangenome's folders and their indexes: makers, readers and what frees them,
 * for rows of pg_file_kinds[].
 *
 * A .fa is made by one of the makers and read by fasta_file_read(); its .fai is made by the same
 * one and written by fasta_index_write(). Both go with fasta_file_free().
 */
#ifndef GENOFS_PANGENOME_FASTA_FILES_H
#define GENOFS_PANGENOME_FASTA_FILES_H

#include "core/pangenome/file.h"

/* <H>.fa of PG_HAP: its paths, whole, in the catalog's order. */
int fasta_hap_make(struct pg_file *f, struct err *err);
/* ref.fa of PG_CONTIG, PG_BLOCK and PG_REGION: the fragments, as far as they lie in it. */
int fasta_ref_make(struct pg_file *f, struct err *err);
/* ref.padded.fa of PG_CONTIG: one record from position 1 to the last fragment's end. */
int fasta_padded_make(struct pg_file *f, struct err *err);
/* haplotypes.fa, of any slice: its spans. */
int fasta_spans_make(struct pg_file *f, struct err *err);
/* distinct.fa, of any slice: reads all of its spans. */
int fasta_distinct_make(struct pg_file *f, struct err *err);

int fasta_file_read(const struct pg_file *f, char *buf, size_t len, uint64_t off, struct err *err);
void fasta_file_free(struct pg_file *f);

text_writer fasta_index_write; /* of a struct pg_file */

#endif
