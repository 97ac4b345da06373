/* SPDX-License-Identifier: MIT */
/* What is done with many bytes of a row at a time. */
#include <string.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "core/base/inline.h"
#include "core/base/processor.h"
#include "core/gtb/gt_row_private.h"

enum {
	FILL_BYTES = 32, /* at a time */
	SLOT_BITS = 6,   /* of a byte of three samples */
	AHEAD = 1536     /* bytes, brought nearer: rows lie one behind the other */
};

/* Of 64 bytes, those that are not @ref. */
static inline uint64_t odd_by_words(const uint8_t *p, uint8_t ref)
{
	const uint64_t each = 0x0101010101010101;
	uint64_t odd = 0;

	for (unsigned k = 0; k < MASK_BYTES; k += 8) {
		uint64_t w;

		memcpy(&w, p + k, sizeof(w));
		w = le64toh(w) ^ ref * each;
		/* The lowest bit of each byte that has any; then those eight side by side. */
		w = (((w & 0x7f * each) + 0x7f * each) | w) >> 7 & each;
		odd |= (w * 0x0102040810204080 >> 56) << k;
	}
	return odd;
}

#ifdef __x86_64__

__attribute__((target("avx2"))) static inline uint64_t odd_in(const uint8_t *p, __m256i refs)
{
	__m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)p);

	return ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, refs));
}

__attribute__((target("avx2"))) static inline uint64_t odd_by_avx2(const uint8_t *p, uint8_t ref)
{
	const __m256i refs = _mm256_set1_epi8((char)ref);

	return odd_in(p, refs) | odd_in(p + MASK_BYTES / 2, refs) << MASK_BYTES / 2;
}

#endif

/* Of the last @n < 64 of @len bytes; @odd_of: of 64. */
INLINE uint64_t odd_tail(const uint8_t *p, size_t len, size_t n, uint8_t ref,
		uint64_t (*odd_of)(const uint8_t *p, uint8_t ref))
{
	uint8_t padded[MASK_BYTES];

	if (len >= MASK_BYTES)
		return odd_of(p + len - MASK_BYTES, ref) >> (MASK_BYTES - n);
	memset(padded, ref, sizeof(padded));
	memcpy(padded, p, len);
	return odd_of(padded, ref);
}

/* @odd_of: likewise. */
INLINE uint32_t find_odd(struct gt_row_maker *m, const uint8_t *p, size_t len, uint8_t ref,
		uint64_t (*odd_of)(const uint8_t *p, uint8_t ref))
{
	struct gt_odd *to = m->odd_bytes;
	uint32_t n = 0;
	size_t i = 0;

	for (; len - i >= MASK_BYTES; i += MASK_BYTES) {
		uint64_t mask = odd_of(p + i, ref);

		__builtin_prefetch((const void *)((uintptr_t)p + i + AHEAD));
		to->mask = mask;
		to->first = (uint32_t)i;
		to += mask != 0;
		n += (uint32_t)__builtin_popcountll(mask);
	}
	if (i < len) {
		to->mask = odd_tail(p, len, len - i, ref, odd_of);
		to->first = (uint32_t)i;
		n += (uint32_t)__builtin_popcountll(to->mask);
		to += to->mask != 0;
	}
	m->n_odd_bytes = (uint32_t)(to - m->odd_bytes);
	return n;
}

static uint32_t find_by_words(struct gt_row_maker *m, const uint8_t *p, size_t len, uint8_t ref)
{
	return find_odd(m, p, len, ref, odd_by_words);
}

#ifdef __x86_64__

__attribute__((target("avx2,popcnt"))) static uint32_t find_by_avx2(
		struct gt_row_maker *m, const uint8_t *p, size_t len, uint8_t ref)
{
	return find_odd(m, p, len, ref, odd_by_avx2);
}

__attribute__((target("avx2"))) static inline __m256i both(const uint8_t *sixteen)
{
	return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)sixteen));
}

/* table[b] of each byte b, 16 of the table at a time: those that are not among them are moved to
 * where a shuffle gives 0. */
__attribute__((target("avx2"))) static inline __m256i look_up(__m256i bytes, const uint8_t *table)
{
	const __m256i sixteen = _mm256_set1_epi8(16);
	const __m256i beyond = _mm256_set1_epi8(0x70);
	__m256i found = _mm256_setzero_si256();

	for (unsigned i = 0; i < PHASED_TABLE; i += 16) {
		__m256i at = _mm256_adds_epu8(bytes, beyond);

		found = _mm256_or_si256(found, _mm256_shuffle_epi8(both(table + i), at));
		bytes = _mm256_sub_epi8(bytes, sixteen);
	}
	return found;
}

/* The bits that are set in each byte of 6. */
__attribute__((target("avx2"))) static inline __m256i count_bits(__m256i bytes)
{
	static const uint8_t counts[] = { 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4 };
	const __m256i half = _mm256_set1_epi8(0x0f);
	__m256i high = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half);

	return _mm256_add_epi8(_mm256_shuffle_epi8(both(counts), _mm256_and_si256(bytes, half)),
			_mm256_shuffle_epi8(both(counts), high));
}

/* 32 times 6 bits, side by side; 4 bytes more are written. */
__attribute__((target("avx2"))) static inline void store_bits(uint8_t *to, __m256i bytes)
{
	static const uint8_t three_of_four[] = { 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 0x80, 0x80,
		0x80, 0x80 };
	__m256i twelve = _mm256_maddubs_epi16(bytes, _mm256_set1_epi16(1 | 1 << (SLOT_BITS + 8)));
	__m256i word = _mm256_madd_epi16(twelve, _mm256_set1_epi32(1 | 1 << (2 * SLOT_BITS + 16)));

	word = _mm256_shuffle_epi8(word, both(three_of_four));
	_mm_storeu_si128((__m128i *)(void *)to, _mm256_castsi256_si128(word));
	_mm_storeu_si128((__m128i *)(void *)&to[(size_t)2 * SLOT_BITS],
			_mm256_extracti128_si256(word, 1));
}

__attribute__((target("avx2"))) static size_t fill_by_avx2(const uint8_t *p, size_t len,
		const uint8_t *table, uint8_t *to, struct gt_row_filled *out)
{
	const __m256i slots = _mm256_set1_epi8((1 << SLOT_BITS) - 1);
	__m256i all = _mm256_setzero_si256();
	__m256i n = all;
	uint64_t sums[4];
	size_t i = 0;

	for (; len - i >= FILL_BYTES; i += FILL_BYTES, to += FILL_BYTES * SLOT_BITS / 8) {
		__m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)(p + i));
		__m256i found = look_up(bytes, table);

		all = _mm256_or_si256(all, found);
		found = _mm256_and_si256(found, slots);
		n = _mm256_add_epi64(n, _mm256_sad_epu8(count_bits(found), _mm256_setzero_si256()));
		store_bits(to, found);
	}
	_mm256_storeu_si256((__m256i *)(void *)sums, n);
	out->n = (uint32_t)(sums[0] + sums[1] + sums[2] + sums[3]);
	out->has_none = _mm256_movemask_epi8(all) != 0;
	return i;
}

#endif

const struct gt_row_way gt_row_ways[] = {
#ifdef __x86_64__
	{ "avx2", processor_avx2, find_by_avx2, gt_row_list_avx2, fill_by_avx2 },
#endif
	{ "words", processor_any, find_by_words, gt_row_list_any, NULL },
};
const unsigned n_gt_row_ways = sizeof(gt_row_ways) / sizeof(gt_row_ways[0]);
