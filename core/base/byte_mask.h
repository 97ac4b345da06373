/* SPDX-License-Identifier: MIT */
/*
 * Bytes compared 64 at a time: bit i of the result is of byte i. Any alignment.
 */
#ifndef GENOFS_BASE_BYTE_MASK_H
#define GENOFS_BASE_BYTE_MASK_H

#include <stdint.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { BYTE_MASK = 64 };

/* Where 64 bytes at @a are not those at @b. */
static inline uint64_t byte_mask_differ(const uint8_t *a, const uint8_t *b)
{
	uint64_t equal = 0;

#ifdef __SSE2__
	for (unsigned i = 0; i < BYTE_MASK; i += sizeof(__m128i)) {
		__m128i same = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)(a + i)),
				_mm_loadu_si128((const __m128i *)(const void *)(b + i)));

		equal |= (uint64_t)(unsigned)_mm_movemask_epi8(same) << i;
	}
#else
	for (unsigned i = 0; i < BYTE_MASK; i++)
		equal |= (uint64_t)(a[i] == b[i]) << i;
#endif
	return ~equal;
}

#endif
