/* SPDX-License-Identifier: MIT */
#include "core/pangenome/team.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/block/decode_pool.h"

struct team {
	int (*item)(void *arg, uint64_t i);
	void *arg;
	uint64_t n;
	pthread_mutex_t lock;
	pthread_cond_t idle;
	/* By lock: */
	uint64_t next;
	int status;
	unsigned at_work; /* threads that are in an item */
	unsigned refs;    /* jobs that know of it, and the caller */
};

struct team_job {
	struct pool_job job;
	struct team *team;
};

static void team_put(struct team *t)
{
	bool last;

	pthread_mutex_lock(&t->lock);
	last = --t->refs == 0;
	pthread_mutex_unlock(&t->lock);
	if (!last)
		return;
	pthread_cond_destroy(&t->idle);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

static void work(struct team *t)
{
	pthread_mutex_lock(&t->lock);
	while (t->next < t->n && t->status == 0) {
		uint64_t i = t->next++;
		int r;

		t->at_work++;
		pthread_mutex_unlock(&t->lock);
		r = t->item(t->arg, i);
		pthread_mutex_lock(&t->lock);
		t->at_work--;
		if (r < 0 && t->status == 0)
			t->status = r;
	}
	if (!t->at_work)
		pthread_cond_broadcast(&t->idle);
	pthread_mutex_unlock(&t->lock);
}

static void drop(struct pool_job *job)
{
	struct team_job *j = (struct team_job *)job;

	team_put(j->team);
	free(j);
}

static void run(struct pool_job *job)
{
	work(((struct team_job *)job)->team);
	drop(job);
}

static void call_in(struct team *t, struct decode_pool *pool)
{
	struct team_job *j = calloc(1, sizeof(*j));

	if (!j)
		return;
	j->job.run = run;
	j->job.drop = drop;
	j->team = t;
	pthread_mutex_lock(&t->lock);
	t->refs++;
	pthread_mutex_unlock(&t->lock);
	if (decode_pool_submit(pool, POOL_AHEAD, &j->job) < 0)
		drop(&j->job);
}

int team_run(struct decode_pool *pool, uint64_t n, int (*item)(void *arg, uint64_t i), void *arg)
{
	struct team *t = calloc(1, sizeof(*t));
	unsigned helpers = pool ? decode_pool_n_threads(pool) : 0;
	int r;

	if (!t)
		return -ENOMEM;
	t->item = item;
	t->arg = arg;
	t->n = n;
	t->refs = 1;
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->idle, NULL);
	for (unsigned i = 1; i < helpers && i < n; i++)
		call_in(t, pool);
	work(t);
	pthread_mutex_lock(&t->lock);
	while (t->at_work)
		pthread_cond_wait(&t->idle, &t->lock);
	r = t->status;
	pthread_mutex_unlock(&t->lock);
	team_put(t);
	return r;
}
