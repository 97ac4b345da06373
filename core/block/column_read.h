/* SPDX-License-Identifier: MIT */
/*
 * One column of a chunk, read cell by cell: the counterpart of core/import/column_build.h.
 */
#ifndef GENOFS_BLOCK_COLUMN_READ_H
#define GENOFS_BLOCK_COLUMN_READ_H

#include "core/base/cursor.h"
#include "core/codec/gt_streams.h"
#include "core/store/layout.h"

struct column_reader {
	uint8_t flags; /* enum column_flags */
	uint8_t class; /* enum column_class */
	uint8_t width; /* COLUMN_INT and COLUMN_FLOAT: bytes of a value */
	uint32_t key;
	uint32_t n;           /* unless COLUMN_VARYING */
	uint8_t coding;       /* enum value_coding */
	struct cursor params; /* of the coding */
	struct cursor ns;
	struct cursor types;
	struct cursor lens;
	struct cursor values; /* all of it: planes are not consumed */
	size_t at;            /* value of the next cell in the planes */
	uint32_t n_read;      /* cells */
	struct cursor cell;   /* INFO: the last one read, where it lies in a record */
	struct gt_reader gt;
	/* VALUES_GT_GIVEN: the INFO column that has the counts. Borrowed. */
	const struct column_reader *counts;
};

/* Bytes appended in place. */
struct byte_sink {
	uint8_t *at;
	uint8_t *end;
};

/* The description of a column in STREAM_COLUMNS; @gt_slots: chunk_info's. Return: false where it is
 * not one. */
bool column_reader_open(struct column_reader *c, struct cursor *description, uint32_t n_keys,
		uint32_t gt_slots);
void column_reader_done(struct column_reader *c);
/* The place of one of its streams, or NULL where the column has no stream of that kind. */
struct cursor *column_reader_stream(struct column_reader *c, enum stream_kind kind);
/* When all streams are in place: make the values of INFO, and where @format of FORMAT, ready to be
 * read. Return: false where they are damaged. */
bool column_readers_prepare(struct column_reader *columns, uint32_t n_columns, bool format);
/* Append the next cell as a field of a record. Return: false where damaged or @out is full. */
bool column_reader_next(struct column_reader *c, uint32_t n_samples, struct byte_sink *out);
/* Every stream was read to its end. */
bool column_reader_finished(const struct column_reader *c);

bool sink_put(struct byte_sink *out, const void *p, size_t n);
bool sink_put_varint(struct byte_sink *out, uint64_t v);

#endif
