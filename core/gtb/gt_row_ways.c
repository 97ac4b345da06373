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
	__m256i beyond = all; /* the table */
	__m256i n = all;
	uint64_t sums[4];
	size_t i = 0;

	for (; len - i >= FILL_BYTES; i += FILL_BYTES, to += FILL_BYTES * SLOT_BITS / 8) {
		__m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)(p + i));
		__m256i found = look_up(bytes, table);

		all = _mm256_or_si256(all, found);
		beyond = _mm256_or_si256(beyond, bytes);
		found = _mm256_and_si256(found, slots);
		n = _mm256_add_epi64(n, _mm256_sad_epu8(count_bits(found), _mm256_setzero_si256()));
		store_bits(to, found);
	}
	_mm256_storeu_si256((__m256i *)(void *)sums, n);
	out->n = (uint32_t)(sums[0] + sums[1] + sums[2] + sums[3]);
	out->has_none = _mm256_movemask_epi8(all) != 0;
	/* Each one's second bit comes to be its first: what is beside it does not matter there. */
	beyond = _mm256_or_si256(beyond, _mm256_slli_epi16(all, 1));
	out->has_bad = _mm256_movemask_epi8(beyond) != 0;
	return i;
}

__attribute__((target("avx512bw,popcnt"))) static inline uint64_t odd_by_avx512(
		const uint8_t *p, uint8_t ref)
{
	return _mm512_cmpneq_epi8_mask(
			_mm512_loadu_si512((const void *)p), _mm512_set1_epi8((char)ref));
}

__attribute__((target("avx512bw,popcnt"))) static uint32_t find_by_avx512(
		struct gt_row_maker *m, const uint8_t *p, size_t len, uint8_t ref)
{
	return find_odd(m, p, len, ref, odd_by_avx512);
}

/* 32 slots at a time, however many of them there are. */
__attribute__((target("avx512bw,avx512vbmi2,popcnt"))) static void spread_by_avx512(
		const uint8_t *bits, uint32_t n_slots, uint8_t *to)
{
	const __m512i step = _mm512_set1_epi16(32);
	__m512i slots = _mm512_set_epi16(31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17,
			16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
	uint32_t word;

	for (; n_slots >= 32; n_slots -= 32, bits += sizeof(word)) {
		memcpy(&word, bits, sizeof(word));
		_mm512_storeu_si512((void *)to, _mm512_maskz_compress_epi16(word, slots));
		to += 2 * (size_t)__builtin_popcount(word);
		slots = _mm512_add_epi16(slots, step);
	}
	word = 0;
	memcpy(&word, bits, (n_slots + 7) / 8);
	word &= (1u << n_slots) - 1;
	_mm512_storeu_si512((void *)to, _mm512_maskz_compress_epi16(word, slots));
}

#endif

const struct gt_row_way gt_row_ways[] = {
#ifdef __x86_64__
	{ "avx512", processor_avx512, find_by_avx512, gt_row_list_avx2, fill_by_avx2,
			spread_by_avx512 },
	{ "avx2", processor_avx2, find_by_avx2, gt_row_list_avx2, fill_by_avx2, NULL },
#endif
	{ "words", processor_any, find_by_words, gt_row_list_any, NULL, NULL },
};
const unsigned n_gt_row_ways = sizeof(gt_row_ways) / sizeof(gt_row_ways[0]);
