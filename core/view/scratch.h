/* SPDX-License-Identifier: MIT */
/* What a thread needs to render text, kept for its life and freed at its end. */
#ifndef GENOFS_VIEW_SCRATCH_H
#define GENOFS_VIEW_SCRATCH_H

#include "core/base/buf.h"
#include "core/record/subset.h"
#include "core/store/reader.h"
#include "core/view/text_out.h"
#include "core/view/vcf_text.h"

/* Where the rows of one block begin, and of which records they are (core/view/rows.h). */
struct row_offsets {
	const void *kind; /* NULL: of nothing */
	const struct store *store;
	uint32_t chunk;
	uint64_t query; /* its serial; 0: all records are selected */
	uint64_t width; /* of its rows, where they have one */
	uint32_t n;
	uint64_t *at;     /* n + 1; owned */
	uint32_t *record; /* of the block; owned */
	uint32_t max;
};

struct view_scratch {
	char text[TEXT_SCRATCH];
	struct vcf_scratch vcf;
	struct row_offsets offsets;
	struct buf values; /* of a record's genotypes, as a file has them */
	struct buf slots;  /* of the same, a word each */
	struct buf aux;    /* bytes of a record that is being made */
	struct buf bgzf;   /* a BGZF block and what it holds */
	struct subsetter subset;
};

/* The calling thread's; NULL where memory is out. */
struct view_scratch *view_scratch(void);

#endif
