/* SPDX-License-Identifier: MIT */
#include "core/ld/ld_count.h"

#include <assert.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "core/base/processor.h"

/*
 * Of two samples' copies the product is 0, 1, 2 or 4. With t: both have one, u and v: one has two
 * where the other has any, it is t + (u ^ v) + 3 (u & v), bit by bit: three counts in place of
 * four.
 */

static uint32_t both_by_words(const uint64_t *a, const uint64_t *b, size_t n_words)
{
	uint32_t n = 0;

	for (size_t i = 0; i < n_words; i++)
		n += (uint32_t)__builtin_popcountll(a[i] & b[i]);
	return n;
}

static uint64_t products_by_words(struct ld_copies a, struct ld_copies b, size_t n_words)
{
	uint64_t n = 0;

	for (size_t i = 0; i < n_words; i++) {
		uint64_t u = a.one[i] & b.two[i];
		uint64_t v = a.two[i] & b.one[i];

		n += (uint64_t)__builtin_popcountll(a.one[i] & b.one[i]);
		n += (uint64_t)__builtin_popcountll(u ^ v);
		n += 3 * (uint64_t)__builtin_popcountll(u & v);
	}
	return n;
}

#ifdef __x86_64__

/* Set bits of each half byte of @bits, by @table, which may count them several times. */
__attribute__((target("avx2"))) static inline __m256i count_bytes(__m256i bits, __m256i table)
{
	const __m256i half = _mm256_set1_epi8(0x0f);

	return _mm256_add_epi8(_mm256_shuffle_epi8(table, _mm256_and_si256(bits, half)),
			_mm256_shuffle_epi8(
					table, _mm256_and_si256(_mm256_srli_epi16(bits, 4), half)));
}

__attribute__((target("avx2"))) static inline __m256i count_table(char times)
{
	const __m256i once = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1,
			1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
	__m256i table = once;

	for (char i = 1; i < times; i++)
		table = _mm256_add_epi8(table, once);
	return table;
}

__attribute__((target("avx2"))) static inline __m256i load(const uint64_t *p)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

/* Add the bytes of @bytes to the four sums of @sums. */
__attribute__((target("avx2"))) static inline __m256i add_bytes(__m256i sums, __m256i bytes)
{
	return _mm256_add_epi64(sums, _mm256_sad_epu8(bytes, _mm256_setzero_si256()));
}

__attribute__((target("avx2"))) static inline uint64_t sum_of(__m256i sums)
{
	uint64_t four[LD_WORDS];

	_mm256_storeu_si256((__m256i *)(void *)four, sums);
	return four[0] + four[1] + four[2] + four[3];
}

__attribute__((target("avx2"))) static uint32_t both_by_avx2(
		const uint64_t *a, const uint64_t *b, size_t n_words)
{
	enum { STEPS = 31 * LD_WORDS }; /* of at most 8 each in a byte */
	const __m256i table = count_table(1);
	__m256i sums = _mm256_setzero_si256();

	for (size_t i = 0; i < n_words;) {
		size_t end = n_words - i > STEPS ? i + STEPS : n_words;
		__m256i bytes = _mm256_setzero_si256();

		for (; i < end; i += LD_WORDS)
			bytes = _mm256_add_epi8(bytes,
					count_bytes(_mm256_and_si256(load(a + i), load(b + i)),
							table));
		sums = add_bytes(sums, bytes);
	}
	return (uint32_t)sum_of(sums);
}

__attribute__((target("avx2"))) static uint64_t products_by_avx2(
		struct ld_copies a, struct ld_copies b, size_t n_words)
{
	enum { STEPS = 7 * LD_WORDS }; /* of at most 32 each in a byte */
	const __m256i once = count_table(1);
	const __m256i thrice = count_table(3);
	__m256i sums = _mm256_setzero_si256();

	for (size_t i = 0; i < n_words;) {
		size_t end = n_words - i > STEPS ? i + STEPS : n_words;
		__m256i bytes = _mm256_setzero_si256();

		for (; i < end; i += LD_WORDS) {
			__m256i a_one = load(a.one + i);
			__m256i b_one = load(b.one + i);
			__m256i u = _mm256_and_si256(a_one, load(b.two + i));
			__m256i v = _mm256_and_si256(b_one, load(a.two + i));
			__m256i ones = _mm256_add_epi8(
					count_bytes(_mm256_and_si256(a_one, b_one), once),
					count_bytes(_mm256_xor_si256(u, v), once));

			bytes = _mm256_add_epi8(bytes,
					_mm256_add_epi8(ones, count_bytes(_mm256_and_si256(u, v),
									      thrice)));
		}
		sums = add_bytes(sums, bytes);
	}
	return sum_of(sums);
}

#endif

const struct ld_count_way ld_count_ways[] = {
#ifdef __x86_64__
	{ "avx2", processor_avx2, both_by_avx2, products_by_avx2 },
#endif
	{ "words", processor_any, both_by_words, products_by_words },
};
const unsigned n_ld_count_ways = sizeof(ld_count_ways) / sizeof(ld_count_ways[0]);

static const struct ld_count_way *chosen;

void ld_count_choose(unsigned way)
{
	assert(way < n_ld_count_ways && ld_count_ways[way].works());
	chosen = &ld_count_ways[way];
}

static void __attribute__((constructor)) choose_best(void)
{
	unsigned way = 0;

	while (!ld_count_ways[way].works())
		way++;
	ld_count_choose(way);
}

uint32_t ld_count_both(const uint64_t *a, const uint64_t *b, size_t n_words)
{
	return chosen->both(a, b, n_words);
}

uint64_t ld_groups_of(const uint64_t *row, size_t n_words)
{
	const size_t group = ld_group_words(n_words);
	uint64_t groups = 0;

	for (size_t i = 0; i < n_words; i++)
		if (row[i])
			groups |= (uint64_t)1 << i / group;
	return groups;
}

/* Words [from, to) of the next of @groups, which is taken out. */
struct span {
	size_t from;
	size_t to;
};

static struct span next_span(uint64_t *groups, size_t n_words)
{
	const size_t group = ld_group_words(n_words);
	struct span s = { (size_t)__builtin_ctzll(*groups) * group, 0 };

	*groups &= *groups - 1;
	s.to = n_words - s.from < group ? n_words : s.from + group;
	return s;
}

/* Few enough to be looked at one by one. */
static bool are_few(uint64_t groups)
{
	enum { FEW = 8 };

	for (unsigned i = 0; i < FEW && groups; i++)
		groups &= groups - 1;
	return !groups;
}

static inline uint64_t word_of(const uint64_t *row, size_t i)
{
	return row ? row[i] : 0;
}

static inline uint64_t products_in_word(struct ld_copies a, struct ld_copies b, size_t i)
{
	uint64_t u = a.one[i] & word_of(b.two, i);
	uint64_t v = b.one[i] & word_of(a.two, i);

	return (uint64_t)__builtin_popcountll(a.one[i] & b.one[i]) +
	       (uint64_t)__builtin_popcountll(u ^ v) + 3 * (uint64_t)__builtin_popcountll(u & v);
}

uint64_t ld_count_products(struct ld_copies a, struct ld_copies b, uint64_t groups, size_t n_words)
{
	uint64_t n = 0;

	if (are_few(groups)) {
		while (groups) {
			struct span s = next_span(&groups, n_words);

			for (size_t i = s.from; i < s.to; i++)
				n += products_in_word(a, b, i);
		}
		return n;
	}
	if (a.two && b.two)
		return chosen->products(a, b, n_words);
	n = chosen->both(a.one, b.one, n_words);
	if (a.two)
		n += chosen->both(a.two, b.one, n_words);
	if (b.two)
		n += chosen->both(a.one, b.two, n_words);
	return n;
}

static inline uint64_t haplotypes_in_word(const struct ld_haplotypes *a,
		const struct ld_haplotypes *b, size_t i, uint32_t *unknown)
{
	uint64_t a_two = word_of(a->copies.two, i);
	uint64_t b_two = word_of(b->copies.two, i);
	uint64_t loose = (word_of(a->loose, i) | word_of(b->loose, i)) &
			 (a->copies.one[i] ^ a_two) & (b->copies.one[i] ^ b_two);

	*unknown += (uint32_t)__builtin_popcountll(loose);
	return (uint64_t)__builtin_popcountll(a->copies.one[i] & b->copies.one[i] & ~loose) +
	       (uint64_t)__builtin_popcountll(a_two & b_two & ~loose);
}

uint64_t ld_count_haplotypes(const struct ld_haplotypes *a, const struct ld_haplotypes *b,
		uint64_t groups, size_t n_words, uint32_t *unknown)
{
	uint64_t n = 0;

	*unknown = 0;
	if (!are_few(groups) && !a->loose && !b->loose) {
		n = chosen->both(a->copies.one, b->copies.one, n_words);
		if (a->copies.two && b->copies.two)
			n += chosen->both(a->copies.two, b->copies.two, n_words);
		return n;
	}
	while (groups) {
		struct span s = next_span(&groups, n_words);

		for (size_t i = s.from; i < s.to; i++)
			n += haplotypes_in_word(a, b, i, unknown);
	}
	return n;
}
