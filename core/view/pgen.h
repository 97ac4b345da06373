/* SPDX-License-Identifier: MIT */
/*
 * plink2.pgen in storage mode 0x10: records of variable length, with phase and all alleles.
 *
 * Its head has type and length of every record, which are measured when they are read: what is read
 * of it takes the blocks of those records, one after the other. Sizes are the store's.
 */
#ifndef GENOFS_VIEW_PGEN_H
#define GENOFS_VIEW_PGEN_H

#include "core/view/rows.h"

extern const struct view_ops pgen_ops;
extern const struct view_kind pgen_body; /* the records alone: what view_kind.of is */
extern const struct row_kind pgen_rows;  /* of that */

bool pgen_exists(const struct dataset *d);

#endif
