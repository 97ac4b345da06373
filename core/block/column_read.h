/* SPDX-License-Identifier: MIT */
/*
 * One column of a chunk, read cell by cell: the counterpart of core/import/column_build.h.
 *
 * Samples are cut into tiles, and the values of a FORMAT column lie in streams by tile.
 */
#ifndef GENOFS_BLOCK_COLUMN_READ_H
#define GENOFS_BLOCK_COLUMN_READ_H

#include "core/base/cursor.h"
#include "core/codec/format_layout.h"
#include "core/codec/gt_cell.h"
#include "core/codec/gt_streams.h"
#include "core/codec/int_predict.h"
#include "core/record/record.h"
#include "core/store/layout.h"

/* A float that was divided before: most records have one of few. */
struct quotient {
	double den; /* 0: of none */
	int32_t num;
	uint32_t bits;
};
enum { QUOTIENTS_KEPT = 32 };

/* Of a column of INFO or of sites: what its coding makes of its streams. */
struct info_values {
	bool ready;
	bool plus_end;       /* INTS_END */
	const int32_t *ints; /* in the room of the chunk; NULL where the coding has none */
	size_t n_ints;       /* @at of the column counts them */
	const int32_t *dens; /* VALUES_QUOTIENT: one a cell; NULL: @den for all */
	size_t n_dens;
	double den;
	uint8_t rounding;
	struct quotient kept[QUOTIENTS_KEPT]; /* by numerator */
	uint64_t gap;                         /* values before the next exception */
	size_t cell;                          /* the next one's number */
	const uint8_t *texts;                 /* VALUES_TEXTS */
	const uint32_t *text_at;              /* n_texts + 1 of them */
	uint32_t n_texts;
};

/* Streams of a FORMAT column's values in a tile. They are changed where they lie. */
struct tile_reader {
	uint8_t *values;
	uint8_t *lens; /* or a dictionary, or exceptions */
	size_t values_len;
	size_t lens_len;
	uint32_t first; /* sample */
	uint32_t n_samples;
	/* Of texts as they are, and of exceptions: what is left. */
	struct cursor next_text;
	struct cursor next_len;
};

/* What cutting genotypes takes. */
struct gt_cut {
	struct buf values;
	struct buf cell;
	struct gt_scratch gt;
};

/* The tiles of all FORMAT columns of a chunk, and what preparing them takes. */
#define TILE_ALL UINT32_MAX

struct tile_set {
	uint32_t n_samples;          /* of the tiles that are read */
	uint32_t n_all;              /* of the chunk */
	uint32_t first;              /* sample that is read */
	uint32_t tile;               /* the only one that is read; TILE_ALL */
	uint32_t of_n_tiles;         /* that the chunk has */
	uint32_t n_tiles;            /* 1 at least, n_samples at most where there are samples */
	struct tile_reader *tiles;   /* n_tiles of each FORMAT column; owned */
	struct predict_table *table; /* scratch; owned */
	struct gt_cut *cut;          /* to cut genotypes down to a tile; owned */
};

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
	struct cursor values; /* all of it: planes are not consumed */
	struct cursor exceptions;
	struct cursor texts;
	uint64_t n_gap;     /* COLUMN_BY_ALLELES: cells before the next exception */
	size_t at;          /* value of the next cell in the planes */
	uint32_t n_read;    /* cells */
	struct cursor cell; /* INFO: the last one read, where it lies in a record */
	struct info_values info;
	struct gt_reader gt;
	/* VALUES_GT_GIVEN: the INFO column that has the counts. Borrowed. */
	const struct column_reader *counts;
	/* Of FORMAT: */
	struct tile_reader *tiles; /* one for each tile of the set */
	uint8_t pass;              /* columns are predicted from those of smaller ones */
	uint8_t planes_width;      /* of the planes: of a text, its number's in the dictionary */
	uint8_t decimals;          /* VALUES_DECIMALS */
	struct cursor predictors;
	struct format_layout layout;
	size_t element_at[LAYOUT_ELEMENTS_MAX]; /* values of a sample before the next cell */
};

/* Bytes appended in place. */
struct byte_sink {
	uint8_t *at;
	uint8_t *end;
	uint64_t bcf_more; /* bytes that BCF takes more for them (core/record/bcf_length.h) */
};

/* The description of a column in STREAM_COLUMNS; @gt_slots: chunk_info's. Return: false where it is
 * not one. */
bool column_reader_open(struct column_reader *c, struct cursor *description, uint32_t n_keys,
		uint32_t gt_slots);
void column_reader_done(struct column_reader *c);

/* Before it is opened: which tiles are to be read. */
void tile_set_choose(struct tile_set *t, uint32_t n_tiles, uint32_t n_samples, uint32_t tile);
/* When all columns are open: their tiles. Return: 0 or -ENOMEM; tile_set_done() in any case. */
int tile_set_open(struct tile_set *t, struct column_reader *columns, uint32_t n_columns);
void tile_set_done(struct tile_set *t);
/* Give a stream to its tile: one of STREAM_FORMAT_VALUES or STREAM_FORMAT_LEN, whose @number is
 * column * n_tiles + tile. Return: false where there is no such tile, or it has one. */
bool tile_set_put(const struct tile_set *t, struct column_reader *columns, uint32_t n_columns,
		enum stream_kind kind, uint32_t number, uint8_t *data, size_t len);
/* Bytes that the tiles of @n_columns take at most. */
uint64_t tile_set_cost(uint32_t n_columns, uint32_t n_tiles);

/* The place of one of its streams, or NULL where the column has none of that kind, or by tile. */
struct cursor *column_reader_stream(struct column_reader *c, enum stream_kind kind);
/* When all streams are in place: make the values of INFO, and those of FORMAT where there are
 * @tiles, ready to be read. @room: memory for what those of INFO are made into, which lives as long
 * as the streams. Return: false where they are damaged. */
bool column_readers_prepare(struct column_reader *columns, uint32_t n_columns,
		const struct tile_set *tiles, struct byte_sink *room);
/* Append the next cell as a field of a record; @r: the record, its site without INFO filled in.
 * Return: false where damaged or @out is full. */
bool column_reader_next(struct column_reader *c, const struct tile_set *tiles,
		const struct record *r, struct byte_sink *out);
/* Every stream was read to its end. */
bool column_reader_finished(const struct column_reader *c, const struct tile_set *tiles);

bool sink_put(struct byte_sink *out, const void *p, size_t n);
bool sink_put_varint(struct byte_sink *out, uint64_t v);

#endif
