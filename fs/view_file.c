/* SPDX-License-Identifier: MIT */
#include "fs/view_file.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/cleanup.h"
#include "core/view/query.h"
#include "core/view/rows.h"

enum {
	/* The kernel reads ahead in parallel, and several threads take its requests, so that those
	 * of one reader in order arrive this much out of order. */
	NEAR = 4 << 20,
	/* So much in order is a reader that goes on. The kernel reads so much ahead of whoever
	 * looks at a header, whatever it wants then. */
	RUN_MIN = 1 << 20,
	/* So many reads in a row, each a little before the last, are a reader that goes backward.
	 */
	BACK_MIN = 3
};

#define NO_CHUNK UINT32_MAX

struct ahead_job {
	struct pool_job job;
	struct view_file *file; /* a reference */
	uint32_t chunk;
	unsigned turns; /* of the file when the job was made */
};

int view_file_open(const struct dataset *d, const struct view_kind *kind, struct view_file **out,
		struct err *err)
{
	CLEANUP(freep) struct view_file *f = calloc(1, sizeof(*f));
	int r;

	if (!f)
		return err_set(err, -ENOMEM, "out of memory");
	f->dataset = *d;
	f->kind = kind;
	r = view_size(kind, d, &f->size, err);
	if (r < 0)
		return r;
	if (d->query)
		query_get(d->query);
	pthread_mutex_init(&f->lock, NULL);
	f->refs = 1;
	f->asked_back = NO_CHUNK;

	*out = f;
	f = NULL;
	return 0;
}

void view_file_get(struct view_file *f)
{
	atomic_fetch_add_explicit(&f->refs, 1, memory_order_relaxed);
}

void view_file_put(struct view_file *f)
{
	if (atomic_fetch_sub_explicit(&f->refs, 1, memory_order_acq_rel) == 1) {
		query_put(f->dataset.query);
		pthread_mutex_destroy(&f->lock);
		free(f);
	}
}

/* Work done ahead for a reader is not wanted any more. */
static void turn(struct view_file *f)
{
	atomic_fetch_add_explicit(&f->turns, 1, memory_order_relaxed);
}

void view_file_release(struct view_file *f)
{
	turn(f);
	view_file_put(f);
}

static void ahead_drop(struct pool_job *job)
{
	struct ahead_job *ahead = (struct ahead_job *)job;

	view_file_put(ahead->file);
	free(ahead);
}

/* Whether the reader has not gone elsewhere, nor past it, since the job was queued. */
static bool still_ahead(const struct ahead_job *ahead)
{
	struct view_file *f = ahead->file;
	bool passed;

	if (atomic_load_explicit(&f->turns, memory_order_relaxed) != ahead->turns)
		return false;
	pthread_mutex_lock(&f->lock);
	passed = f->passed_to != NO_CHUNK && ahead->chunk < f->passed_to;
	pthread_mutex_unlock(&f->lock);
	return !passed;
}

static void ahead_run(struct pool_job *job)
{
	struct ahead_job *ahead = (struct ahead_job *)job;
	struct view_file *f = ahead->file;

	if (still_ahead(ahead))
		block_cache_prefetch(f->dataset.cache, f->dataset.store,
				dataset_chunk(&f->dataset, ahead->chunk),
				rows_part(f->kind, &f->dataset, ahead->chunk));
	ahead_drop(job);
}

/* Where decodes are queued, and how many were. */
struct asked {
	struct decode_pool *pool;
	unsigned n;
};

static int queue_ahead(
		struct view_file *f, struct asked *asked, enum pool_queue queue, uint32_t chunk)
{
	struct ahead_job *ahead = calloc(1, sizeof(*ahead));
	int r;

	if (!ahead)
		return -ENOMEM;
	ahead->job.run = ahead_run;
	ahead->job.drop = ahead_drop;
	ahead->file = f;
	ahead->chunk = chunk;
	ahead->turns = atomic_load_explicit(&f->turns, memory_order_relaxed);
	view_file_get(f);
	r = decode_pool_queue(asked->pool, queue, &ahead->job);
	if (r < 0)
		ahead_drop(&ahead->job);
	else
		asked->n++;
	return r;
}

/* Whether the read goes on where the reader was; turns to it where not. */
static bool follow(struct view_file *f, uint64_t off, size_t len)
{
	uint64_t before = f->run;
	bool near = off <= f->furthest + NEAR && off + len + NEAR >= f->furthest;

	if (!near) {
		turn(f);
		f->furthest = 0;
		f->run = 0;
		f->asked_to = 0;
		f->last_chunk = 0;
		f->crossings = 0;
	}
	if (off + len > f->furthest)
		f->furthest = off + len;
	f->run += len;
	return near && before > 0 && f->run >= RUN_MIN;
}

/*
 * Have the chunks before @to decoded that are behind @first, which a read is on its way to. A
 * reader that has come from chunk to chunk in order wants @next as good as certainly: it is not
 * left to idle workers then, of which there are none while a fast reader keeps all of them
 * rendering, who would then all wait for one decode at the chunk's end.
 */
static void ask_ahead(struct view_file *f, struct asked *asked, uint32_t first, uint32_t next,
		uint32_t to)
{
	uint32_t chunk = first + 1 > f->asked_to ? first + 1 : f->asked_to;

	for (; chunk < to; chunk++) {
		bool wanted = chunk <= next && f->crossings > 0;

		if (queue_ahead(f, asked, wanted ? POOL_WANTED : POOL_AHEAD, chunk) < 0)
			return;
		f->asked_to = chunk + 1;
	}
}

/* The same for a reader that goes backward, to chunk @first. Return: whether it is one. */
static bool ask_back(struct view_file *f, struct asked *asked, uint64_t off, uint32_t first)
{
	if (off < f->piece || off - f->piece > NEAR) {
		f->n_back = off < f->piece && f->piece - off <= NEAR ? f->n_back + 1 : 0;
		f->piece = off;
	}
	if (f->n_back < BACK_MIN) {
		f->asked_back = NO_CHUNK;
		return false;
	}
	f->passed_to = first > 0 ? first - 1 : 0;
	if (first > 0 && f->asked_back != first - 1 &&
			queue_ahead(f, asked, POOL_AHEAD, first - 1) == 0)
		f->asked_back = first - 1;
	return true;
}

struct chunk_range view_file_chunks(const struct view_file *f, uint64_t off, size_t len)
{
	struct chunk_range none = { 0, 0 };
	uint32_t first;
	uint32_t last;

	if (!f->kind->ops->chunk_at)
		return none;
	last = f->kind->ops->chunk_at(f->kind, &f->dataset, off + len - 1);
	if (last == NO_CHUNK)
		return none;
	first = f->kind->ops->chunk_at(f->kind, &f->dataset, off);
	if (first == NO_CHUNK) /* a read from the literal text into the chunks */
		first = 0;
	return (struct chunk_range){ first, last + 1 };
}

static bool has_chunk(const struct view_file *f, uint32_t chunk)
{
	const struct dataset *d = &f->dataset;

	return block_cache_has(
			d->cache, d->store, dataset_chunk(d, chunk), rows_part(f->kind, d, chunk));
}

bool view_file_has(const struct view_file *f, struct chunk_range chunks)
{
	for (; chunks.first < chunks.end; chunks.first++)
		if (!has_chunk(f, chunks.first))
			return false;
	return true;
}

bool view_file_await(const struct view_file *f, struct chunk_range chunks, struct block_waiter *w)
{
	const struct dataset *d = &f->dataset;

	while (chunks.first < chunks.end && has_chunk(f, chunks.first))
		chunks.first++;
	return chunks.first < chunks.end &&
	       block_cache_await(d->cache, d->store, dataset_chunk(d, chunks.first),
			       rows_part(f->kind, d, chunks.first), w);
}

/* Of a reader in order that came to byte @at and more than what requests may be apart: the cache
 * need not keep for it what lies before. */
static void leave_behind(struct view_file *f, uint64_t at)
{
	const struct dataset *d = &f->dataset;
	uint32_t to = f->kind->ops->chunk_at(f->kind, d, at);
	uint32_t chunk = NO_CHUNK;

	if (to == NO_CHUNK)
		return;
	pthread_mutex_lock(&f->lock);
	if (f->furthest >= at && f->passed_to < to) {
		chunk = f->passed_to;
		f->passed_to = to;
	}
	pthread_mutex_unlock(&f->lock);
	for (; chunk < to; chunk++)
		block_cache_passed(d->cache, d->store, dataset_chunk(d, chunk),
				rows_part(f->kind, d, chunk));
}

/* With the lock. Return: whether a reader in order came to another chunk. */
static bool look_ahead(struct view_file *f, struct asked *asked, uint64_t off, size_t len,
		struct chunk_range chunks)
{
	const uint32_t end = f->dataset.n_chunks;
	const unsigned n_threads = decode_pool_n_threads(asked->pool);
	uint32_t n_ahead = 0;
	bool in_order;
	bool crossed;

	if (ask_back(f, asked, off, chunks.first))
		return false;
	in_order = follow(f, off, len);
	if (f->run == len)
		f->passed_to = NO_CHUNK;
	if (chunks.first == chunks.end)
		return false;
	if (f->passed_to == NO_CHUNK)
		f->passed_to = chunks.first;
	crossed = in_order && chunks.end - 1 > f->last_chunk;
	f->crossings += crossed;
	if (chunks.end - 1 > f->last_chunk)
		f->last_chunk = chunks.end - 1;
	/* The more chunks it has come through, the further ahead, up to one for each thread. */
	if (in_order)
		n_ahead = f->crossings < n_threads ? f->crossings + 1 : n_threads;
	ask_ahead(f, asked, chunks.first, chunks.end,
			n_ahead < end - chunks.end ? chunks.end + n_ahead : end);
	return crossed;
}

unsigned view_file_ahead(struct view_file *f, struct decode_pool *pool, uint64_t off, size_t len,
		struct chunk_range chunks)
{
	struct asked asked = { pool, 0 };
	bool crossed;

	if (!f->kind->ops->chunk_at)
		return 0;
	pthread_mutex_lock(&f->lock);
	crossed = look_ahead(f, &asked, off, len, chunks);
	pthread_mutex_unlock(&f->lock);
	if (crossed && off + len > NEAR)
		leave_behind(f, off + len - NEAR);
	return asked.n;
}
