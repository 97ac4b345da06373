/* SPDX-License-Identifier: MIT */
/*
 * An open view: what is read through it, and which chunks its reader will want next.
 *
 * The reader's way is followed by the threads that dispatch requests; workers only hold references
 * and look whether the way has turned. Every function may be called from any thread.
 */
#ifndef GENOFS_FS_VIEW_FILE_H
#define GENOFS_FS_VIEW_FILE_H

#include <pthread.h>

#include "core/block/decode_pool.h"
#include "core/view/view.h"

struct view_file {
	struct dataset dataset;
	const struct view_kind *kind;
	uint64_t size;
	_Atomic unsigned refs;
	_Atomic unsigned turns; /* how often the reader has gone elsewhere; released counts too */
	pthread_mutex_t lock;
	/* By lock: */
	uint64_t furthest;   /* end of what was read since the last turn */
	uint64_t run;        /* bytes read since the last turn */
	uint32_t asked_to;   /* chunks below it were asked for ahead since the last turn */
	uint32_t last_chunk; /* the furthest that a read needed since the last turn */
	uint32_t passed_to;  /* chunks below it, from the last turn on, lie behind the reader;
				UINT32_MAX: it has come to none since */
	unsigned crossings;  /* how often it came to the next chunk in order, since then */
	uint64_t piece;      /* where the last read of the reader begins, which comes in requests */
	unsigned n_back;     /* reads in a row that lie a little before the one before */
	uint32_t asked_back; /* chunk that was asked for ahead of such a reader */
};

/* To be given back with view_file_release(). Return: 0, -ENOMEM, or what kind->size() said. */
int view_file_open(const struct dataset *d, const struct view_kind *kind, struct view_file **out,
		struct err *err);
void view_file_release(struct view_file *f);

void view_file_get(struct view_file *f);
void view_file_put(struct view_file *f);

/* Chunks [first, end) of the file's dataset. */
struct chunk_range {
	uint32_t first;
	uint32_t end;
};

/* Those whose blocks a read wants: none in literal text. @len: > 0, within the file. */
struct chunk_range view_file_chunks(const struct view_file *f, uint64_t off, size_t len);

/* Whether all their blocks are there. A hint: it may be wrong a moment later. */
bool view_file_has(const struct view_file *f, struct chunk_range chunks);

/* Where another thread is decoding the first of them that is not there: have @w called when it has
 * (block_cache_await()). Return: false where none is. */
bool view_file_await(const struct view_file *f, struct chunk_range chunks, struct block_waiter *w);

/**
 * view_file_ahead() - follow a read and queue decodes of the chunks that come next
 * @len:    > 0, within the file
 * @chunks: that it wants
 *
 * Called after the read itself was submitted, where it was; where it was not, before it is
 * answered, so that reads are followed in the order in which they came.
 *
 * Return: how many decodes were queued, for decode_pool_wake().
 */
unsigned view_file_ahead(struct view_file *f, struct decode_pool *pool, uint64_t off, size_t len,
		struct chunk_range chunks);

#endif
