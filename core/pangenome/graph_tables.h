/* SPDX-License-Identifier: MIT */
/*
 * The tables of a pangenome's own folder and of its samples': paths, names, tags, components.
 *
 * Rows of pg_file_kinds[]: what is a text_writer is of the struct pg_file, the others go with
 * table_read() and table_free(). From any thread.
 */
#ifndef GENOFS_PANGENOME_GRAPH_TABLES_H
#define GENOFS_PANGENOME_GRAPH_TABLES_H

#include "core/pangenome/table.h"

enum {
	/* Contigs that a line of paths.tsv names; behind them ",..." says that there are more. All
	 * of them in all lines were the product of both numbers. */
	CONTIGS_OF_A_PATH = 16
};

/* paths.tsv of PG_GRAPH, of all paths, which asks for pangenome_all_places(); or of PG_SAMPLE, of
 * its paths alone, which does not. In the order of paths. */
int paths_tsv_make(struct pg_file *f, struct err *err);

/* samples.txt, a line for each sample of the catalog. */
text_writer samples_txt_write;

/* contigs.txt: names of contigs, of any path, each once, in the order in which paths name them. */
int contigs_txt_make(struct pg_file *f, struct err *err);

/* tags.tsv: tags of the GBZ, then of the GBWT. */
text_writer tags_tsv_write;

/* components.tsv, with all contigs of references that touch each. */
int components_tsv_make(struct pg_file *f, struct err *err);

/* Append the first path (uint32_t) of each contig, in order. Return: 0; -ENOMEM. */
int first_paths_of_contigs(const struct graph *g, struct buf *out, struct err *err);

#endif
