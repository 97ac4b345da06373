/* SPDX-License-Identifier: MIT */
/*
 * The rows of one block that a dataset shows: of which records, and where each begins.
 *
 * One thread at a time; the block is held meanwhile. What is found is kept in the thread's scratch,
 * for its next read there.
 */
#ifndef GENOFS_VIEW_BLOCK_ROWS_H
#define GENOFS_VIEW_BLOCK_ROWS_H

#include "core/view/query.h"
#include "core/view/rows.h"

struct block_rows {
	const struct block *block;
	const struct sample_set *samples; /* NULL: all */
	bool counted;                     /* AC and AN are those of the samples */
	struct vcf_text v;                /* of the rows */
	uint32_t n;
	const uint32_t *record; /* of the block, which ones; NULL: all, in order */
	const uint64_t *begin;  /* n + 1 */
};

/* @i: the block's number in the dataset. Return: 0; -EBADMSG; -ENOMEM. */
int block_rows_find(const struct row_kind *k, const struct dataset *d, uint32_t i,
		const struct block *b, struct view_scratch *s, struct block_rows *out);

/* The record of row @i; @room: for where it has to be made. Return: 0; -EBADMSG; -ENOMEM. */
int block_rows_record(const struct block_rows *rows, uint32_t i, struct view_scratch *s,
		const struct record **out, struct record *room);

#endif
