/* SPDX-License-Identifier: MIT */
/*
 * Pieces of text that threads make in any order and that are written in one: by their numbers, from
 * 0 on. Whoever makes the next piece writes it, and those after it that wait. From any thread.
 */
#ifndef GENOFS_LD_LD_OUTPUT_H
#define GENOFS_LD_LD_OUTPUT_H

#include "core/base/buf.h"
#include "core/base/err.h"

struct ld_output;

struct ld_sink {
	/* Called by one thread at a time. Return: 0 or a negative errno. */
	int (*write)(void *arg, const void *p, size_t n, struct err *err);
	void *arg;
};

/* @limit: bytes that may wait for their turn before ld_output_is_full(). Return: 0; -ENOMEM. */
int ld_output_new(const struct ld_sink *sink, size_t limit, struct ld_output **out);
void ld_output_free(struct ld_output *o); /* NULL is nothing to do */

/* Make no more pieces but those begun: too many bytes wait for one that is not there yet. */
bool ld_output_is_full(struct ld_output *o);

/* The first part of piece @number: waits until it is its turn, and empties @text.
 * Return: 0; -ECANCELED after ld_output_stop(); what the sink said. */
int ld_output_part(struct ld_output *o, uint64_t number, struct buf *text, struct err *err);
/* All, or what is left, of the piece; takes over @text, which is empty afterwards. As above;
 * -ENOMEM. */
int ld_output_end(struct ld_output *o, uint64_t number, struct buf *text, struct err *err);

/* Something failed: nobody is to wait any more. */
void ld_output_stop(struct ld_output *o);

#endif
