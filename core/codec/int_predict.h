/* SPDX-License-Identifier: MIT */
/*
 * Predictions of a FORMAT column's values: docs/format.md, "Predictors", in C.
 *
 * A stored value is the true one less its prediction, modulo 2^(8 * width) on the bits: missing,
 * end-of-vector and floats need no cases of their own. What is predicted from must be true values.
 */
#ifndef GENOFS_CODEC_INT_PREDICT_H
#define GENOFS_CODEC_INT_PREDICT_H

#include "core/base/buf.h"
#include "core/codec/format_layout.h"

/* As stored: never renumber. */
enum predictor_kind {
	PREDICT_NONE,   /* 0 */
	PREDICT_CELL,   /* the same sample's value in the cell before */
	PREDICT_BEFORE, /* the value before it in the element */
	PREDICT_ONE,    /* the last value that went with the same value of another element */
	PREDICT_TWO,    /* the same of two elements */
	PREDICT_SUM,    /* the sum of the values that another column has for the sample */
	PREDICT_SECOND, /* the second smallest of them, 99 at most */
	N_PREDICTORS
};

enum { PREDICT_SOURCES_MAX = 2 };

struct predictor {
	uint8_t kind;
	struct {
		uint32_t column;
		uint32_t element; /* PREDICT_ONE, PREDICT_TWO */
	} from[PREDICT_SOURCES_MAX];
};

/* How many elements a predictor looks at, and how many whole columns. */
unsigned predictor_elements(uint8_t kind);
unsigned predictor_columns(uint8_t kind);

void predictor_put(struct buf *out, const struct predictor *p);
/* Return: false where the bytes are not one. What it names is the caller's to check. */
bool predictor_read(struct cursor *c, struct predictor *p);

/* The last value by context. */
enum { CONTEXT_BITS = 16 };
struct predict_table {
	union {
		uint16_t u16[1 << CONTEXT_BITS];
		uint32_t u32[1 << CONTEXT_BITS];
	} last;
};

/* Element @element of a tile, the values of its first @n_cells cells. */
struct predict_job {
	struct predictor how;
	const struct tile_values *target;
	const struct tile_values *from[PREDICT_SOURCES_MAX]; /* tiles of the same samples */
	uint32_t element;
	size_t n_cells;
	struct predict_table *table;
};

/* How many values @n_cells cells have. */
size_t predict_values(const struct predict_job *job, size_t n_cells);
/* True values to stored ones, into planes like those of the element. */
void predict_apply(const struct predict_job *job, const struct element_planes *out);
/* Stored values to true ones, where they lie. */
void predict_undo(const struct predict_job *job);

#endif
