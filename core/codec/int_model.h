/* SPDX-License-Identifier: MIT */
/*
 * Integers of a column as what is left of them once others are known: what a model of INFO
 * integers does to whole arrays. All arithmetic is modulo 2^32, so that any array comes back.
 *
 * An array may be stored in the order of its contexts: values of which another array's value is of
 * the same class lie side by side, each class in the order of the array.
 */
#ifndef GENOFS_CODEC_INT_MODEL_H
#define GENOFS_CODEC_INT_MODEL_H

#include <stddef.h>
#include <stdint.h>

enum { INT_CLASSES = 32 };

/* The class of a context: 0 below zero, one each for 0 to 14, above them two for each doubling. */
static inline unsigned int_class(int32_t v)
{
	uint32_t u = (uint32_t)v + 1;
	unsigned e;
	unsigned c;

	if (v < 0)
		return 0;
	if (u < 16)
		return u;
	e = 31 - (unsigned)__builtin_clz(u);
	c = 16 + 2 * (e - 4) + (u >> (e - 1) & 1);
	return c < INT_CLASSES ? c : INT_CLASSES - 1;
}

/* @n values of @width 1, 2 or 4 bytes in planes (core/codec/int_values.h). */
void int_model_load(const uint8_t *planes, uint8_t width, size_t n, int32_t *out);
/* The same, stored in the order of contexts: @values holds the contexts and gets the values. */
void int_model_load_by_class(const uint8_t *planes, uint8_t width, size_t n, int32_t *values);
/* For writers: @values, @n of them, in the order of @contexts; @ends: where each class ends. */
void int_model_sort_by_class(const int32_t *values, const int32_t *contexts, size_t n, int32_t *out,
		size_t ends[INT_CLASSES]);

/* Add @coef times @other to @values. */
void int_model_add(int32_t *values, const int32_t *other, int32_t coef, size_t n);
/* Zigzag numbers to what they stand for, and back. */
void int_model_unzigzag(int32_t *values, size_t n);
void int_model_zigzag(int32_t *values, size_t n);
/* Distances from the value before (the first: from 0) to values, and back. */
void int_model_sum_up(int32_t *values, size_t n);
void int_model_take_apart(int32_t *values, size_t n);

/* The narrowest width of BCF's integers that holds the values, 1 where there are none. */
uint8_t int_model_width(const int32_t *values, size_t n);
/* As BCF's integers of @width bytes; each must fit. */
void int_model_store(const int32_t *values, size_t n, uint8_t width, uint8_t *out);

#endif
