/* SPDX-License-Identifier: MIT */
/*
 * A dictionary of lists of numbers, numbered in order of first appearance: a chunk's FILTER sets
 * and its layouts of INFO and FORMAT. One thread at a time; zero-initialised.
 */
#ifndef GENOFS_IMPORT_SET_DICT_H
#define GENOFS_IMPORT_SET_DICT_H

#include "core/base/buf.h"

struct set_dict {
	struct buf words; /* u32s in the machine's order: the lists, one after the other */
	struct buf ends;  /* u32s: where each list ends in @words */
	uint32_t n;
	uint32_t last;   /* list last looked up */
	uint32_t *slots; /* open addressing, number + 1; owned */
	uint32_t n_slots;
};

void set_dict_done(struct set_dict *d);
void set_dict_clear(struct set_dict *d);

/* The number of the list, added if new. Return: 0 or -ENOMEM. */
int set_dict_put(struct set_dict *d, const uint32_t *list, uint32_t n, uint32_t *id);

/* The dictionary as it is stored: varint lists; for each varint length, varint numbers. */
void set_dict_write(const struct set_dict *d, struct buf *out);

#endif
