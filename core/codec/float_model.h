/* SPDX-License-Identifier: MIT */
/*
 * Floats as quotients of integers: decimals are m / 10^s, frequencies are count / total, rounded
 * as whoever wrote them did.
 *
 * Only additions, multiplications and divisions of IEEE doubles are used, so every machine gives
 * the same bits (the build forbids contracting them). A writer checks each value with the
 * function that readers use.
 */
#ifndef GENOFS_CODEC_FLOAT_MODEL_H
#define GENOFS_CODEC_FLOAT_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* BCF's (VCFv4.3 section 6.3.3). */
#define FLOAT_BITS_MISSING 0x7f800001u
#define FLOAT_BITS_END 0x7f800002u

/* How a quotient is rounded before it becomes a float; as stored. */
enum {
	ROUND_NOT = 0,
	ROUND_DIGITS_MAX = 15, /* 1 to 15: significant digits (none left of the point) */
	ROUND_DECIMALS = 16,   /* 16 to 31: decimals, 0 to 15 */
	ROUND_MAX = 31
};

/* The bits of @num / @den: BCF's missing and end-of-vector integers give those floats, a @den that
 * is not above 0 gives missing. */
uint32_t float_quotient(int32_t num, double den, uint8_t rounding);

/* The bits of @q, rounded. */
uint32_t float_rounded(double q, uint8_t rounding);

/* The @num for which that gives @bits. Return: false where there is none. */
bool float_numerator(uint32_t bits, double den, uint8_t rounding, int32_t *num);

/* 10^s exactly, 0 <= s <= 22. */
double float_power_of_10(unsigned s);

#endif
