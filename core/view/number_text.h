/* SPDX-License-Identifier: MIT */
/*
 * Numbers as text, byte for byte what htslib prints.
 *
 * Writers return the byte behind their text. They store whole words, so that up to the maximum
 * given here must be writable at @p, whatever the length of the text.
 */
#ifndef GENOFS_VIEW_NUMBER_TEXT_H
#define GENOFS_VIEW_NUMBER_TEXT_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
	INT_TEXT_MAX = 32,
	FLOAT_TEXT_MAX = 24,
	SMALL_INTS = 10000, /* numbers below it are looked up */
	SMALL_BITS = 13,    /* so are all of so many bits */
};
_Static_assert(1 << SMALL_BITS <= SMALL_INTS, "numbers of so many bits are in the table");

/*
 * Each small number's text as a word, the first character in its lowest byte: a zero, where what
 * comes before the number is put, the digits, zeros; in the highest byte the length of all.
 */
extern uint64_t small_int_words[SMALL_INTS];

/* @before and the digits of @v < SMALL_INTS: of most numbers in a VCF. */
static inline char *small_int_text(char *p, char before, uint32_t v)
{
	uint64_t word = small_int_words[v];
	uint64_t text = htole64(word | (uint8_t)before);

	memcpy(p, &text, sizeof(text));
	return p + (word >> 56);
}

/* Of a word with its length in the highest byte. */
static const uint64_t low_chars = 0x00ffffffffffffff;

/*
 * A text of up to 15 characters, the first in the lowest byte, and in the highest how many there
 * are: 0 where it is longer. What is between is anything.
 */
struct short_text {
	uint64_t low;
	uint64_t high;
};

static inline unsigned short_text_length(struct short_text t)
{
	return (unsigned)(t.high >> 56);
}

char *int_text(char *p, int64_t v);
/* What kputd() prints: neither %g nor correctly rounded. */
char *float_text(char *p, float f);
/* The same, where it has neither an exponent nor a name. */
struct short_text float_short_text(float f);

/*
 * Floats that a thread has printed before; zero-initialised. Those of FORMAT are few different
 * ones, dosages, probabilities and likelihoods of two or three decimals, those of INFO ratios of
 * small counts: to find one again takes a third of the time that it takes to make it.
 */
enum { KNOWN_FLOATS_BITS = 10 };

struct known_floats {
	struct known_float {
		struct short_text text; /* of no length where there is none here yet */
		uint32_t bits;
	} floats[1 << KNOWN_FLOATS_BITS];
};

static inline struct short_text known_float_text(struct known_floats *known, uint32_t bits)
{
	/* Fibonacci hashing: floats of few decimals differ in their upper bits. */
	struct known_float *k = &known->floats[bits * 2654435769u >> (32 - KNOWN_FLOATS_BITS)];

	if (k->bits != bits || !short_text_length(k->text)) {
		float f;

		memcpy(&f, &bits, sizeof(f));
		k->text = float_short_text(f);
		k->bits = bits;
	}
	return k->text;
}

#endif
