/* SPDX-License-Identifier: MIT */
/*
 * The steps from a FORMAT column as it was gathered to what is stored of it.
 *
 * Values are laid out by tile and element (core/codec/format_layout.h), texts by tile or as
 * numbers in a dictionary, then predictors are chosen. Predictions are taken off a tile when it is
 * written: all columns keep their true values till then, since others are predicted from them.
 */
#ifndef GENOFS_IMPORT_FORMAT_MODEL_H
#define GENOFS_IMPORT_FORMAT_MODEL_H

#include "core/import/column_build.h"
#include "core/import/stream_out.h"

/* The columns of a chunk while they are modelled. */
struct format_model {
	struct column *columns; /* of INFO too */
	uint32_t n_columns;
	uint32_t n_samples;
	uint32_t n_tiles;
	uint32_t n_records;
	struct stream_out *out; /* whose packer is tried on */
	struct buf scratch;     /* owned, as are all below */
	struct buf packed;
	struct predict_table *table;
};

/* All return 0 or -ENOMEM. */

/* Make floats integers, a few exceptions apart, where most have few decimals. */
int format_decimals(struct format_model *m, struct column *c);
/* Lay out integers or floats. */
int format_layout_column(struct format_model *m, struct column *c);
/* Lay them out anew: of one element, they lie as they were gathered. */
int format_layout_again(struct format_model *m, struct column *c, uint32_t n_elements);
/* Put texts in order of their tiles, or their numbers in a dictionary where that is smaller. */
int format_text_column(struct format_model *m, struct column *c);
/* Where values are best side by side as they were, lay them out so: after the predictors. */
int format_choose_layout(struct format_model *m);
/* Set the predictors and the pass of every column that has planes. */
int format_choose_predictors(struct format_model *m);

/* Room for the planes of @values values of each sample, in @planes. */
bool format_planes_reserve(struct buf *planes, const struct column *c);
struct tile_values format_tile(const struct column *c, uint32_t n_tiles, uint32_t tile);
/* Bytes that @data would take; @cuts: see stream_pack(). */
int format_packed_size(struct format_model *m, const struct buf *data,
		const struct stream_cuts *cuts, size_t *out);

/* What it takes to predict element @e of a column; @from: as many as there are sources. */
struct predict_job format_job(const struct column *columns, const struct predictor *how,
		const struct tile_values *target, struct tile_values *from, uint32_t e,
		uint32_t n_tiles, uint32_t tile, struct predict_table *table);

#endif
