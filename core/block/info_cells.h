/* SPDX-License-Identifier: MIT */
/*
 * Single values of the columns of sites, which no field is made of. Columns are prepared first
 * (core/block/column_cells.h). All return false where the column is damaged.
 */
#ifndef GENOFS_BLOCK_INFO_CELLS_H
#define GENOFS_BLOCK_INFO_CELLS_H

#include "core/block/column_read.h"

/* The next integer of an integer column. */
bool info_int_next(struct column_reader *c, int32_t *out);
/* The next cell of a float column: @n values of four little-endian bytes. */
bool info_floats_next(struct column_reader *c, size_t n, uint8_t *out);

#endif
