/* SPDX-License-Identifier: MIT */
/*
 * Rows of bits to changes of text, eight slots of two bytes each for a byte of bits.
 *
 * There is one way to do it for each kind of processor, all with the same outcome. The best that
 * works here is chosen when the program starts; tests choose others.
 */
#ifndef GENOFS_VIEW_GT_FLIP_H
#define GENOFS_VIEW_GT_FLIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a set bit does to the text of its slot, by XOR. */
struct gt_flip {
	uint8_t separator; /* the slot's first byte */
	uint8_t digit;     /* its second */
};

struct gt_flip_row {
	const uint8_t *bits;
	struct gt_flip flip;
};

enum { GT_FLIP_SLACK = 64 }; /* bytes behind the text that may be read and written */

struct gt_flip_way {
	const char *name;
	bool (*works)(void);
	void (*flip)(char *text, const char *from, const struct gt_flip_row *rows, unsigned n_rows,
			size_t n_bytes);
};

extern const struct gt_flip_way gt_flip_ways[]; /* the best first */
extern const unsigned n_gt_flip_ways;

/* @way < n_gt_flip_ways must work here. Not while any thread renders. */
void gt_flip_choose(unsigned way);

/* The text of 8 * @n_bytes slots: @from, with the flips of all rows. */
void gt_flip_rows(char *text, const char *from, const struct gt_flip_row *rows, unsigned n_rows,
		size_t n_bytes);

#endif
