/* SPDX-License-Identifier: MIT */
#include "core/view/gt_flip.h"

#include <assert.h>
#include <string.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "core/base/processor.h"

enum { TEXT = 16 }; /* bytes for each byte of bits */

/* For each byte of bits: all bits of the two bytes of each slot that is set. */
static uint64_t spread[256][2];

static void __attribute__((constructor)) make_spread(void)
{
	for (unsigned byte = 0; byte < 256; byte++) {
		uint8_t text[TEXT];

		for (unsigned i = 0; i < TEXT; i++)
			text[i] = byte >> i / 2 & 1 ? 0xff : 0;
		memcpy(spread[byte], text, sizeof(text));
	}
}

/* The flip of four slots in a row. */
static uint64_t flip_word(struct gt_flip f)
{
	const uint8_t text[] = { f.separator, f.digit, f.separator, f.digit, f.separator, f.digit,
		f.separator, f.digit };
	uint64_t word;

	memcpy(&word, text, sizeof(word));
	return word;
}

static void flip_by_table(char *text, const char *from, const struct gt_flip_row *rows,
		unsigned n_rows, size_t n_bytes)
{
	for (size_t i = 0; i < n_bytes; i++) {
		uint64_t words[2];

		memcpy(words, from + TEXT * i, sizeof(words));
		for (unsigned k = 0; k < n_rows; k++) {
			uint64_t flip = flip_word(rows[k].flip);

			words[0] ^= spread[rows[k].bits[i]][0] & flip;
			words[1] ^= spread[rows[k].bits[i]][1] & flip;
		}
		memcpy(text + TEXT * i, words, sizeof(words));
	}
}

#ifdef __x86_64__

/* Four bytes of bits, of which @n are there. */
__attribute__((target("avx2"))) static inline __m256i load_bits(const uint8_t *bits, size_t n)
{
	int32_t four = 0;

	if (n >= sizeof(four))
		memcpy(&four, bits, sizeof(four));
	else
		for (size_t i = 0; i < n; i++)
			four |= bits[i] << 8 * i;
	return _mm256_set1_epi32(four);
}

/* All bits of the bytes of those slots of sixteen that are set: @index has the byte of each. */
__attribute__((target("avx2"))) static inline __m256i spread_bits(__m256i bits, __m256i index)
{
	const __m256i each = _mm256_set_epi64x((long long)0x8080404020201010, 0x0808040402020101,
			(long long)0x8080404020201010, 0x0808040402020101);

	return _mm256_cmpeq_epi8(_mm256_and_si256(_mm256_shuffle_epi8(bits, index), each), each);
}

__attribute__((target("avx2"))) static void flip_by_avx2(char *text, const char *from,
		const struct gt_flip_row *rows, unsigned n_rows, size_t n_bytes)
{
	const __m256i low = _mm256_set_epi64x(0x0101010101010101, 0x0101010101010101, 0, 0);
	const __m256i high = _mm256_add_epi8(low, _mm256_set1_epi8(2));

	for (size_t i = 0; i < n_bytes; i += 4, text += 64, from += 64) {
		__m256i a = _mm256_loadu_si256((const __m256i *)(const void *)from);
		__m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(from + 32));

		for (unsigned k = 0; k < n_rows; k++) {
			const struct gt_flip *f = &rows[k].flip;
			__m256i bits = load_bits(rows[k].bits + i, n_bytes - i);
			__m256i flip = _mm256_set1_epi16((short)(f->separator | f->digit << 8));

			a = _mm256_xor_si256(a, _mm256_and_si256(spread_bits(bits, low), flip));
			b = _mm256_xor_si256(b, _mm256_and_si256(spread_bits(bits, high), flip));
		}
		_mm256_storeu_si256((__m256i *)(void *)text, a);
		_mm256_storeu_si256((__m256i *)(void *)(text + 32), b);
	}
}

#endif

const struct gt_flip_way gt_flip_ways[] = {
#ifdef __x86_64__
	{ "avx2", processor_avx2, flip_by_avx2 },
#endif
	{ "table", processor_any, flip_by_table },
};
const unsigned n_gt_flip_ways = sizeof(gt_flip_ways) / sizeof(gt_flip_ways[0]);

static const struct gt_flip_way *chosen;

void gt_flip_choose(unsigned way)
{
	assert(way < n_gt_flip_ways && gt_flip_ways[way].works());
	chosen = &gt_flip_ways[way];
}

static void __attribute__((constructor)) choose_best(void)
{
	unsigned way = 0;

	while (!gt_flip_ways[way].works())
		way++;
	gt_flip_choose(way);
}

void gt_flip_rows(char *text, const char *from, const struct gt_flip_row *rows, unsigned n_rows,
		size_t n_bytes)
{
	chosen->flip(text, from, rows, n_rows, n_bytes);
}
