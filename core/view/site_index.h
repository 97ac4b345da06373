/* SPDX-License-Identifier: MIT */
/*
 * Indexes of calls.vcf.gz and calls.bcf: TBI (tabix) and CSI, made of the runs that the store keeps
 * (core/store/index_runs.h), with no chunk read.
 *
 * As the formats want it, they are BGZF themselves. Their virtual offsets point at the records
 * themselves: a BGZF block begins at any multiple of its payload.
 */
#ifndef GENOFS_VIEW_SITE_INDEX_H
#define GENOFS_VIEW_SITE_INDEX_H

#include "core/view/made.h"

extern const struct made_kind index_vcf_tbi;
extern const struct made_kind index_vcf_csi;
extern const struct made_kind index_bcf_csi;

/* TBI: no record reaches past base 2^29. CSI: past 2^44. */
bool index_tbi_exists(const struct dataset *d);
bool index_csi_exists(const struct dataset *d);
bool index_bcf_exists(const struct dataset *d);

#endif
