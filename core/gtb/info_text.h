/* SPDX-License-Identifier: MIT */
/*
 * INFO, FILTER and QUAL as text to what a record has of them (core/record/record.h), as htslib
 * makes it: types by the header's declaration, integers as narrow as they fit, what is no number
 * missing.
 */
#ifndef GENOFS_GTB_INFO_TEXT_H
#define GENOFS_GTB_INFO_TEXT_H

#include "core/gtb/gtb_head.h"

/* Of a thread; zero-initialised but for head. */
struct info_reader {
	const struct gtb_head *head;
	int32_t *values; /* of a field; owned */
	size_t cap;
	/* Keys of the record read last, in order: the next has the same. Owned. */
	uint32_t *order;
	uint32_t n_order;
};

void info_reader_done(struct info_reader *r);

/* Of a record, added to by info_text_put(). */
struct info_fields {
	int64_t pos; /* of the record, given */
	int64_t end; /* the last INFO/END behind it, which ends the record; given: -1 */
	uint32_t n;
};

/**
 * info_text_put() - the fields of @text, which has a NUL at @len, appended to @out
 *
 * Return: 0; -ENOMEM; -ENOTSUP where the header does not declare a key; -EBADMSG for too many.
 */
int info_text_put(struct info_reader *r, const char *text, size_t len, struct info_fields *fields,
		struct buf *out, struct err *err);
/* Such an INFO/END alone, where it is declared as an integer; -1: none. */
int64_t info_text_end(const char *text, size_t len, int64_t pos);
/* FILTER: how many, and their keys. Likewise. */
int filter_text_put(struct info_reader *r, const char *text, size_t len, struct buf *out,
		struct err *err);
/* The float's bits. */
uint32_t qual_text_bits(const char *text);

/* Fields of numbers: @n values. */
void info_put_integers(struct buf *out, uint32_t key, const int32_t *values, uint32_t n);
void info_put_floats(struct buf *out, uint32_t key, const uint32_t *bits, uint32_t n);
/* The float that a text is, as bits; missing where it is none. */
uint32_t float_text_bits(const char *text);

#endif
