/* SPDX-License-Identifier: MIT */
/*
 * calls.vcf and sites.vcf: a header, then the lines of a dataset's chunks.
 *
 * The extent map is the store's: the header's length, then each chunk's view_offset. For use as
 * the functions of a struct view_kind.
 */
#ifndef GENOFS_VIEW_VCF_LINES_H
#define GENOFS_VIEW_VCF_LINES_H

#include <sys/types.h>

#include "core/view/dataset.h"

int vcf_calls_size(const struct dataset *d, uint64_t *out, struct err *err);
ssize_t vcf_calls_read(
		const struct dataset *d, void *buf, size_t len, uint64_t off, struct err *err);
uint32_t vcf_calls_chunk_at(const struct dataset *d, uint64_t off);

int vcf_sites_size(const struct dataset *d, uint64_t *out, struct err *err);
ssize_t vcf_sites_read(
		const struct dataset *d, void *buf, size_t len, uint64_t off, struct err *err);
uint32_t vcf_sites_chunk_at(const struct dataset *d, uint64_t off);

#endif
