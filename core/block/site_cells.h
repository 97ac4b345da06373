/* SPDX-License-Identifier: MIT */
/*
 * The sites of a chunk, read record by record: POS, ID, REF, ALT, QUAL and the reference's length;
 * FILTER and INFO are the caller's. And where each record's line begins in a view.
 */
#ifndef GENOFS_BLOCK_SITE_CELLS_H
#define GENOFS_BLOCK_SITE_CELLS_H

#include "core/block/block.h"
#include "core/block/column_read.h"

struct allele_set;
struct id_form;

struct site_reader {
	struct cursor *streams; /* by kind; borrowed */
	struct column_reader *columns[N_SITE_COLUMNS];
	const struct allele_set *sets; /* in the room of the chunk */
	uint32_t n_sets;
	const struct id_form *forms; /* as the sets */
	uint32_t n_forms;
	const uint8_t *pos; /* planes */
	const uint8_t *rlen;
	uint8_t pos_width;
	uint8_t rlen_width;
	bool gaps; /* positions are distances to the end of the record before */
	uint32_t n_records;
	uint32_t next; /* record */
	int64_t last_pos;
	int64_t last_end;
};

/**
 * site_reader_open() - begin with the first record
 * @streams: those of no column, N_STREAM_KINDS of them
 * @columns: prepared
 * @room:    as for column_readers_prepare()
 *
 * Return: false where they are damaged.
 */
bool site_reader_open(struct site_reader *s, struct cursor *streams, struct column_reader *columns,
		uint32_t n_columns, int64_t start, uint32_t n_records, struct byte_sink *room);

/* ID and alleles of the next record are appended to @out; pos, rlen, qual and n_allele of @r are
 * set, and how many bytes of a line they are: of the texts of ID and alleles alone. Return: false
 * where damaged or @out is full. */
bool site_reader_next(
		struct site_reader *s, struct byte_sink *out, struct record *r, uint64_t *text_len);

/**
 * line_offsets() - lengths of lines to where they begin
 * @lens: the stream of each view, planes
 * @at:   for each view n_records + 1 of them; those of the first are what site_reader_next() said
 *        of each record, after the first
 *
 * Return: false where there are not as many lengths, or where they are past 64 bits.
 */
bool line_offsets(const struct cursor *lens, uint32_t n_records, uint64_t *const *at);

#endif
