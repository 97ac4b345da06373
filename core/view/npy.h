/* SPDX-License-Identifier: MIT */
/*
 * NumPy arrays (NEP 1, format version 1.0): genotypes.npy of shape (variants, samples, ploidy),
 * with allele numbers, -1 where missing, -2 where a sample has fewer alleles; and positions.npy,
 * POS as in VCF. Records without genotypes are missing.
 */
#ifndef GENOFS_VIEW_NPY_H
#define GENOFS_VIEW_NPY_H

#include "core/view/rows.h"

extern const struct row_kind npy_genotypes_rows;
extern const struct row_kind npy_positions_rows;

bool npy_genotypes_exists(const struct dataset *d);

#endif
