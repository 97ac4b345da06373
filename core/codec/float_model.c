/* SPDX-License-Identifier: MIT */
#include "core/codec/float_model.h"

#include <float.h>
#include <math.h>
#include <string.h>

#if FLT_EVAL_METHOD != 0
#error "doubles need to be computed as doubles"
#endif

enum { POWERS = 23 };

static const double powers[POWERS] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
static const double fractions[POWERS] = { 1e-0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8,
	1e-9, 1e-10, 1e-11, 1e-12, 1e-13, 1e-14, 1e-15, 1e-16, 1e-17, 1e-18, 1e-19, 1e-20, 1e-21,
	1e-22 };

double float_power_of_10(unsigned s)
{
	return powers[s];
}

/* To the nearest integer, half to even, below 2^51; the same on every machine above that too. */
static double nearest(double x)
{
	static const double big = 0x1.8p52;

	return x + big - big;
}

static double round_decimals(double q, unsigned s)
{
	return nearest(q * powers[s]) / powers[s];
}

/* Decimals that @digits significant digits of @q are. */
static unsigned decimals_of(double q, unsigned digits)
{
	double a = q < 0 ? -q : q;
	unsigned left = 0;
	unsigned zeros = 0;

	while (left < digits && a >= powers[left])
		left++;
	if (left)
		return digits - left;
	while (zeros + digits < POWERS - 1 && a < fractions[zeros + 1])
		zeros++;
	return digits + zeros;
}

uint32_t float_rounded(double q, uint8_t rounding)
{
	float f;
	uint32_t bits;

	if (rounding >= ROUND_DECIMALS)
		q = round_decimals(q, rounding - ROUND_DECIMALS);
	else if (rounding != ROUND_NOT)
		q = round_decimals(q, decimals_of(q, rounding));
	f = (float)q;
	memcpy(&bits, &f, sizeof(bits));
	return bits;
}

uint32_t float_quotient(int32_t num, double den, uint8_t rounding)
{
	if (num <= INT32_MIN + 1)
		return num == INT32_MIN ? FLOAT_BITS_MISSING : FLOAT_BITS_END;
	if (!(den > 0))
		return FLOAT_BITS_MISSING;
	return num ? float_rounded(num / den, rounding) : 0;
}

bool float_numerator(uint32_t bits, double den, uint8_t rounding, int32_t *num)
{
	double x;
	float f;

	if (bits == FLOAT_BITS_MISSING || bits == FLOAT_BITS_END) {
		*num = bits == FLOAT_BITS_MISSING ? INT32_MIN : INT32_MIN + 1;
		return true;
	}
	memcpy(&f, &bits, sizeof(f));
	x = f * den;
	if (!(fabs(x) < INT32_MAX))
		return false;
	*num = (int32_t)nearest(x);
	return float_quotient(*num, den, rounding) == bits;
}
