/* SPDX-License-Identifier: MIT */
/*
 * BCF's genotype bytes in words of eight.
 *
 * Most values of most records are REF, so they are gone through in words. One bit of a word's low
 * bits stands for each value.
 */
#ifndef GENOFS_CODEC_GT_WORDS_H
#define GENOFS_CODEC_GT_WORDS_H

#include <endian.h>
#include <stdint.h>

enum { WORD = 8 };

static const uint64_t low_bits = 0x0101010101010101;

/* How many low bits of a word are set: __builtin_popcountll() is a call on older processors. */
static inline uint32_t count_low_bits(uint64_t word)
{
	return (uint32_t)(word * low_bits >> 56);
}

/* Low bits of the values in a word that are the first of their sample; 0 where words differ. */
static inline uint64_t first_bits(uint32_t ploidy)
{
	switch (ploidy) {
	case 1:
		return low_bits;
	case 2:
		return htole64(0x0001000100010001);
	case 4:
		return htole64(0x0000000100000001);
	default:
		return 0;
	}
}

#endif
