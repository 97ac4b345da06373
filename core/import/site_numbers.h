/* SPDX-License-Identifier: MIT */
/*
 * Numbers of each record of a chunk that are no column's: positions, lengths of the reference, and
 * those of the lines in each view. One thread at a time; zero-initialised.
 */
#ifndef GENOFS_IMPORT_SITE_NUMBERS_H
#define GENOFS_IMPORT_SITE_NUMBERS_H

#include "core/import/stream_out.h"

struct site_numbers {
	struct buf rlens; /* u64s: zigzag of what the reference is over REF */
	struct buf work;  /* u64s */
	struct buf bytes; /* as they are stored */
};

void site_numbers_done(struct site_numbers *s);
void site_numbers_begin(struct site_numbers *s);

/* Take a record; @text_len: what its line in both views is less, in @image till it is sealed. */
void site_numbers_put(struct site_numbers *s, const struct record *r, uint64_t ref_len,
		uint64_t text_len, struct chunk_image *image);

/* Both return 0 or -ENOMEM. Positions and lengths of the reference: */
int site_numbers_end(struct site_numbers *s, const struct record *records, uint32_t n,
		struct stream_out *out);
/* Lengths of lines, [view][record]: */
int site_lengths_put(struct site_numbers *s, const uint64_t *const lengths[N_LINE_VIEWS],
		struct stream_out *out);

#endif
