/* SPDX-License-Identifier: MIT */
/*
 * Rows of haplotype slots in an order that brings like haplotypes together.
 *
 * The order is that of the positional Burrows-Wheeler transform (R. Durbin, 2014): after each row
 * that moves it, slots with 0 come before slots with 1, otherwise as they were. Haplotypes that
 * agreed in the rows before stand side by side, so those of a common allele lie in few runs, and
 * those of a rare one close together. A *place* is a position in the order.
 *
 * Runs of 0 and runs of 1 take turns, 0 first (its length may be 0), each in a stream of its own
 * as varints. The last one, which reaches the end of the row, is written as 0, unless it is the
 * first. A list is ascending: the first as a varint, then each one's distance to the one before,
 * less 1. Bits: bit i % 8 of byte i / 8.
 *
 * One thread at a time.
 */
#ifndef GENOFS_CODEC_GT_ORDER_H
#define GENOFS_CODEC_GT_ORDER_H

#include <stdbool.h>

#include "core/base/buf.h"
#include "core/base/cursor.h"

struct gt_order {
	uint32_t n;  /* slots; 0: not begun */
	bool narrow; /* u16 a slot, else u32 */
	void *slot;  /* at each place; owned */
	void *next;  /* the order after the row at hand; owned */
	size_t room; /* bytes of the piece of memory that both lie in */
};

/* Bytes of memory that an order of @n slots takes. */
uint64_t gt_order_cost(uint32_t n);

/* Begin with the slots as they are numbered. Return: 0 or -ENOMEM. */
int gt_order_begin(struct gt_order *o, uint32_t n);
void gt_order_clear(struct gt_order *o); /* not begun, keeping its memory */
void gt_order_done(struct gt_order *o);

/* Writing. Rows have padding: 8 readable bytes after their (n + 7) / 8. */

/* A row by slot to the same by place. */
void gt_order_gather(const struct gt_order *o, const uint8_t *row, uint8_t *places);
/* The place of each slot. */
void gt_order_ranks(const struct gt_order *o, uint32_t *rank);
/* Move the order as a row, by place, asks for. */
void gt_order_move(struct gt_order *o, const uint8_t *places);

/* Append the runs, the list of a row of @n bits. */
void gt_runs_put(const uint8_t *row, uint32_t n, struct buf *zeros, struct buf *ones);
void gt_list_put(const uint8_t *row, uint32_t n, struct buf *list);

/* Reading: the order moves as the row asks for, which then is that of the slots in its last @n_ones
 * places. Return: false where the streams are damaged, or the row is not one of n_ones. */

bool gt_order_take_runs(
		struct gt_order *o, struct cursor *zeros, struct cursor *ones, uint32_t n_ones);
bool gt_order_take_list(struct gt_order *o, struct cursor *list, uint32_t n_ones);
bool gt_order_take_bits(struct gt_order *o, const uint8_t *places, uint32_t n_ones);
/* That row, by slot: sets bits of @row, which are 0. */
void gt_order_last(const struct gt_order *o, uint32_t n_ones, uint8_t *row);

/* The slot at a place, which is < o->n. */
static inline uint32_t gt_order_slot(const struct gt_order *o, uint32_t place)
{
	return o->narrow ? ((const uint16_t *)o->slot)[place] : ((const uint32_t *)o->slot)[place];
}

/* The runs of a row of slots as they are numbered: sets bits of @row, which are 0. */
bool gt_runs_next(struct cursor *zeros, struct cursor *ones, uint32_t n, uint32_t n_ones,
		uint8_t *row);

#endif
