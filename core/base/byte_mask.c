/* SPDX-License-Identifier: MIT */
#include "core/base/byte_mask.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "core/base/processor.h"

#ifdef __x86_64__

__attribute__((target("avx2"))) static inline uint64_t same_32(const uint8_t *a, const uint8_t *b)
{
	__m256i x = _mm256_loadu_si256((const __m256i *)(const void *)a);
	__m256i y = _mm256_loadu_si256((const __m256i *)(const void *)b);

	return (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(x, y));
}

__attribute__((target("avx2"))) static void differ_by_avx2(
		const uint8_t *a, const uint8_t *b, size_t n_words, uint64_t *words)
{
	for (size_t i = 0; i < n_words; i++, a += BYTE_MASK, b += BYTE_MASK)
		words[i] = ~(same_32(a, b) | same_32(a + 32, b + 32) << 32);
}

static inline uint64_t same_16(const uint8_t *a, const uint8_t *b)
{
	__m128i x = _mm_loadu_si128((const __m128i *)(const void *)a);
	__m128i y = _mm_loadu_si128((const __m128i *)(const void *)b);

	return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(x, y));
}

static void differ_by_sse2(const uint8_t *a, const uint8_t *b, size_t n_words, uint64_t *words)
{
	for (size_t i = 0; i < n_words; i++, a += BYTE_MASK, b += BYTE_MASK)
		words[i] = ~(same_16(a, b) | same_16(a + 16, b + 16) << 16 |
				same_16(a + 32, b + 32) << 32 | same_16(a + 48, b + 48) << 48);
}

#endif

static void differ_by_bytes(const uint8_t *a, const uint8_t *b, size_t n_words, uint64_t *words)
{
	for (size_t i = 0; i < n_words; i++, a += BYTE_MASK, b += BYTE_MASK) {
		words[i] = 0;
		for (unsigned k = 0; k < BYTE_MASK; k++)
			words[i] |= (uint64_t)(a[k] != b[k]) << k;
	}
}

const struct byte_mask_way byte_mask_ways[] = {
#ifdef __x86_64__
	{ "avx2", processor_avx2, differ_by_avx2 },
	{ "sse2", processor_any, differ_by_sse2 },
#endif
	{ "bytes", processor_any, differ_by_bytes },
};
const unsigned n_byte_mask_ways = sizeof(byte_mask_ways) / sizeof(byte_mask_ways[0]);

void byte_mask_differ(const uint8_t *a, const uint8_t *b, size_t n_words, uint64_t *words)
{
	const struct byte_mask_way *way = byte_mask_ways;

	while (!way->works())
		way++;
	way->differ(a, b, n_words, words);
}
