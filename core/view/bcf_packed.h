/* SPDX-License-Identifier: MIT */
/*
 * calls.bcf. Of a store, contig or block each chunk is BGZF blocks of its own, of DEFLATE_RUNS_MAX
 * bytes of records but the last: genotypes are mostly runs, so that they are a fraction of their
 * bytes, and inflate faster than what bcftools writes. How long each is, and
 * its CRC-32, was stored at import.
 *
 * Of a query, and of a store without those lengths, it is what bgzf_ops makes: sizes of that are
 * arithmetic.
 */
#ifndef GENOFS_VIEW_BCF_PACKED_H
#define GENOFS_VIEW_BCF_PACKED_H

#include "core/view/view.h"

/* view_kind.of is the struct view_kind of the rows. */
extern const struct view_ops bcf_file_ops;

/* Whether the dataset's is of BGZF blocks by chunk. */
bool bcf_is_packed(const struct dataset *d);

#endif
