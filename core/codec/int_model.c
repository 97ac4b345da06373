/* SPDX-License-Identifier: MIT */
#include "core/codec/int_model.h"

#include <endian.h>
#include <string.h>

#include "core/base/inline.h"

/* Value @i of planes as a 32-bit one: missing and end-of-vector keep their meaning. */
INLINE int32_t plane_value(const uint8_t *p, uint8_t width, size_t n, size_t i)
{
	int32_t v;

	if (width == 1) {
		v = (int8_t)p[i];
		return v <= INT8_MIN + 1 ? v - INT8_MIN + INT32_MIN : v;
	}
	if (width == 2) {
		v = (int16_t)(p[i] | p[n + i] << 8);
		return v <= INT16_MIN + 1 ? v - INT16_MIN + INT32_MIN : v;
	}
	return (int32_t)(p[i] | (uint32_t)p[n + i] << 8 | (uint32_t)p[2 * n + i] << 16 |
			 (uint32_t)p[3 * n + i] << 24);
}

INLINE void load(const uint8_t *p, uint8_t width, size_t n, int32_t *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = plane_value(p, width, n, i);
}

void int_model_load(const uint8_t *planes, uint8_t width, size_t n, int32_t *out)
{
	if (width == 1)
		load(planes, 1, n, out);
	else if (width == 2)
		load(planes, 2, n, out);
	else
		load(planes, 4, n, out);
}

/* Where the values of each class begin. */
static void class_starts(const int32_t *contexts, size_t n, size_t starts[INT_CLASSES])
{
	size_t counts[INT_CLASSES] = { 0 };
	size_t at = 0;

	for (size_t i = 0; i < n; i++)
		counts[int_class(contexts[i])]++;
	for (unsigned c = 0; c < INT_CLASSES; c++) {
		starts[c] = at;
		at += counts[c];
	}
}

INLINE void gather(const uint8_t *p, uint8_t width, size_t n, size_t next[INT_CLASSES],
		int32_t *values)
{
	for (size_t i = 0; i < n; i++)
		values[i] = plane_value(p, width, n, next[int_class(values[i])]++);
}

void int_model_load_by_class(const uint8_t *planes, uint8_t width, size_t n, int32_t *values)
{
	size_t next[INT_CLASSES];

	class_starts(values, n, next);
	if (width == 1)
		gather(planes, 1, n, next, values);
	else if (width == 2)
		gather(planes, 2, n, next, values);
	else
		gather(planes, 4, n, next, values);
}

void int_model_sort_by_class(const int32_t *values, const int32_t *contexts, size_t n, int32_t *out,
		size_t ends[INT_CLASSES])
{
	class_starts(contexts, n, ends);
	for (size_t i = 0; i < n; i++)
		out[ends[int_class(contexts[i])]++] = values[i];
}

void int_model_add(int32_t *values, const int32_t *other, int32_t coef, size_t n)
{
	for (size_t i = 0; i < n; i++)
		values[i] = (int32_t)((uint32_t)values[i] + (uint32_t)coef * (uint32_t)other[i]);
}

void int_model_unzigzag(int32_t *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		values[i] = (int32_t)((uint32_t)values[i] >> 1 ^ -((uint32_t)values[i] & 1));
}

void int_model_zigzag(int32_t *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		values[i] = (int32_t)((uint32_t)values[i] << 1 ^ (uint32_t)(values[i] >> 31));
}

void int_model_sum_up(int32_t *values, size_t n)
{
	for (size_t i = 1; i < n; i++)
		values[i] = (int32_t)((uint32_t)values[i] + (uint32_t)values[i - 1]);
}

void int_model_take_apart(int32_t *values, size_t n)
{
	for (size_t i = n; i-- > 1;)
		values[i] = (int32_t)((uint32_t)values[i] - (uint32_t)values[i - 1]);
}

uint8_t int_model_width(const int32_t *values, size_t n)
{
	int32_t min = 0;
	int32_t max = 0;

	for (size_t i = 0; i < n; i++) {
		int32_t v = values[i] <= INT32_MIN + 1 ? 0 : values[i];

		min = v < min ? v : min;
		max = v > max ? v : max;
	}
	if (min >= INT8_MIN + 8 && max <= INT8_MAX)
		return 1;
	return min >= INT16_MIN + 8 && max <= INT16_MAX ? 2 : 4;
}

/* Missing and end-of-vector are the lowest two of every width. */
INLINE int32_t narrow(int32_t v, int32_t lowest)
{
	return v <= INT32_MIN + 1 ? v - INT32_MIN + lowest : v;
}

void int_model_store(const int32_t *values, size_t n, uint8_t width, uint8_t *out)
{
	for (size_t i = 0; i < n && width == 1; i++)
		out[i] = (uint8_t)narrow(values[i], INT8_MIN);
	for (size_t i = 0; i < n && width == 2; i++) {
		uint16_t v = htole16((uint16_t)narrow(values[i], INT16_MIN));

		memcpy(out + 2 * i, &v, sizeof(v));
	}
	for (size_t i = 0; i < n && width == 4; i++) {
		uint32_t v = htole32((uint32_t)values[i]);

		memcpy(out + 4 * i, &v, sizeof(v));
	}
}
