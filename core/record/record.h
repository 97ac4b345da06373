/* SPDX-License-Identifier: MIT */
/*
 * One record (a VCF line) in memory: the form that everything between the input and a view uses.
 *
 * Import makes it of what htslib parsed, a decoded block is an array of it, views print it. It is
 * BCF's data model (VCFv4.3 section 6.3) in a plain layout; nothing that htslib keeps is lost:
 *
 *   site bytes   ID, as bytes (docs of buf.h: a varint length, then the bytes)
 *                n_allele alleles, as bytes each, REF first
 *                varint n, then n varint keys: FILTER in order
 *                n_info fields: INFO in order
 *   fmt bytes    n_fmt fields: FORMAT in order, each with values for all samples
 *   field        varint key, u8 type, varint n, then the values
 *
 * INFO has n values, FORMAT n values for each sample, sample after sample. Values are BCF's: of
 * 0 (RECORD_NULL), 1, 2 or 4 little-endian bytes, with BCF's missing and end-of-vector values. A
 * FORMAT field of type RECORD_GT holds genotypes: n is the ploidy, a u32 the length of the cell
 * that follows (core/codec/gt_cell.h). GT fields that do not fit that form are kept as plain BCF
 * integers.
 *
 * A key is a number in a table of names that comes with the record (struct names); so is
 * @contig. Bytes are owned by whoever made the record (a block, a batch).
 */
#ifndef GENOFS_RECORD_RECORD_H
#define GENOFS_RECORD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/cursor.h"

enum record_type {
	RECORD_NULL = 0,
	RECORD_INT8 = 1,
	RECORD_INT16 = 2,
	RECORD_INT32 = 3,
	RECORD_FLOAT = 5,
	RECORD_CHAR = 7,
	RECORD_GT = 8, /* ours: a genotype cell */
};

#define RECORD_QUAL_MISSING 0x7f800001u /* BCF's missing float */

struct record {
	int64_t pos;   /* 0-based; -1 where POS is 0 */
	int64_t rlen;  /* reference bases covered: REF's length, or to INFO/END */
	uint32_t qual; /* the float's bits */
	uint32_t contig;
	uint32_t n_allele;
	uint16_t n_info;
	uint16_t n_fmt;
	/* Bytes as a record of BCF, the two lengths in front of it: of one that was decoded as it
	 * is. bcf_shared 0: not known. */
	uint32_t bcf_shared;
	uint32_t bcf_indiv;
	size_t site_len;
	size_t fmt_len;
	const uint8_t *site;
	const uint8_t *fmt; /* NULL in a block of sites only */
};

/* One INFO or FORMAT field, in place. */
struct record_field {
	uint32_t key;
	uint8_t type;
	uint32_t n;            /* values (per sample in FORMAT); ploidy for RECORD_GT */
	const uint8_t *values; /* for RECORD_GT the cell */
	size_t len;            /* bytes of values */
};

/* Bytes of one value of @type; 0 for RECORD_NULL, and for RECORD_GT, which has no fixed size. */
static inline size_t record_type_size(uint8_t type)
{
	static const uint8_t size_of[] = { [RECORD_INT8] = 1,
		[RECORD_INT16] = 2,
		[RECORD_INT32] = 4,
		[RECORD_FLOAT] = 4,
		[RECORD_CHAR] = 1 };

	return type < sizeof(size_of) ? size_of[type] : 0;
}

/* As record_field_next(), of any field. */
bool record_field_long(struct cursor *c, uint32_t n_samples, struct record_field *out);

/**
 * record_field_next() - read the field at @c and step over it
 * @n_samples: 1 for INFO
 *
 * Return: false, with @c marked bad, where the bytes are not a field.
 */
static inline bool record_field_next(struct cursor *c, uint32_t n_samples, struct record_field *out)
{
	const uint8_t *p = c->at;
	size_t left = cursor_left(c);
	unsigned head = 3;
	uint32_t of_cell;
	uint64_t len;

	/* Most have a key and a number of one byte each. */
	if (left < head || (p[0] | p[2]) & 0x80)
		return record_field_long(c, n_samples, out);
	len = (uint64_t)(p[2] * record_type_size(p[1])) * n_samples;
	if (p[1] == RECORD_GT && left >= head + sizeof(of_cell)) {
		memcpy(&of_cell, p + head, sizeof(of_cell));
		len = le32toh(of_cell);
		head += sizeof(of_cell);
	} else if (!record_type_size(p[1])) {
		return record_field_long(c, n_samples, out);
	}
	if (len > left - head)
		return record_field_long(c, n_samples, out);
	*out = (struct record_field){
		.key = p[0], .type = p[1], .n = p[2], .values = p + head, .len = (size_t)len
	};
	c->at = p + head + len;
	return true;
}

#endif
