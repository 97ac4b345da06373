/* SPDX-License-Identifier: MIT */
/*
 * Rows of haplotypes as run lengths, in an order that brings like haplotypes together.
 *
 * The order is that of the positional Burrows-Wheeler transform (R. Durbin, 2014): after each row
 * that is coded in it, slots with 0 come before slots with 1, otherwise as they were. Haplotypes
 * that agreed in the rows before stand side by side, so a row of a common allele becomes few runs.
 *
 * Runs of 0 and runs of 1 take turns, 0 first (its length may be 0), each in a stream of its own
 * as varints. The last one, which reaches the end of the row, is written as 0, unless it is the
 * first. One thread at a time.
 */
#ifndef GENOFS_CODEC_GT_ORDER_H
#define GENOFS_CODEC_GT_ORDER_H

#include <stdbool.h>

#include "core/base/buf.h"
#include "core/base/cursor.h"

struct gt_order {
	uint32_t n;     /* slots; 0: not begun */
	uint32_t *slot; /* at each place; owned */
	uint32_t *next; /* the order after the row at hand; owned */
};

/* Begin with the slots as they are numbered. Return: 0 or -ENOMEM. */
int gt_order_begin(struct gt_order *o, uint32_t n);
void gt_order_clear(struct gt_order *o); /* not begun, keeping its memory for as many slots */
void gt_order_done(struct gt_order *o);

/**
 * gt_runs_put() - append the runs of a row
 * @o:     the order; NULL for the slots as they are numbered
 * @flags: 0 or 1, by slot
 */
void gt_runs_put(const struct gt_order *o, const uint8_t *flags, uint32_t n, struct buf *zeros,
		struct buf *ones);
/* Change the order as the row asks for: flags or bits, by slot. */
void gt_order_move(struct gt_order *o, const uint8_t *flags);
void gt_order_move_bits(struct gt_order *o, const uint8_t *bits);

/**
 * gt_runs_next() - read the runs of a row
 * @o:    the order, changed as the row asks for; NULL for the slots as they are numbered
 * @bits: (@n + 7) / 8 bytes, set by slot
 *
 * Return: false where the streams are damaged.
 */
bool gt_runs_next(struct gt_order *o, struct cursor *zeros, struct cursor *ones, uint32_t n,
		uint8_t *bits, uint32_t *n_ones);

#endif
