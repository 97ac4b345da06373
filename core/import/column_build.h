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
#include "core/codec/gt_streams.h"
#include "core/record/record.h"
#include "core/store/layout.h"

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
	struct gt_writer gt;
};

void column_init(struct column *c, uint8_t flags, uint8_t class, uint32_t key);
void column_done(struct column *c);
/* Empty it for another chunk and key, keeping its memory. */
void column_reset(struct column *c, uint8_t flags, uint8_t class, uint32_t key);

/* Bytes of a value in @values; 1 for text. */
uint8_t column_value_width(const struct column *c);

/* The class of a field of @type. */
uint8_t column_class_of(uint8_t type);

/* Append a cell. Return: 0; -ENOMEM; -EBADMSG where a genotype cell is damaged. */
int column_put(struct column *c, const struct record_field *f, uint32_t n_samples);

#endif
