/* SPDX-License-Identifier: MIT */
/*
 * Files that are a head and then a row for each record: lines of VCF, records of BCF, ...
 *
 * The extent map is the store's: how many bytes each chunk's rows are was stored at import, or is
 * measured when it is first asked for (core/view/measure.h). Within a chunk, where each row begins
 * is known from its block: from lengths that the store has by record, or measured by the thread
 * that reads, which keeps them for its next read.
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
	/* Rows take as many bytes whatever samples are chosen; else, where it is not 0, the view
	 * whose stored bytes are what one sample takes. */
	bool of_sites;
	/* Each record has a row: one without bytes cannot be shown. */
	bool each;
	enum store_view sample_view;
	/* Bytes of each row that there is; NULL where they differ. The view's stored bytes are then
	 * how many there are. */
	uint64_t (*width)(const struct dataset *d);
	int (*head)(const struct dataset *d, struct buf *room, struct row_head *out);
	/* Bytes of a row; NULL: the width, or what @put writes. Return: 0; -EBADMSG; -ENOMEM. */
	int (*length)(const struct vcf_text *v, const struct record *r, struct view_scratch *s,
			uint64_t *out);
	/* Write the row, which is of @len bytes. Return: 0; -EBADMSG; -ENOMEM. */
	int (*put)(const struct vcf_text *v, const struct record *r, uint64_t len,
			struct view_scratch *s, struct text_out *o);
};

extern const struct view_ops row_ops;

/* What rows of the records of store chunk @chunk need beside them, all samples taken. */
struct vcf_text row_text(const struct store *s, uint32_t chunk);

/* What block of chunk @i of the dataset the file needs. */
enum block_part rows_part(const struct view_kind *k, const struct dataset *d, uint32_t i);

/* @begin: bytes of the file before the row, with its head. Return: 0 or a negative errno. */
typedef int (*row_visitor)(
		void *arg, uint32_t contig, const struct record *r, uint64_t begin, uint64_t len);

/* Visit a dataset's rows in order; records have all samples. Return: 0; what @each or decoding
 * gave. */
int rows_each(const struct view_kind *k, const struct dataset *d, row_visitor each, void *arg,
		struct err *err);

/* Records of the dataset, and of its chunk @i. */
uint64_t rows_count(const struct dataset *d);
uint32_t rows_count_chunk(const struct dataset *d, uint32_t i);

/* Find how many bytes the rows of each chunk of the dataset are, where that is not known. Return:
 * 0; what decoding a chunk gave; -EBADMSG; -ENOMEM; -EOVERFLOW. */
int rows_lay_out(const struct view_kind *k, const struct dataset *d, struct err *err);

/* Bytes of rows before chunk @i of the dataset, which was laid out or whose size was asked for
 * before; for @i = n_chunks all of them. */
uint64_t rows_before(const struct row_kind *k, const struct dataset *d, uint32_t i);

/* The chunk of the dataset that has byte @at of the rows; they have it. As rows_before(). */
uint32_t rows_chunk_at(const struct row_kind *k, const struct dataset *d, uint64_t at);

/* Bytes of the head; a negative errno. */
int rows_head_size(
		const struct view_kind *k, const struct dataset *d, uint64_t *out, struct err *err);

#endif
