/* SPDX-License-Identifier: MIT */
/*
 * The columns of a chunk while it is being filled: cells of one INFO or FORMAT key and class.
 *
 * A cell is one field of one record. Integers are gathered at the narrowest width that holds all
 * of them so far. One thread at a time.
 */
#ifndef GENOFS_IMPORT_COLUMN_BUILD_H
#define GENOFS_IMPORT_COLUMN_BUILD_H

#include "core/base/buf.h"
#include "core/codec/format_layout.h"
#include "core/codec/gt_streams.h"
#include "core/codec/int_predict.h"
#include "core/record/record.h"
#include "core/store/layout.h"

/* The cells whose n is not what the number of alleles says. */
struct n_rule {
	struct buf exceptions; /* varint cells before it, varint n */
	uint32_t last;         /* cells up to the last exception */
	bool dead;             /* so many that nobody asks */
};

/* Where a tile's part of a column's @values and @lens ends. */
struct tile_end {
	size_t values;
	size_t lens;
};

/* How the elements of a column are predicted. */
struct format_choice {
	uint8_t pass;
	struct predictor how[LAYOUT_ELEMENTS_MAX];
};

/* What core/import/format_model.h makes of a column of FORMAT. */
struct format_column {
	uint32_t n_samples;
	uint8_t width; /* of its planes; 0 where it has none */
	uint8_t decimals;
	uint32_t max_n;
	struct format_layout layout;
	struct format_choice choice;
	bool twice;         /* a record has two cells */
	uint32_t n_entries; /* of @entries: records looked at */
	struct buf entries; /* varint n + 1 of each record, 0 where it has no cell */
	struct buf tiles;   /* a tile_end for each; its number is info.n_tiles */
};

struct column {
	uint8_t flags; /* enum column_flags */
	uint8_t class; /* enum column_class */
	uint8_t width; /* COLUMN_INT: bytes of a value in @values: 1, 2 or 4 */
	uint32_t key;
	uint32_t n; /* of its first cell */
	uint32_t n_cells;
	uint32_t gt_slots; /* COLUMN_GT: the most slots of a cell */
	/* As core/import/column_model.h makes it; VALUES_PLAIN and empty till then. */
	uint8_t coding; /* enum value_coding */
	struct buf params;
	struct buf ns;     /* varint n of each cell */
	struct buf types;  /* COLUMN_INT: type of each cell */
	struct buf lens;   /* COLUMN_TEXT of FORMAT */
	struct buf values; /* all but COLUMN_GT */
	struct n_rule rules[N_ALLELE_COUNTS];
	struct buf ends; /* i32s: pos + rlen of each cell's record, while cells are those */
	/* Of INFO, made by the model: what is stored in place of @values, in planes, with its cuts
	 * (size_t); STREAM_INFO_EXCEPTIONS; STREAM_INFO_TEXTS. */
	struct buf stored;
	struct buf cuts;
	struct buf exceptions;
	struct buf texts;
	uint64_t room; /* bytes that a reader makes its values in */
	struct gt_writer gt;
	struct format_column format;
};

void column_init(struct column *c, uint8_t flags, uint8_t class, uint32_t key);
void column_done(struct column *c);
/* Empty it for another chunk and key, keeping its memory. */
void column_reset(struct column *c, uint8_t flags, uint8_t class, uint32_t key);

/* Bytes of a value in @values; 1 for text. */
uint8_t column_value_width(const struct column *c);

/* The class of a field of @type. */
uint8_t column_class_of(uint8_t type);

/* Make integers ones of @width bytes. Return: 0 or -ENOMEM. */
int column_widen(struct column *c, uint8_t width);

/* The end of the record of the cell that was put last, where the cells are ends so far. */
void column_put_end(struct column *c, int64_t end);

/* Append a cell of record @record of the chunk, which has @n_allele alleles. Return: 0; -ENOMEM;
 * -EBADMSG where a genotype cell is damaged. */
int column_put(struct column *c, const struct record_field *f, uint32_t n_samples,
		uint32_t n_allele, uint32_t record);

#endif
