/* SPDX-License-Identifier: MIT */
/*
 * Worker threads for decoding and rendering, with two queues: work that somebody waits for goes
 * before work ahead of time.
 *
 * Start it after the last fork(): threads do not survive one. Every function here may be called
 * from any thread but decode_pool_free(), which is for the one that made it.
 */
#ifndef GENOFS_BLOCK_DECODE_POOL_H
#define GENOFS_BLOCK_DECODE_POOL_H

#include <stdbool.h>
#include <stddef.h>

struct decode_pool;

enum pool_queue {
	POOL_WANTED, /* somebody waits for it: never refused while memory lasts */
	POOL_AHEAD   /* may be dropped: refused past max_ahead jobs queued */
};

struct pool_job {
	/* Called by a worker, once, and once more each time that the job is resumed; it frees the
	 * job if that needs to be done. */
	void (*run)(struct pool_job *job);
	/* Called instead of run() where the pool ends before the job's turn. */
	void (*drop)(struct pool_job *job);
	struct pool_job *next; /* the pool's */
};

int decode_pool_new(unsigned n_threads, size_t max_ahead, struct decode_pool **out);
/* Finish the jobs that run, drop those that are queued, join the workers. */
void decode_pool_free(struct decode_pool *pool);

/* Return: 0; -EAGAIN when POOL_AHEAD is full (the caller keeps @job). */
int decode_pool_submit(struct decode_pool *pool, enum pool_queue queue, struct pool_job *job);

/* The same in two steps: nobody is woken for the job, for @n of them afterwards. */
int decode_pool_queue(struct decode_pool *pool, enum pool_queue queue, struct pool_job *job);
void decode_pool_wake(struct decode_pool *pool, unsigned n);

/* Put a job of POOL_WANTED that has let go of its thread, to wait for something that is there now,
 * in front of all others. */
void decode_pool_resume(struct decode_pool *pool, struct pool_job *job);

/* Whether the pool ends: what takes long should fail. */
bool decode_pool_is_ending(struct decode_pool *pool);
/* Whether work that somebody waits for is queued: whoever does other work in a thread of the pool
 * should let it go first. */
bool decode_pool_is_wanted(struct decode_pool *pool);

/**
 * decode_pool_help() - wait for what another thread makes, and meanwhile run jobs of POOL_AHEAD
 * @done: whether it is made; called with a lock of the pool's
 *
 * For threads that would else be idle while that other thread's helpers find none. Such a job must
 * not wait for the same. Who makes it calls decode_pool_done() afterwards.
 */
void decode_pool_help(struct decode_pool *pool, bool (*done)(void *arg), void *arg);
void decode_pool_done(struct decode_pool *pool);

unsigned decode_pool_n_threads(const struct decode_pool *pool);

#endif
