/* SPDX-License-Identifier: MIT */
/*
 * Files that are a head and then a row for each record: lines of VCF, records of BCF, ...
 *
 * The extent map is the store's: how many bytes each chunk's rows are was stored at import. Within
 * a chunk, where each row begins is known from its block: from lengths that the store has by
 * record, or measured by the thread that reads, which keeps them for its next read.
 */
#ifndef GENOFS_VIEW_ROWS_H
#define GENOFS_VIEW_ROWS_H

#include "core/view/scratch.h"
#include "core/view/vcf_text.h"
#include "core/view/view.h"

/* What comes before the rows: borrowed bytes, of the store or in the room that was given. */
struct row_head {
	const void *p;
	size_t len;
};

/* What view_kind.of points to. */
struct row_kind {
	enum store_view view; /* whose bytes are stored */
	int (*head)(const struct dataset *d, struct buf *room, struct row_head *out);
	/* Bytes of a row. NULL where the store has them by record. Return: 0; -EBADMSG; -ENOMEM. */
	int (*length)(const struct vcf_text *v, const struct record *r, struct view_scratch *s,
			uint64_t *out);
	/* Write the row, which is of @len bytes. Return: 0; -EBADMSG; -ENOMEM. */
	int (*put)(const struct vcf_text *v, const struct record *r, uint64_t len,
			struct view_scratch *s, struct text_out *o);
};

extern const struct view_ops row_ops;

/* What rows of the records of store chunk @chunk need beside them. */
struct vcf_text row_text(const struct store *s, uint32_t chunk);

/* Bytes of the head; a negative errno. */
int rows_head_size(
		const struct view_kind *k, const struct dataset *d, uint64_t *out, struct err *err);

#endif
