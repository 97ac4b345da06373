/* SPDX-License-Identifier: MIT */
/* Workers, and threads that help while they wait. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/block/decode_pool.h"

enum { N_PARTS = 50, TOO_LONG = 60 /* seconds */ };

/* Something that one worker makes, of parts that others must do. */
struct making {
	struct decode_pool *pool;
	pthread_mutex_t lock;
	pthread_cond_t part;
	unsigned n_done; /* by lock, as the next one */
	bool made;
};

struct job {
	struct pool_job job;
	struct making *m;
};

static void submit(struct making *m, enum pool_queue queue, void (*run)(struct pool_job *job))
{
	struct job *j = calloc(1, sizeof(*j));

	if (!j)
		abort();
	j->m = m;
	j->job.run = run;
	j->job.drop = run;
	if (decode_pool_submit(m->pool, queue, &j->job) < 0)
		abort();
}

static void do_part(struct pool_job *job)
{
	struct making *m = ((struct job *)job)->m;

	pthread_mutex_lock(&m->lock);
	m->n_done++;
	pthread_cond_signal(&m->part);
	pthread_mutex_unlock(&m->lock);
	free(job);
}

/* The pool's only thread: whoever waits must do the parts. */
static void make(struct pool_job *job)
{
	struct making *m = ((struct job *)job)->m;

	for (unsigned i = 0; i < N_PARTS; i++)
		submit(m, POOL_AHEAD, do_part);
	pthread_mutex_lock(&m->lock);
	while (m->n_done < N_PARTS)
		pthread_cond_wait(&m->part, &m->lock);
	m->made = true;
	pthread_mutex_unlock(&m->lock);
	decode_pool_done(m->pool);
	free(job);
}

static bool is_made(void *arg)
{
	struct making *m = arg;
	bool made;

	pthread_mutex_lock(&m->lock);
	made = m->made;
	pthread_mutex_unlock(&m->lock);
	return made;
}

static void *help(void *arg)
{
	decode_pool_help(((struct making *)arg)->pool, is_made, arg);
	return NULL;
}

static void init(struct making *m, unsigned n_threads, size_t max_ahead)
{
	*m = (struct making){ 0 };
	pthread_mutex_init(&m->lock, NULL);
	pthread_cond_init(&m->part, NULL);
	assert_int_equal(decode_pool_new(n_threads, max_ahead, &m->pool), 0);
}

static void done(struct making *m)
{
	decode_pool_free(m->pool);
	pthread_cond_destroy(&m->part);
	pthread_mutex_destroy(&m->lock);
}

static void test_who_waits_does_the_parts(void **state)
{
	struct making m;
	pthread_t helpers[3];

	(void)state;
	alarm(TOO_LONG);
	for (unsigned n = 1; n <= 3; n++) {
		init(&m, 1, N_PARTS);
		for (unsigned i = 0; i < n; i++)
			if (pthread_create(&helpers[i], NULL, help, &m))
				abort();
		submit(&m, POOL_WANTED, make);
		for (unsigned i = 0; i < n; i++)
			pthread_join(helpers[i], NULL);
		assert_true(m.made);
		assert_int_equal(m.n_done, N_PARTS);
		done(&m);
	}
	alarm(0);
}

static void test_what_is_made_is_not_waited_for(void **state)
{
	struct making m;

	(void)state;
	alarm(TOO_LONG);
	init(&m, 1, 1);
	m.made = true;
	help(&m);
	done(&m);
	alarm(0);
}

static void test_work_ahead_is_bounded(void **state)
{
	struct making m;
	struct job last = { { .run = do_part, .drop = do_part }, &m };

	(void)state;
	init(&m, 0, 2);
	submit(&m, POOL_AHEAD, do_part);
	submit(&m, POOL_AHEAD, do_part);
	assert_int_equal(decode_pool_submit(m.pool, POOL_AHEAD, &last.job), -EAGAIN);
	submit(&m, POOL_WANTED, do_part);
	done(&m);
	/* Those that had no turn were dropped, once each. */
	assert_int_equal(m.n_done, 3);
}

struct numbered {
	struct pool_job job;
	unsigned number;
};

static unsigned in_turn[5];
static unsigned n_in_turn;

static void note_turn(struct pool_job *job)
{
	in_turn[n_in_turn++] = ((struct numbered *)job)->number;
}

static void test_who_let_go_of_a_thread_goes_first(void **state)
{
	static const unsigned expected[] = { 4, 3, 0, 1, 2 };
	struct numbered jobs[5];
	struct making m;

	(void)state;
	for (unsigned n_threads = 0; n_threads < 2; n_threads++) {
		n_in_turn = 0;
		init(&m, n_threads, 1);
		if (n_threads) /* it is busy until all are queued */
			pthread_mutex_lock(&m.lock);
		submit(&m, POOL_WANTED, do_part);
		while (n_threads && decode_pool_is_wanted(m.pool))
			sched_yield();
		for (unsigned i = 0; i < 5; i++) {
			jobs[i] = (struct numbered){ { .run = note_turn, .drop = note_turn }, i };
			if (i < 3)
				decode_pool_submit(m.pool, POOL_WANTED, &jobs[i].job);
			else
				decode_pool_resume(m.pool, &jobs[i].job);
		}
		if (n_threads)
			pthread_mutex_unlock(&m.lock);
		while (n_threads && decode_pool_is_wanted(m.pool))
			sched_yield();
		done(&m);
		assert_int_equal(n_in_turn, 5);
		assert_memory_equal(in_turn, expected, sizeof(expected));
	}
	/* Into an empty queue, and behind it. */
	n_in_turn = 0;
	init(&m, 0, 1);
	decode_pool_resume(m.pool, &jobs[0].job);
	decode_pool_submit(m.pool, POOL_WANTED, &jobs[1].job);
	done(&m);
	assert_int_equal(in_turn[0], 0);
	assert_int_equal(in_turn[1], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_waits_does_the_parts),
		cmocka_unit_test(test_what_is_made_is_not_waited_for),
		cmocka_unit_test(test_work_ahead_is_bounded),
		cmocka_unit_test(test_who_let_go_of_a_thread_goes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
