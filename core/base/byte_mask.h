/* SPDX-License-Identifier: MIT */
/*
 * Bytes compared, 64 of them to a word, bit i of it being of byte i; bytes set by such bits, and
 * bits counted. Any alignment, any thread.
 */
#ifndef GENOFS_BASE_BYTE_MASK_H
#define GENOFS_BASE_BYTE_MASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BYTE_MASK = 64 }; /* bytes a word */

/* Where those at @a, n_words * BYTE_MASK of them, are not those at @b. */
void byte_mask_differ(const uint8_t *a, const uint8_t *b, size_t n_words, uint64_t *words);

/* Of @n bytes those become @all whose bit is set: bit i % 8 of byte i / 8 of @bits is that of byte
 * i, and byte i % 8 of @all, from the lowest on, what it becomes. */
void byte_mask_set(uint8_t *bytes, const uint8_t *bits, size_t n, uint64_t all);

/* How many bits are set in @n bytes. */
uint32_t bits_count(const uint8_t *bits, size_t n);

/* The ways to do it, the fastest first. */
struct byte_mask_way {
	const char *name;
	bool (*works)(void);
	void (*differ)(const uint8_t *a, const uint8_t *b, size_t n_words, uint64_t *words);
	void (*set)(uint8_t *bytes, const uint8_t *bits, size_t n, uint64_t all);
	uint32_t (*count)(const uint8_t *bits, size_t n);
};
extern const struct byte_mask_way byte_mask_ways[];
extern const unsigned n_byte_mask_ways;

#endif
