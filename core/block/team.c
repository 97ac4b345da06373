/* SPDX-License-Identifier: MIT */
#include "core/block/team.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/block/decode_pool.h"

struct team {
	struct decode_pool *pool; /* NULL: the caller does all */
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

/* Do the next item. Return: whether there was one. */
static bool work(struct team *t)
{
	bool ending = t->pool && decode_pool_is_ending(t->pool);
	bool some;
	uint64_t i;
	int r;

	pthread_mutex_lock(&t->lock);
	if (ending && t->next < t->n && t->status == 0)
		t->status = -ESHUTDOWN;
	some = t->next < t->n && t->status == 0;
	if (some) {
		i = t->next++;
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
	return some;
}

static void drop(struct pool_job *job)
{
	struct team_job *j = (struct team_job *)job;

	team_put(j->team);
	free(j);
}

static void run(struct pool_job *job)
{
	struct team *t = ((struct team_job *)job)->team;

	while (!decode_pool_is_wanted(t->pool) && work(t))
		;
	drop(job);
}

/* A reference for one more helper, where there are not enough. */
static bool ref_helper(struct team *t)
{
	unsigned helpers = decode_pool_n_threads(t->pool);
	bool wanted;

	pthread_mutex_lock(&t->lock);
	wanted = t->refs < helpers && t->refs <= t->n - t->next;
	t->refs += wanted;
	pthread_mutex_unlock(&t->lock);
	return wanted;
}

/* Of one that never came: the caller has a reference too. */
static void unref_helper(struct team *t)
{
	pthread_mutex_lock(&t->lock);
	t->refs--;
	pthread_mutex_unlock(&t->lock);
}

/* Return: whether there was one more to be had, and wanted. */
static bool call_in(struct team *t)
{
	struct team_job *j;

	if (!ref_helper(t))
		return false;
	j = calloc(1, sizeof(*j));
	if (j) {
		j->job.run = run;
		j->job.drop = drop;
		j->team = t;
		if (decode_pool_submit(t->pool, POOL_AHEAD, &j->job) == 0)
			return true;
	}
	free(j);
	unref_helper(t);
	return false;
}

int team_run(struct decode_pool *pool, uint64_t n, int (*item)(void *arg, uint64_t i), void *arg)
{
	struct team *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return -ENOMEM;
	t->pool = pool;
	t->item = item;
	t->arg = arg;
	t->n = n;
	t->refs = 1;
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->idle, NULL);
	do {
		while (pool && call_in(t))
			;
	} while (work(t));
	pthread_mutex_lock(&t->lock);
	while (t->at_work)
		pthread_cond_wait(&t->idle, &t->lock);
	r = t->status;
	pthread_mutex_unlock(&t->lock);
	team_put(t);
	return r;
}
