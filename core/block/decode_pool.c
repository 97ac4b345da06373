/* SPDX-License-Identifier: MIT */
#include "core/block/decode_pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/base/stats.h"

enum { N_QUEUES = 2 };

static const enum stat_id gauges[N_QUEUES] = {
	[POOL_WANTED] = STAT_QUEUED_WANTED,
	[POOL_AHEAD] = STAT_QUEUED_AHEAD,
};

struct queue {
	struct pool_job *first;
	struct pool_job **last;
	size_t n;
	enum stat_id gauge; /* shows n */
};

struct decode_pool {
	pthread_mutex_t lock;
	pthread_cond_t work;           /* a job was queued, or the end is near */
	pthread_cond_t help;           /* one of POOL_AHEAD was, or something is done */
	struct queue queues[N_QUEUES]; /* by lock */
	bool ending;                   /* by lock */
	size_t max_ahead;
	unsigned n_threads;
	pthread_t *threads; /* owned */
};

static void push(struct queue *q, struct pool_job *job)
{
	job->next = NULL;
	*q->last = job;
	q->last = &job->next;
	stat_set(q->gauge, ++q->n);
}

static void push_front(struct queue *q, struct pool_job *job)
{
	job->next = q->first;
	q->first = job;
	if (!job->next)
		q->last = &job->next;
	stat_set(q->gauge, ++q->n);
}

static struct pool_job *pop(struct queue *q)
{
	struct pool_job *job = q->first;

	if (!job)
		return NULL;
	q->first = job->next;
	if (!q->first)
		q->last = &q->first;
	stat_set(q->gauge, --q->n);
	return job;
}

/* With the lock, which it lets go of meanwhile. */
static void run(struct decode_pool *pool, struct pool_job *job)
{
	pthread_mutex_unlock(&pool->lock);
	job->run(job);
	pthread_mutex_lock(&pool->lock);
}

static void *worker(void *arg)
{
	struct decode_pool *pool = arg;

	pthread_mutex_lock(&pool->lock);
	while (!pool->ending) {
		struct pool_job *job = pop(&pool->queues[POOL_WANTED]);

		if (!job)
			job = pop(&pool->queues[POOL_AHEAD]);
		if (!job) {
			pthread_cond_wait(&pool->work, &pool->lock);
			continue;
		}
		stat_add(STAT_BUSY_THREADS, 1);
		run(pool, job);
		stat_add(STAT_BUSY_THREADS, -(uint64_t)1);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

void decode_pool_help(struct decode_pool *pool, bool (*done)(void *arg), void *arg)
{
	pthread_mutex_lock(&pool->lock);
	while (!done(arg)) {
		struct pool_job *job = pop(&pool->queues[POOL_AHEAD]);

		if (job)
			run(pool, job);
		else
			pthread_cond_wait(&pool->help, &pool->lock);
	}
	pthread_mutex_unlock(&pool->lock);
}

void decode_pool_done(struct decode_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pthread_cond_broadcast(&pool->help);
	pthread_mutex_unlock(&pool->lock);
}

int decode_pool_new(unsigned n_threads, size_t max_ahead, struct decode_pool **out)
{
	struct decode_pool *pool = calloc(1, sizeof(*pool));
	int r = 0;

	if (!pool)
		return -ENOMEM;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->work, NULL);
	pthread_cond_init(&pool->help, NULL);
	for (unsigned i = 0; i < N_QUEUES; i++) {
		pool->queues[i].last = &pool->queues[i].first;
		pool->queues[i].gauge = gauges[i];
	}
	pool->max_ahead = max_ahead;
	pool->threads = calloc(n_threads, sizeof(*pool->threads));
	if (!pool->threads)
		r = -ENOMEM;
	while (r == 0 && pool->n_threads < n_threads) {
		r = -pthread_create(&pool->threads[pool->n_threads], NULL, worker, pool);
		if (r == 0)
			pool->n_threads++;
	}
	if (r < 0) {
		decode_pool_free(pool);
		return r;
	}
	stat_set(STAT_THREADS, n_threads);
	*out = pool;
	return 0;
}

void decode_pool_free(struct decode_pool *pool)
{
	struct pool_job *job;

	if (!pool)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->ending = true;
	pthread_cond_broadcast(&pool->work);
	pthread_mutex_unlock(&pool->lock);
	for (unsigned i = 0; i < pool->n_threads; i++)
		pthread_join(pool->threads[i], NULL);
	for (unsigned i = 0; i < N_QUEUES; i++)
		while ((job = pop(&pool->queues[i])))
			job->drop(job);
	pthread_mutex_destroy(&pool->lock);
	pthread_cond_destroy(&pool->work);
	pthread_cond_destroy(&pool->help);
	free(pool->threads);
	free(pool);
}

/* With the lock. */
static int put_job(struct decode_pool *pool, enum pool_queue queue, struct pool_job *job)
{
	if (queue == POOL_AHEAD && pool->queues[POOL_AHEAD].n >= pool->max_ahead)
		return -EAGAIN;
	push(&pool->queues[queue], job);
	return 0;
}

/* Likewise. */
static void wake(struct decode_pool *pool, unsigned n)
{
	for (; n; n--) {
		pthread_cond_signal(&pool->work);
		pthread_cond_signal(&pool->help);
	}
}

int decode_pool_queue(struct decode_pool *pool, enum pool_queue queue, struct pool_job *job)
{
	int r;

	pthread_mutex_lock(&pool->lock);
	r = put_job(pool, queue, job);
	pthread_mutex_unlock(&pool->lock);
	return r;
}

void decode_pool_wake(struct decode_pool *pool, unsigned n)
{
	if (!n)
		return;
	pthread_mutex_lock(&pool->lock);
	wake(pool, n);
	pthread_mutex_unlock(&pool->lock);
}

int decode_pool_submit(struct decode_pool *pool, enum pool_queue queue, struct pool_job *job)
{
	int r;

	pthread_mutex_lock(&pool->lock);
	r = put_job(pool, queue, job);
	if (r == 0)
		wake(pool, 1);
	pthread_mutex_unlock(&pool->lock);
	return r;
}

void decode_pool_resume(struct decode_pool *pool, struct pool_job *job)
{
	pthread_mutex_lock(&pool->lock);
	push_front(&pool->queues[POOL_WANTED], job);
	pthread_cond_signal(&pool->work);
	pthread_mutex_unlock(&pool->lock);
}

bool decode_pool_is_ending(struct decode_pool *pool)
{
	bool ending;

	pthread_mutex_lock(&pool->lock);
	ending = pool->ending;
	pthread_mutex_unlock(&pool->lock);
	return ending;
}

bool decode_pool_is_wanted(struct decode_pool *pool)
{
	bool wanted;

	pthread_mutex_lock(&pool->lock);
	wanted = pool->queues[POOL_WANTED].n > 0;
	pthread_mutex_unlock(&pool->lock);
	return wanted;
}

unsigned decode_pool_n_threads(const struct decode_pool *pool)
{
	return pool->n_threads;
}
