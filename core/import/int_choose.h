/* SPDX-License-Identifier: MIT */
/*
 * How integers of a chunk's INFO and sites are stored: less what other columns tell, in the order
 * of contexts, as differences, whichever is expected to be smallest.
 */
#ifndef GENOFS_IMPORT_INT_CHOOSE_H
#define GENOFS_IMPORT_INT_CHOOSE_H

#include <stdbool.h>

#include "core/base/buf.h"
#include "core/store/layout.h"

/* Columns times numbers, added up. */
struct int_terms {
	uint32_t n;
	struct {
		int32_t coef;
		uint32_t column; /* number in the chunk */
	} terms[INTS_TERMS_MAX];
};

struct int_model {
	uint8_t flags; /* enum ints_flags */
	struct int_terms contexts;
	struct int_terms known;
};

/* Integers of one column that a model may refer to. */
struct int_array {
	const int32_t *values;
	size_t n;
	uint32_t column; /* number in the chunk */
	bool constant;
	bool ends;      /* INTS_END: not to be referred to */
	unsigned depth; /* columns that it refers to, in a row */
	bool counts;    /* integers of INFO */
	bool common;    /* what contexts are often made of */
	struct int_model model;
};

/* Scratch of a thread; zero-initialised. */
struct int_chooser {
	struct buf work[3]; /* int32_t */
	struct buf sample[3];
};

void int_chooser_done(struct int_chooser *c);

/* Bytes that @n integers will take in planes, about. */
double int_planes_cost(const int32_t *values, size_t n);
/* The same for values of @width bytes each. */
double bytes_cost(const uint8_t *values, uint8_t width, size_t n);

/* Choose the model of @arrays[@number]; those before it have theirs. Return: 0 or -ENOMEM. */
int int_choose(struct int_chooser *c, struct int_array *arrays, uint32_t number);

/* The width of what a model without any flag or column stores; 0 of another model. */
uint8_t int_plain_width(const struct int_array *x);

/**
 * int_store() - what the model of @arrays[@number] stores
 * @params: appended: as in the column's description; may be NULL where it is plain
 * @planes: filled
 * @cuts:   size_t; filled, where a part of @planes ends
 *
 * Return: 0 or -ENOMEM.
 */
int int_store(struct int_chooser *c, const struct int_array *arrays, uint32_t n_arrays,
		uint32_t number, struct buf *params, struct buf *planes, struct buf *cuts);

#endif
