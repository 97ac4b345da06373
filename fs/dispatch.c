/* SPDX-License-Identifier: MIT */
#include "fs/dispatch.h"

#define FUSE_USE_VERSION 314
#include <errno.h>
#include <fuse_lowlevel.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "fs/reply.h"

enum step { STEP_WAIT, STEP_BEGIN, STEP_LEAVE };

struct dispatch {
	struct fuse_session *session;
	pthread_t runner; /* who calls dispatch_run() */
	sigset_t signals; /* that it has blocked while it waits */
	pthread_mutex_t lock;
	pthread_cond_t stepped;
	enum step step;    /* by lock */
	unsigned n_ended;  /* threads; by lock */
	bool failed;       /* by lock */
	unsigned n;        /* threads that were started */
	pthread_t *thread; /* owned */
};

static _Thread_local char *buffer; /* of this thread, once needed */

char *dispatch_buffer(void)
{
	if (!buffer)
		buffer = reply_buffer_new();
	return buffer;
}

static bool may_begin(struct dispatch *d)
{
	bool begin;

	pthread_mutex_lock(&d->lock);
	while (d->step == STEP_WAIT)
		pthread_cond_wait(&d->stepped, &d->lock);
	begin = d->step == STEP_BEGIN;
	pthread_mutex_unlock(&d->lock);
	return begin;
}

static void step_to(struct dispatch *d, enum step step)
{
	pthread_mutex_lock(&d->lock);
	d->step = step;
	pthread_cond_broadcast(&d->stepped);
	pthread_mutex_unlock(&d->lock);
}

/* Return: 0 when the mount is gone, -EIO when /dev/fuse failed. */
static int take_requests(struct fuse_session *session)
{
	struct fuse_buf request = { 0 };
	int r = 0;

	while (r == 0 && !fuse_session_exited(session)) {
		int n = fuse_session_receive_buf(session, &request);

		if (n > 0)
			fuse_session_process_buf(session, &request);
		else if (n < 0 && n != -EINTR && n != -EAGAIN)
			r = -EIO;
	}
	free(request.mem);
	return r;
}

static void *dispatcher(void *arg)
{
	struct dispatch *d = arg;
	bool failed = may_begin(d) && take_requests(d->session) < 0;

	reply_buffer_free(buffer);
	pthread_mutex_lock(&d->lock);
	d->failed |= failed;
	d->n_ended++;
	pthread_mutex_unlock(&d->lock);
	pthread_kill(d->runner, SIGUSR2);
	return NULL;
}

/* It only ends a wait. */
static void on_signal(int signal)
{
	(void)signal;
}

/* SIGUSR2 stays pending until the runner waits, so that none is missed. */
static void take_signal(struct dispatch *d)
{
	const struct sigaction action = { .sa_handler = on_signal };
	sigset_t own;

	d->runner = pthread_self();
	sigaction(SIGUSR2, &action, NULL);
	sigemptyset(&own);
	sigaddset(&own, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &own, &d->signals);
	sigdelset(&d->signals, SIGUSR2);
}

int dispatch_new(struct fuse_session *session, unsigned n_threads, struct dispatch **out)
{
	struct dispatch *d = calloc(1, sizeof(*d));
	int r = 0;

	if (!d)
		return -ENOMEM;
	d->session = session;
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->stepped, NULL);
	take_signal(d);
	d->thread = calloc(n_threads, sizeof(*d->thread));
	if (!d->thread)
		r = -ENOMEM;
	while (r == 0 && d->n < n_threads) {
		r = -pthread_create(&d->thread[d->n], NULL, dispatcher, d);
		if (r == 0)
			d->n++;
	}
	if (r < 0) {
		dispatch_free(d);
		return r;
	}
	*out = d;
	return 0;
}

static void join_all(struct dispatch *d)
{
	for (unsigned i = 0; i < d->n; i++)
		pthread_join(d->thread[i], NULL);
	d->n = 0;
}

/* Return: 1 while all go on; 0 when the mount is gone; -EIO. */
static int state(struct dispatch *d)
{
	int r;

	pthread_mutex_lock(&d->lock);
	r = d->failed ? -EIO : d->n_ended == 0;
	pthread_mutex_unlock(&d->lock);
	return r;
}

int dispatch_run(struct dispatch *d, int fd, bool (*on_fd)(int fd))
{
	struct pollfd watched = { .fd = fd, .events = POLLIN };
	int r;

	step_to(d, STEP_BEGIN);
	while ((r = state(d)) > 0)
		if (ppoll(&watched, 1, NULL, &d->signals) > 0 && !on_fd(fd))
			return -EIO;
	if (r < 0)
		return r;
	join_all(d);
	return d->failed ? -EIO : 0;
}

void dispatch_free(struct dispatch *d)
{
	if (!d)
		return;
	step_to(d, STEP_LEAVE);
	join_all(d);
	pthread_cond_destroy(&d->stepped);
	pthread_mutex_destroy(&d->lock);
	free(d->thread);
	free(d);
}
