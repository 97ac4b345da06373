/* SPDX-License-Identifier: MIT */
#include "core/base/byte_mask.h"

#include <endian.h>
#include <string.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "core/base/inline.h"
#include "core/base/processor.h"

enum { WORD = 8 };

static const uint64_t each_byte = 0x0101010101010101;

/* Eight at a time. */
static void set_by_words(uint8_t *bytes, const uint8_t *bits, size_t n, uint64_t all)
{
	for (; n >= WORD; n -= WORD, bytes += WORD, bits++) {
		uint64_t word;
		uint64_t mask;

		if (!*bits)
			continue;
		/* Bit i of the byte to bit i of byte i, from there to the whole of byte i. */
		mask = *bits * each_byte & 0x8040201008040201;
		mask = ((mask + 0x7f * each_byte) >> 7 & each_byte) * UINT8_MAX;
		memcpy(&word, bytes, sizeof(word));
		word = htole64((le64toh(word) & ~mask) | (all & mask));
		memcpy(bytes, &word, sizeof(word));
	}
	for (size_t i = 0; i < n; i++)
		if (*bits >> i & 1)
			bytes[i] = (uint8_t)(all >> 8 * i);
}

/* Without POPCNT, a call. */
static inline uint32_t word_count(uint64_t v)
{
	v -= v >> 1 & 0x5555555555555555;
	v = (v & 0x3333333333333333) + (v >> 2 & 0x3333333333333333);
	v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0f;
	return (uint32_t)(v * each_byte >> 56);
}

INLINE uint32_t count_words(const uint8_t *bits, size_t n, uint32_t (*of_word)(uint64_t v))
{
	uint32_t count = 0;
	uint64_t word;

	for (; n >= sizeof(word); n -= sizeof(word), bits += sizeof(word)) {
		memcpy(&word, bits, sizeof(word));
		count += of_word(word);
	}
	word = 0;
	if (n)
		memcpy(&word, bits, n);
	return count + of_word(word);
}

static uint32_t count_by_words(const uint8_t *bits, size_t n)
{
	return count_words(bits, n, word_count);
}

#ifdef __x86_64__

__attribute__((target("popcnt"))) static inline uint32_t word_popcnt(uint64_t v)
{
	return (uint32_t)__builtin_popcountll(v);
}

__attribute__((target("popcnt"))) static uint32_t count_by_popcnt(const uint8_t *bits, size_t n)
{
	return count_words(bits, n, word_popcnt);
}

__attribute__((target("avx512bw"))) static void differ_by_avx512(
		const uint8_t *a, const uint8_t *b, size_t n_words, uint64_t *words)
{
	for (size_t i = 0; i < n_words; i++, a += BYTE_MASK, b += BYTE_MASK)
		words[i] = _mm512_cmpneq_epi8_mask(_mm512_loadu_si512((const void *)a),
				_mm512_loadu_si512((const void *)b));
}

/* Sixty-four at a time. */
__attribute__((target("avx512bw"))) static void set_by_avx512(
		uint8_t *bytes, const uint8_t *bits, size_t n, uint64_t all)
{
	const __m512i to = _mm512_set1_epi64((int64_t)all);

	for (; n >= BYTE_MASK; n -= BYTE_MASK, bytes += BYTE_MASK, bits += BYTE_MASK / 8) {
		uint64_t mask;

		memcpy(&mask, bits, sizeof(mask));
		if (mask)
			_mm512_storeu_si512((void *)bytes,
					_mm512_mask_mov_epi8(_mm512_loadu_si512((void *)bytes),
							mask, to));
	}
	set_by_words(bytes, bits, n, all);
}

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

/* Thirty-two at a time. */
__attribute__((target("avx2"))) static void set_by_avx2(
		uint8_t *bytes, const uint8_t *bits, size_t n, uint64_t all)
{
	/* The byte of bits that is each one's, and its bit in there. */
	const __m256i own_byte = _mm256_setr_epi64x(
			0, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303);
	const __m256i own_bit = _mm256_set1_epi64x((int64_t)0x8040201008040201);
	const __m256i to = _mm256_set1_epi64x((int64_t)all);

	for (; n >= 32; n -= 32, bytes += 32, bits += 4) {
		__m256i *at = (__m256i *)(void *)bytes;
		int32_t of_32;
		__m256i mask;

		memcpy(&of_32, bits, sizeof(of_32));
		if (!of_32)
			continue;
		mask = _mm256_shuffle_epi8(_mm256_set1_epi32(of_32), own_byte);
		mask = _mm256_cmpeq_epi8(_mm256_and_si256(mask, own_bit), own_bit);
		_mm256_storeu_si256(at, _mm256_blendv_epi8(_mm256_loadu_si256(at), to, mask));
	}
	set_by_words(bytes, bits, n, all);
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
	{ "avx512", processor_avx512, differ_by_avx512, set_by_avx512, count_by_popcnt },
	{ "avx2", processor_avx2, differ_by_avx2, set_by_avx2, count_by_popcnt },
	{ "sse2", processor_any, differ_by_sse2, set_by_words, count_by_words },
#endif
	{ "bytes", processor_any, differ_by_bytes, set_by_words, count_by_words },
};
const unsigned n_byte_mask_ways = sizeof(byte_mask_ways) / sizeof(byte_mask_ways[0]);

static const struct byte_mask_way *fastest = byte_mask_ways;

static void __attribute__((constructor)) find_fastest(void)
{
	while (!fastest->works())
		fastest++;
}

void byte_mask_differ(const uint8_t *a, const uint8_t *b, size_t n_words, uint64_t *words)
{
	fastest->differ(a, b, n_words, words);
}

void byte_mask_set(uint8_t *bytes, const uint8_t *bits, size_t n, uint64_t all)
{
	fastest->set(bytes, bits, n, all);
}

uint32_t bits_count(const uint8_t *bits, size_t n)
{
	return fastest->count(bits, n);
}
