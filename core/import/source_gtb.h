/* SPDX-License-Identifier: MIT */
/*
 * A GTB file as an input of import: a header, and lines of VCF (core/gtb/vcf.h).
 *
 * One thread at a time.
 */
#ifndef GENOFS_IMPORT_SOURCE_GTB_H
#define GENOFS_IMPORT_SOURCE_GTB_H

#include <htslib/vcf.h>

#include "core/gtb/gtb.h"
#include "core/import/batch.h"

struct source_gtb;

/* @hdr: the caller's to give to bcf_hdr_destroy(). Return: as gtb_open(). */
int source_gtb_open(const char *pathname, const struct gtb_options *o, struct source_gtb **out,
		bcf_hdr_t **hdr, struct err *err);
void source_gtb_free(struct source_gtb *s); /* NULL is nothing to do */

uint64_t source_gtb_bytes(const struct source_gtb *s); /* of the file */
/* Of them, what the records read so far are about. */
uint64_t source_gtb_bytes_read(const struct source_gtb *s);
/* Fields that are left out, because their type is not known. */
uint32_t source_gtb_n_unknown(const struct source_gtb *s);

/**
 * source_gtb_read() - the next lines, RAW_BATCH_BYTES or all that are left
 * @n_odd: genotypes with alleles that their record does not have
 *
 * Return: 1; 0 at the end; -EBADMSG; -EOVERFLOW where a line is longer than @line_max, or decoding
 * needs more memory than it may have; -ENOMEM; -EIO.
 */
int source_gtb_read(struct source_gtb *s, size_t line_max, struct raw_batch *raw, uint64_t *n_odd,
		struct err *err);

#endif
