/* SPDX-License-Identifier: MIT */
/*
 * info.json of a pangenome, of a contig of a reference and of a component without one.
 *
 * Who holds the graph, and so what is in it, changes: it is what it was when the file was made.
 */
#ifndef GENOFS_PANGENOME_INFO_H
#define GENOFS_PANGENOME_INFO_H

#include "core/pangenome/file.h"

/* Of PG_GRAPH, PG_CONTIG (which asks for the layout) and PG_UNPLACED. Rows of pg_file_kinds[]. */
int info_make(struct pg_file *f, struct err *err);
int info_read(const struct pg_file *f, char *buf, size_t len, uint64_t off, struct err *err);
void info_free(struct pg_file *f);

#endif
