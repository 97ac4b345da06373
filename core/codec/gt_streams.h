/* SPDX-License-Identifier: MIT */
/*
 * Genotype cells to the streams of a chunk's genotype column, and back.
 *
 *   meta    for each cell: u8 type | phase << 4, varint n_alt
 *   counts  for each ALT row: varint slots in it; not stored where an INFO column (AC) says it
 *   others  for each MISSING, END and PHASE row: varint slots in it
 *   forms   for each row of more than GT_RARE_MAX slots: u8 form (enum gt_stream_form)
 *   lists   lists (gt_order.h)
 *   bits    for each row of bits its bytes
 *   zeros, ones  runs of rows (gt_order.h)
 *
 * An ALT row that is not rare is coded by place, in an order that such rows make as they go,
 * beginning anew in each chunk; MISSING, END and PHASE rows, which follow the samples rather than
 * their ancestry, by slot. A rare row is a list: of places, if it is an ALT row as long as the
 * order and the last ALT row that was not rare moved the order, else of slots. Where the order does
 * not pay (genotypes that are not phased, say) a chunk leaves it alone. Ploidies are in the
 * column's n (docs/format.md).
 */
#ifndef GENOFS_CODEC_GT_STREAMS_H
#define GENOFS_CODEC_GT_STREAMS_H

#include <stdbool.h>

#include "core/base/buf.h"
#include "core/base/cursor.h"
#include "core/codec/gt_order.h"

/* As stored: never renumber. */
enum gt_stream_form {
	GT_STREAM_LIST = 0, /* by slot */
	GT_STREAM_BITS = 1,
	GT_STREAM_RUNS = 2,
	/* By place; these move the order */
	GT_STREAM_ORDERED_LIST = 3,
	GT_STREAM_ORDERED_BITS = 4,
	GT_STREAM_ORDERED_RUNS = 5,
	N_GT_STREAM_FORMS
};

/* Rows of up to so many slots have no form. */
enum { GT_RARE_MAX = 8 };

struct record_field;

/* In the order of their kinds in a chunk (core/store/layout.h). */
enum gt_stream {
	GT_META,
	GT_COUNTS,
	GT_OTHERS,
	GT_FORMS,
	GT_LISTS,
	GT_BITS,
	GT_ZEROS,
	GT_ONES,
	N_GT_STREAMS
};

struct gt_writer {
	struct buf streams[N_GT_STREAMS];
	struct gt_order order;
	bool ordered;    /* the last ALT row that was not rare moved the order */
	bool ranked;     /* @ranks are those of the order */
	unsigned n_vain; /* rows that moved the order since one was best coded in it */
	/* Scratch */
	struct buf ranks;  /* u32s: the place of each slot */
	struct buf row;    /* a row, by slot */
	struct buf places; /* and by place */
	struct buf as_list;
	struct buf as_zeros;
	struct buf as_ones;
};

/* The END row that was read last, and the bytes of the streams that it was read from: where
 * samples differ in ploidy, most records have the same. */
struct gt_kept_row {
	uint32_t n; /* slots in it; 0: none is kept */
	uint32_t n_slots;
	size_t len;
	const uint8_t *from[N_GT_STREAMS]; /* in the streams */
	size_t from_len[N_GT_STREAMS];
	uint8_t *row; /* len bytes as in a cell; owned */
};

struct gt_reader {
	struct cursor streams[N_GT_STREAMS];
	uint32_t max_slots;    /* rows of more slots are refused: what was budgeted */
	struct gt_order order; /* owned */
	bool ordered;
	uint8_t *row; /* scratch: max_slots bits; owned */
	struct gt_kept_row end;
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
 * @counts: an integer field with the slots of ALT 1 onward; NULL: they are in the stream of counts
 * @out:    room for @room bytes
 * @len:    bytes used
 *
 * Return: false where the streams are damaged, the cell does not fit, or memory is out.
 */
bool gt_reader_next(struct gt_reader *r, uint32_t n_slots, const struct record_field *counts,
		uint8_t *out, size_t room, size_t *len);

#endif
