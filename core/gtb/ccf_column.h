/* SPDX-License-Identifier: MIT */
/*
 * A column of a block of version 2: its types, and its elements as decompressed.
 *
 * Elements that repeat are references to the same bytes, never copies. One thread at a time.
 */
#ifndef GENOFS_GTB_CCF_COLUMN_H
#define GENOFS_GTB_CCF_COLUMN_H

#include "core/gtb/gtb.h"
#include "core/gtb/unpack.h"

/* The type of that name in any case, or NULL. */
const struct gtb_type *ccf_type_find(struct gtb_text name);

/* An element in the raw bytes. */
struct ccf_ref {
	uint32_t at;
	uint32_t len;
};

struct ccf_column {
	const struct gtb_type *type;
	uint8_t *raw; /* owned */
	size_t raw_len;
	void *elements; /* owned: int64_t of numbers stored as differences, struct ccf_ref of bytes
			 */
	size_t elements_size; /* bytes */
	uint32_t n;           /* of elements: of records, even in a column of maps */
	uint32_t width;       /* bytes, where elements have one */
	const uint8_t *keys;  /* of maps: the nested array of them */
	size_t keys_len;
	struct gtb_room *room;
};

/**
 * ccf_column_init() - take over @raw, memory of @room, even where it fails
 * @n: elements that must be there
 *
 * Return: 0; -EBADMSG; -EOVERFLOW; -ENOMEM.
 */
int ccf_column_init(struct ccf_column *c, const struct gtb_type *type, uint8_t *raw, size_t raw_len,
		uint32_t n, struct gtb_room *room, struct err *err);
void ccf_column_done(struct ccf_column *c);

/* A number stored as difference, or the bytes of an element: of columns that have such. */
static inline int64_t ccf_column_number(const struct ccf_column *c, uint32_t i)
{
	const int64_t *numbers = c->elements;

	return numbers[i];
}

static inline const uint8_t *ccf_column_bytes(const struct ccf_column *c, uint32_t i, size_t *len)
{
	const struct ccf_ref *refs = c->elements;

	*len = refs[i].len;
	return c->raw + refs[i].at;
}

/* Element @i for gtb_value_next(). -EBADMSG where it is malformed. */
int ccf_column_value(
		const struct ccf_column *c, uint32_t i, struct gtb_value *out, struct err *err);

/*
 * A nested array: its items, their number, its type. ccf_nested() checks that there are exactly as
 * many as it announces, each within it. No bytes are no items.
 */
enum ccf_nested_type { NESTED_STRINGS = 10, NESTED_BYTES = 11, NESTED_PAIRS = 12 };

struct ccf_nested {
	uint64_t n_items;  /* a pair counts once */
	const uint8_t *at; /* items, each behind its length; a pair is two */
	const uint8_t *end;
};

/* @pairs: whether it must be of these, or must not. Return: 0 or -EBADMSG. */
int ccf_nested(const uint8_t *p, size_t n, bool pairs, struct ccf_nested *out, struct err *err);
/* The next item, of an array that was checked. */
struct gtb_text ccf_nested_next(const uint8_t **at, const uint8_t *end);

#endif
