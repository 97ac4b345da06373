/* SPDX-License-Identifier: MIT */
/*
 * BCF's integers (VCFv4.3 section 6.3.3) between widths of 1, 2 and 4 bytes, and planes.
 *
 * In every width the smallest value means missing, the next one end-of-vector, and the six after
 * them are reserved; the rest are numbers. Converting keeps the meaning. A reserved value is
 * carried as the number that it would be in a wider type.
 *
 * Planes are the bytes of an array of n values, the lowest byte of all first, then the next.
 */
#ifndef GENOFS_CODEC_INT_VALUES_H
#define GENOFS_CODEC_INT_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The narrowest width that holds @n values of @size bytes each (1 where there is no number). */
uint8_t int_values_width(const uint8_t *values, uint8_t size, size_t n);

/* @n values of @from bytes to @to bytes; each must fit (see int_values_width()). */
void int_values_convert(const uint8_t *in, uint8_t from, uint8_t *out, uint8_t to, size_t n);

/* Value @i of @size bytes each as BCF's 32-bit one. */
int32_t int_value(const uint8_t *values, uint8_t size, size_t i);

/* @n values of @width bytes into planes. */
void planes_split(const uint8_t *values, uint8_t width, size_t n, uint8_t *planes);

/* A run of values in planes: values @first to @first + @count of @n. */
struct planes {
	const uint8_t *data;
	uint8_t width;
	size_t n;
	size_t first;
	size_t count;
};

/* As they are, integers or floats. */
void planes_join(const struct planes *p, uint8_t *values);
/* As int_values_width() and int_values_convert(). */
uint8_t planes_int_width(const struct planes *p);
void planes_int_convert(const struct planes *p, uint8_t *out, uint8_t to);

#endif
