/* SPDX-License-Identifier: MIT */
/* calls.vcf as a file of PG_CONTIG, PG_BLOCK and PG_REGION: a row of pg_file_kinds[]. */
#ifndef GENOFS_PANGENOME_CALLS_FILE_H
#define GENOFS_PANGENOME_CALLS_FILE_H

#include "core/pangenome/file.h"

int calls_file_make(struct pg_file *f, struct err *err);
text_writer calls_file_write; /* of a struct pg_file that was made */
void calls_file_free(struct pg_file *f);

#endif
