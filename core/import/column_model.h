/* SPDX-License-Identifier: MIT */
/*
 * How the values of a full column are stored: its coding is chosen, and its values are turned into
 * what that coding stores, before the columns are described and their streams written.
 */
#ifndef GENOFS_IMPORT_COLUMN_MODEL_H
#define GENOFS_IMPORT_COLUMN_MODEL_H

#include "core/import/column_build.h"
#include "core/import/int_choose.h"
#include "core/import/stream_out.h"

/* Scratch of a thread that models INFO; zero-initialised. */
struct info_modeller {
	struct int_chooser chooser;
	struct int_array *arrays; /* max_arrays; owned */
	uint32_t n_arrays;
	uint32_t max_arrays;
	struct buf nums;  /* int32_t */
	struct buf cells; /* u32s */
};

void info_modeller_done(struct info_modeller *m);

/* Each sets coding and params of some columns. Return: 0 or -ENOMEM. */

/* The genotype column: before the values of INFO columns are changed. */
int gt_counts_model(struct column *columns, uint32_t n_columns, uint32_t n_records);
/* Those of INFO and of sites; of FORMAT. Those of FORMAT are cut into tiles, how many is said in
 * the chunk_info of @out, and what they become is tried on its packer. */
int info_columns_model(struct info_modeller *m, struct column *columns, uint32_t n_columns,
		uint32_t n_samples);
int format_columns_model(struct column *columns, uint32_t n_columns, uint32_t n_samples,
		struct stream_out *out);

/* The values of a column that was modelled, as streams of column @number. */
int info_values_put(const struct column *c, uint32_t number, struct stream_out *out);
int format_values_put(const struct column *columns, uint32_t number, struct stream_out *out);

#endif
