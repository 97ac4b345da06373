/* SPDX-License-Identifier: MIT */
/* calls.vcf and sites.vcf: a header, then a line for each record. */
#ifndef GENOFS_VIEW_VCF_ROWS_H
#define GENOFS_VIEW_VCF_ROWS_H

#include "core/view/rows.h"

extern const struct row_kind vcf_calls_rows;
extern const struct row_kind vcf_sites_rows;

#endif
