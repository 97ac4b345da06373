/* SPDX-License-Identifier: MIT */
/*
 * Small files made of the store's tables: header.vcf, samples.txt, contigs.tsv, blocks.tsv. No
 * block is needed for them. For use as the functions of a struct view_kind.
 */
#ifndef GENOFS_VIEW_TABLES_H
#define GENOFS_VIEW_TABLES_H

#include <sys/types.h>

#include "core/view/dataset.h"

int header_size(const struct dataset *d, uint64_t *out, struct err *err);
ssize_t header_read(const struct dataset *d, void *buf, size_t len, uint64_t off, struct err *err);

int samples_size(const struct dataset *d, uint64_t *out, struct err *err);
ssize_t samples_read(const struct dataset *d, void *buf, size_t len, uint64_t off, struct err *err);

int contigs_size(const struct dataset *d, uint64_t *out, struct err *err);
ssize_t contigs_read(const struct dataset *d, void *buf, size_t len, uint64_t off, struct err *err);

int blocks_size(const struct dataset *d, uint64_t *out, struct err *err);
ssize_t blocks_read(const struct dataset *d, void *buf, size_t len, uint64_t off, struct err *err);

#endif
