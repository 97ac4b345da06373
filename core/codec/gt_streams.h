/* SPDX-License-Identifier: MIT */
/*
 * Genotype cells to the streams of a chunk's genotype column, and back.
 *
 *   meta   for each cell: u8 type | phase << 4, varint n_alt, then for each of its rows u8 form
 *          and, for a list, varint n
 *   lists  for each list, ascending slots as varints: the first, then each one's distance to the
 *          one before, less 1
 *   bits   for each row of bits its bytes
 *
 * Ploidies are in the column's n (docs/format.md).
 */
#ifndef GENOFS_CODEC_GT_STREAMS_H
#define GENOFS_CODEC_GT_STREAMS_H

#include <stdbool.h>

#include "core/base/buf.h"
#include "core/base/cursor.h"

struct gt_writer {
	struct buf meta;
	struct buf lists;
	struct buf bits;
};

struct gt_reader {
	struct cursor meta;
	struct cursor lists;
	struct cursor bits;
};

void gt_writer_done(struct gt_writer *w);
void gt_writer_clear(struct gt_writer *w);

/* Append a cell. Return: false where the cell is damaged. Check the bufs for failure at the end. */
bool gt_writer_put(struct gt_writer *w, const uint8_t *cell, size_t len, uint32_t n_slots);

/**
 * gt_reader_next() - the next cell, byte for byte as it was put
 * @out: room for @room bytes
 * @len: bytes used
 *
 * Return: false where the streams are damaged or the cell does not fit.
 */
bool gt_reader_next(struct gt_reader *r, uint32_t n_slots, uint8_t *out, size_t room, size_t *len);

#endif
