/* SPDX-License-Identifier: MIT */
/* calls.vcf, sites.vcf and sites.tsv: a header, then a line for each record. */
#ifndef GENOFS_VIEW_VCF_ROWS_H
#define GENOFS_VIEW_VCF_ROWS_H

#include "core/view/rows.h"

extern const struct row_kind vcf_calls_rows;
extern const struct row_kind vcf_sites_rows;
extern const struct row_kind sites_tsv_rows;

#endif
