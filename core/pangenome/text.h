/* SPDX-License-Identifier: MIT */
/*
 * Text (or other bytes) that is written in order, from its beginning to its end, served at any
 * offset.
 *
 * A writer is a function that writes what comes next and notes how far it is in a small struct of
 * numbers. It is run once through, which gives the exact size; on the way its state is kept every
 * TEXT_STEP bytes or more, and reads begin from the last such state before them. What is short is
 * kept as a whole. States are bounded: where there are too many, every other one is let go.
 */
#ifndef GENOFS_PANGENOME_TEXT_H
#define GENOFS_PANGENOME_TEXT_H

#include <sys/types.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/view/text_out.h"

enum {
	TEXT_STATE_NUMBERS = 8,
	TEXT_STEP = 128 << 10,
	TEXT_WHOLE = 512 << 10, /* what is no longer than this is kept */
	TEXT_STATES_MAX = 1 << 14,
};

/* How far a writer is; all 0 at the beginning. The numbers are the writer's. */
struct text_state {
	uint64_t v[TEXT_STATE_NUMBERS];
};

/**
 * text_writer - write what comes next: a line, a few, or a part of a long one
 * @of:    what the text is of
 * @state: moved on
 * @out:   written to with text_*(): up to about 64 KiB a call, so that reads need not write much
 *         more than they want. It may stop early where text_full()
 *
 * What is written depends on @of and @state alone. Any thread may call it.
 *
 * Return: 1; 0 at the end, where it has written nothing; a negative errno.
 */
typedef int text_writer(
		const void *of, struct text_state *state, struct text_out *out, struct err *err);

struct text {
	uint64_t size;
	struct buf whole;  /* all of it, where it is short */
	struct buf states; /* struct text_mark each */
	uint64_t step;     /* bytes between them, at least */
};

/* Run the writer through. Return: 0; -ENOMEM; -EOVERFLOW; what @writer returned. */
int text_make(text_writer *writer, const void *of, struct text *out, struct err *err);
void text_done(struct text *t);
/* Whether all of it is kept: to read is to copy. */
bool text_is_whole(const struct text *t);
size_t text_bytes_kept(const struct text *t);

/* Bytes [off, off + len), which must be there, into @buf. Return: 0; what @writer returned; -EIO
 * where it wrote other bytes than before. */
int text_read(const struct text *t, text_writer *writer, const void *of, char *buf, size_t len,
		uint64_t off, struct err *err);

#endif
