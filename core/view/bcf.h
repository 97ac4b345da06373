/* SPDX-License-Identifier: MIT */
/*
 * calls.bcf before its compression: BCF 2.2 (VCFv4.3 section 6.3).
 *
 * The head (magic, header text) is the store's, made at import: in it keys have the store's
 * numbers, and contigs those of vcf_text.contig_id. Values are in the widths that the input's BCF
 * form had.
 */
#ifndef GENOFS_VIEW_BCF_H
#define GENOFS_VIEW_BCF_H

#include "core/view/rows.h"

extern const struct row_kind bcf_rows;

/* Bytes of a record: fixed + per_sample * n_samples. */
struct bcf_size {
	uint64_t shared;     /* from CHROM to the end of INFO */
	uint64_t indiv;      /* of FORMAT, what does not depend on the number of samples */
	uint64_t per_sample; /* of FORMAT */
};

enum { BCF_LENGTHS = 8 }; /* bytes of the two lengths in front of a record */

/* Return: 0; -EBADMSG where the record's bytes are not well-formed or too many for BCF. */
int bcf_record_size(const struct vcf_text *v, const struct record *r, struct bcf_size *out);

/* Whether the dataset's records can be BCF: positions of 31 bits, 2^24 samples. */
bool bcf_exists(const struct dataset *d);

#endif
