/* SPDX-License-Identifier: MIT */
/*
 * Binary search in an array of structs that are in the order of a number of theirs. Pure; from any
 * thread.
 */
#ifndef GENOFS_BASE_SEARCH_H
#define GENOFS_BASE_SEARCH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Of [@low, @high), not empty, the last whose number is @value or less; @low where none is.
 * @numbers: the first struct's; the others' follow at @stride bytes each. */
static inline uint64_t search_last(
		const void *numbers, size_t stride, uint64_t low, uint64_t high, uint64_t value)
{
	while (high - low > 1) {
		uint64_t mid = low + (high - low) / 2;
		uint64_t number;

		memcpy(&number, (const char *)numbers + mid * stride, sizeof(number));
		if (number <= value)
			low = mid;
		else
			high = mid;
	}
	return low;
}

#endif
