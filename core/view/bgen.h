/* SPDX-License-Identifier: MIT */
/*
 * calls.bgen: BGEN 1.2, layout 2, uncompressed; its samples, and its index.
 *
 * A record is a variant block: called genotypes are certain, in 8 bits, phased where all calls of
 * the record are; where it has FORMAT/GP, those probabilities in 16 bits, unphased. Calls with a
 * missing allele are missing. Any number of alleles, and ploidies up to 63; records that do not fit
 * the format (2^16 alleles or bytes of an ID, 2^32 bytes of data) are left out.
 */
#ifndef GENOFS_VIEW_BGEN_H
#define GENOFS_VIEW_BGEN_H

#include "core/view/made.h"
#include "core/view/rows.h"

extern const struct row_kind bgen_rows;

/* For table_text_ops: the .sample file. */
int bgen_sample_text(const struct dataset *d, struct buf *room, struct row_head *out);

bool bgen_exists(const struct dataset *d);

/* Bytes of the record's variant block; 0 where it is left out. Return: 0; -EBADMSG; -ENOMEM. */
int bgen_record_length(const struct vcf_text *v, const struct record *r, struct view_scratch *s,
		uint64_t *out);

#endif
