/* SPDX-License-Identifier: MIT */
/*
 * An open view: what is read through it, and which chunks its reader will want next.
 *
 * The reader's way is followed by the one thread that dispatches requests; workers only hold
 * references and look whether the way has turned.
 */
#ifndef GENOFS_FS_VIEW_FILE_H
#define GENOFS_FS_VIEW_FILE_H

#include "core/block/decode_pool.h"
#include "core/view/view.h"

struct view_file {
	struct dataset dataset;
	const struct view_kind *kind;
	uint64_t size;
	_Atomic unsigned refs;
	_Atomic unsigned turns; /* how often the reader has gone elsewhere; released counts too */
	/* By the dispatching thread: */
	uint64_t furthest;   /* end of what was read since the last turn */
	uint64_t run;        /* bytes read since the last turn */
	uint32_t asked_to;   /* chunks below it were asked for ahead since the last turn */
	uint32_t last_chunk; /* the furthest that a read needed since the last turn */
	unsigned crossings;  /* how often it came to the next chunk in order, since then */
	/* The last read of the reader, which the kernel cuts into requests */
	uint64_t piece;
	uint64_t piece_end;
	unsigned n_back;     /* reads in a row that lie a little before the one before */
	uint32_t asked_back; /* chunk that was asked for ahead of such a reader */
};

/* To be given back with view_file_release(). Return: 0, -ENOMEM, or what kind->size() said. */
int view_file_open(const struct dataset *d, const struct view_kind *kind, struct view_file **out,
		struct err *err);
void view_file_release(struct view_file *f);

void view_file_get(struct view_file *f);
void view_file_put(struct view_file *f);

/**
 * view_file_ahead() - follow a read and have the chunks that come next decoded by @pool
 * @len: > 0, within the file
 *
 * Called by the dispatching thread, after the read itself was submitted.
 */
void view_file_ahead(struct view_file *f, struct decode_pool *pool, uint64_t off, size_t len);

#endif
