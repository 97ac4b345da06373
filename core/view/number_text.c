/* SPDX-License-Identifier: MIT */
#include "core/view/number_text.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

uint64_t small_int_words[SMALL_INTS];

static void __attribute__((constructor)) make_small_int_words(void)
{
	for (uint32_t v = 0; v < SMALL_INTS; v++) {
		uint64_t word = 0;
		uint64_t length = 1;
		uint32_t rest = v;

		do {
			word = (word | ('0' + rest % 10)) << 8;
			length++;
			rest /= 10;
		} while (rest);
		small_int_words[v] = word | length << 56;
	}
}

static inline void put_word(char *p, uint64_t word)
{
	word = htole64(word);
	memcpy(p, &word, sizeof(word));
}

/* Three digits, with their zeros: those of a thousand more without the first. */
static inline uint64_t three_digits(uint32_t v)
{
	return small_int_words[1000 + v] >> 16 & 0xffffff;
}

char *int_text(char *p, int64_t v)
{
	uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;
	uint32_t groups[8]; /* of three digits, the last first */
	uint64_t word;
	unsigned n = 0;

	*p = '-';
	p += v < 0;
	for (; u >= SMALL_INTS; u /= 1000)
		groups[n++] = (uint32_t)(u % 1000);
	word = small_int_words[u];
	put_word(p, word >> 8);
	p += (word >> 56) - 1;
	for (; n; p += 3)
		put_word(p, three_digits(groups[--n]));
	return p;
}

/*
 * Floats from 0.0001 to 999999 are printed with six significant digits, zeros at the end cut off,
 * as by %g, but rounded as htslib does: the value times 10^10 as an integer, half a unit of the
 * sixth digit added, the rest cut off. Unlike %g this rounds a tie up, and it rounds the product,
 * not the value.
 *
 * Decade i is that of values from 10^(i - 4) on; of the product, i + 1 digits are cut off. Dividing
 * by their power of ten is multiplying by its reciprocal: exact below 2^63.
 */
enum { DECADES = 10 };

static const struct decade {
	double next;         /* where the next one begins, as htslib computes it */
	uint64_t half;       /* of a unit of the sixth digit, in 10^-10 */
	uint64_t reciprocal; /* of 10^(i + 1): 2^(64 + shift) over it, rounded up */
	unsigned shift;
} decades[DECADES] = {
	{ 1e-3 * 1, 5, 0xcccccccccccccccd, 3 },
	{ 1e-3 * 10, 50, 0xa3d70a3d70a3d70b, 6 },
	{ 1e-3 * 100, 500, 0x83126e978d4fdf3c, 9 },
	{ 1e-3 * 1000, 5000, 0xd1b71758e219652c, 13 },
	{ 1e-3 * 10000, 50000, 0xa7c5ac471b478424, 16 },
	{ 1e-3 * 100000, 500000, 0x8637bd05af6c69b6, 19 },
	{ 1e-3 * 1000000, 5000000, 0xd6bf94d5e57a42bd, 23 },
	{ 1e-3 * 10000000, 50000000, 0xabcc77118461cefd, 26 },
	{ 1e-3 * 100000000, 500000000, 0x89705f4136b4a598, 29 },
	{ INFINITY, 5000000000, 0xdbe6fecebdedd5bf, 33 },
};

/* The decade of 2^e, from the exponent of 0.0001 on. No other than the next begins below 2^(e + 1).
 */
enum { EXPONENT_MIN = -14 };
static const uint8_t decade_of_exponent[] = { 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 4,
	5, 5, 5, 6, 6, 6, 7, 7, 7, 7, 8, 8, 8, 9, 9, 9 };

static unsigned decade_of(double d)
{
	uint64_t bits;
	unsigned decade;

	memcpy(&bits, &d, sizeof(bits));
	decade = decade_of_exponent[(int)(bits >> 52) - 1023 - EXPONENT_MIN];
	return decade + (d >= decades[decade].next);
}

/* @low, of 0 < @n < 8 characters, then @high, of @n_high; a minus in front of it where @negative.
 */
static inline struct short_text join(
		uint64_t low, unsigned n, uint64_t high, unsigned n_high, bool negative)
{
	low = (low & (((uint64_t)1 << 8 * n) - 1)) | high << 8 * n;
	high >>= 8 * (8 - n);
	if (negative) {
		high = high << 8 | low >> 56;
		low = low << 8 | '-';
		n++;
	}
	return (struct short_text){ low, (high & low_chars) | (uint64_t)(n + n_high) << 56 };
}

static inline struct short_text plain_float_text(double d, bool negative)
{
	unsigned i = decade_of(d);
	uint64_t scaled = (uint64_t)(int64_t)(d * 1e10) + decades[i].half;
	unsigned __int128 product = (unsigned __int128)scaled * decades[i].reciprocal;
	uint32_t six = (uint32_t)((uint64_t)(product >> 64) >> decades[i].shift);
	unsigned n_whole = i - 3;
	uint64_t digits;
	unsigned n; /* of digits, less zeros at the end */

	if (six == 1000000) { /* rounded up into the next decade */
		six = 100000;
		n_whole = ++i - 3;
	}
	digits = three_digits(six / 1000) | three_digits(six % 1000) << 24;
	n = 1 + ((unsigned)__builtin_clzll(digits ^ 0x303030303030) ^ 63) / 8;
	if (i < 4)
		return join(0x3030302e30, 5 - i, digits, n, negative); /* "0.000" */
	return join(digits, n_whole, digits >> 8 * n_whole << 8 | '.',
			n > n_whole ? n - n_whole + 1 : 0, negative);
}

struct short_text float_short_text(float f)
{
	double d = fabs((double)f);
	const uint64_t one = (uint64_t)1 << 56;

	if (d >= 0.0001 && d <= 999999)
		return plain_float_text(d, f < 0);
	if (d == 0)
		return signbit(f) ? (struct short_text){ '-' | '0' << 8, 2 * one }
				  : (struct short_text){ '0', one };
	return (struct short_text){ 0, 0 };
}

char *float_text(char *p, float f)
{
	struct short_text t = float_short_text(f);

	/* Exponents, infinities and NaNs are printf's in htslib too. */
	if (!short_text_length(t))
		return p + snprintf(p, FLOAT_TEXT_MAX, "%g", (double)f);
	put_word(p, t.low);
	put_word(p + 8, t.high);
	return p + short_text_length(t);
}
