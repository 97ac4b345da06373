/* SPDX-License-Identifier: MIT */
/*
 * Genotype cells to the streams of a chunk's genotype column, and back.
 *
 *   meta   for each cell: u8 type | phase << 4, varint n_alt, then for each of its rows u8 form
 *          (enum gt_stream_form) and, for a list, varint n
 *   lists  for each list, ascending slots as varints: the first, then each one's distance to the
 *          one before, less 1
 *   bits   for each row of bits its bytes
 *   zeros, ones  runs of rows (gt_order.h)
 *
 * Rare rows are lists. A row of an ALT that is not rare is coded as runs in an order that such rows
 * make as they go, beginning anew in each chunk; MISSING, END and PHASE rows, which follow the
 * samples rather than their ancestry, as runs of the slots as they are numbered. Either is a
 * list or bits where that takes fewer bytes. Where the order does not pay (genotypes that are not
 * phased, say) a chunk leaves it alone. Ploidies are in the column's n (docs/format.md).
 */
#ifndef GENOFS_CODEC_GT_STREAMS_H
#define GENOFS_CODEC_GT_STREAMS_H

#include <stdbool.h>

#include "core/base/buf.h"
#include "core/base/cursor.h"
#include "core/codec/gt_order.h"

/* As stored: never renumber. */
enum gt_stream_form {
	GT_STREAM_EMPTY = 0,
	GT_STREAM_LIST = 1,
	GT_STREAM_BITS = 2,
	GT_STREAM_RUNS = 3, /* of the slots as they are numbered */
	/* Rows that change the chunk's order */
	GT_STREAM_ORDERED_LIST = 4,
	GT_STREAM_ORDERED_BITS = 5,
	GT_STREAM_ORDERED_RUNS = 6 /* of the slots in the order as it was before */
};

struct gt_writer {
	struct buf meta;
	struct buf lists;
	struct buf bits;
	struct buf zeros;
	struct buf ones;
	struct gt_order order;
	unsigned n_vain;      /* rows that changed the order since one was best coded in it */
	struct buf flags;     /* scratch: a row, a byte a slot */
	struct buf row_zeros; /* scratch: a row's runs */
	struct buf row_ones;
};

struct gt_reader {
	struct cursor meta;
	struct cursor lists;
	struct cursor bits;
	struct cursor zeros;
	struct cursor ones;
	uint32_t max_slots;    /* rows of more slots are refused: what was budgeted */
	struct gt_order order; /* owned */
	uint8_t *row;          /* scratch: max_slots bits; owned */
};

void gt_writer_done(struct gt_writer *w);
void gt_writer_clear(struct gt_writer *w);

/**
 * gt_writer_put() - append a cell
 *
 * Return: 0; -EBADMSG where the cell is damaged; -ENOMEM.
 */
int gt_writer_put(struct gt_writer *w, const uint8_t *cell, size_t len, uint32_t n_slots);

/* Bytes that a reader takes beside its streams. */
uint64_t gt_reader_cost(uint32_t max_slots);
void gt_reader_done(struct gt_reader *r);

/**
 * gt_reader_next() - the next cell, byte for byte as it was put
 * @out: room for @room bytes
 * @len: bytes used
 *
 * Return: false where the streams are damaged, the cell does not fit, or memory is out.
 */
bool gt_reader_next(struct gt_reader *r, uint32_t n_slots, uint8_t *out, size_t room, size_t *len);

#endif
