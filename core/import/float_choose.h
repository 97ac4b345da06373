/* SPDX-License-Identifier: MIT */
/*
 * Floats of a chunk's INFO and of QUAL as integers: counts over totals of other columns, counts
 * over a total that is searched for, decimals.
 */
#ifndef GENOFS_IMPORT_FLOAT_CHOOSE_H
#define GENOFS_IMPORT_FLOAT_CHOOSE_H

#include "core/import/int_choose.h"

/* The floats of a column. */
struct float_array {
	const uint8_t *bits; /* n little-endian u32s */
	size_t n;
	const uint32_t *cells; /* number of the cell of each value */
	uint32_t n_cells;
};

/* What they are quotients of. */
struct float_model {
	uint8_t rounding;
	uint64_t den;        /* 0: of a column */
	uint32_t den_column; /* number in the chunk */
	bool own;            /* numerators of its own; else of a column: */
	uint32_t num_column; /* number in the chunk */
};

/**
 * float_choose() - find what the floats are quotients of
 * @arrays:     integers of other columns, those that may be referred to
 * @den_max:    the largest total to search for
 * @nums:       filled with n int32_t where the model has numerators of its own
 * @exceptions: filled: STREAM_INFO_EXCEPTIONS
 *
 * Return: 1; 0 where they are best stored as they are; -ENOMEM.
 */
int float_choose(const struct float_array *f, const struct int_array *arrays, uint32_t n_arrays,
		uint32_t den_max, struct float_model *m, struct buf *nums, struct buf *exceptions);

#endif
