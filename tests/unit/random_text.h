/* SPDX-License-Identifier: MIT */
/* Pieces of text at random, the same ones in each run. */
#ifndef GENOFS_TESTS_RANDOM_TEXT_H
#define GENOFS_TESTS_RANDOM_TEXT_H

#include <stddef.h>
#include <stdint.h>

static uint32_t random_seed = 1;

static inline uint32_t random_below(uint32_t n)
{
	random_seed = random_seed * 1664525u + 1013904223u;
	return (random_seed >> 8) % n;
}

static inline const char *any_of(const char *const *texts, size_t n)
{
	return texts[random_below((uint32_t)n)];
}

#define ANY(texts) any_of(texts, sizeof(texts) / sizeof((texts)[0]))

#endif
