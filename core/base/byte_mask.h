/* SPDX-License-Identifier: MIT */
/*
 * Bytes compared, 64 of them to a word: bit i of it is of byte i. Any alignment, any thread.
 */
#ifndef GENOFS_BASE_BYTE_MASK_H
#define GENOFS_BASE_BYTE_MASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BYTE_MASK = 64 }; /* bytes a word */

/* Where those at @a, n_words * BYTE_MASK of them, are not those at @b. */
void byte_mask_differ(const uint8_t *a, const uint8_t *b, size_t n_words, uint64_t *words);

/* The ways to do it, the fastest first. */
struct byte_mask_way {
	const char *name;
	bool (*works)(void);
	void (*differ)(const uint8_t *a, const uint8_t *b, size_t n_words, uint64_t *words);
};
extern const struct byte_mask_way byte_mask_ways[];
extern const unsigned n_byte_mask_ways;

#endif
