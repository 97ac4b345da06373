/* SPDX-License-Identifier: MIT */
/* The file graph.v1.gbz, for the table of files: gbz_write.h. */
#ifndef GENOFS_PANGENOME_GBZ_FILE_H
#define GENOFS_PANGENOME_GBZ_FILE_H

#include "core/pangenome/file.h"

int gbz_file_make(struct pg_file *f, struct err *err);
int gbz_file_read(const struct pg_file *f, char *buf, size_t len, uint64_t off, struct err *err);
void gbz_file_free(struct pg_file *f);

#endif
