/* SPDX-License-Identifier: MIT */
#include "fs/dispatch.h"

#define FUSE_USE_VERSION 314
#include <errno.h>
#include <fuse_lowlevel.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "fs/reply.h"

enum step { STEP_WAIT, STEP_BEGIN, STEP_LEAVE };

struct dispatch {
	struct fuse_session *session;
	pthread_mutex_t lock;
	pthread_cond_t stepped;
	enum step step;    /* by lock */
	bool failed;       /* by lock */
	int ended;         /* eventfd: counts the threads that have; owned */
	unsigned n;        /* threads */
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
	uint64_t one = 1;

	if (may_begin(d) && take_requests(d->session) < 0) {
		pthread_mutex_lock(&d->lock);
		d->failed = true;
		pthread_mutex_unlock(&d->lock);
	}
	reply_buffer_free(buffer);
	buffer = NULL;
	while (write(d->ended, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	return NULL;
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
	d->ended = eventfd(0, EFD_CLOEXEC);
	d->thread = calloc(n_threads, sizeof(*d->thread));
	if (d->ended < 0 || !d->thread)
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

void dispatch_begin(struct dispatch *d)
{
	step_to(d, STEP_BEGIN);
}

int dispatch_fd(const struct dispatch *d)
{
	return d->ended;
}

static void join_all(struct dispatch *d)
{
	for (unsigned i = 0; i < d->n; i++)
		pthread_join(d->thread[i], NULL);
	d->n = 0;
}

int dispatch_wait(struct dispatch *d)
{
	bool failed;

	pthread_mutex_lock(&d->lock);
	failed = d->failed;
	pthread_mutex_unlock(&d->lock);
	if (failed)
		return -EIO;
	join_all(d);
	return d->failed ? -EIO : 0;
}

void dispatch_free(struct dispatch *d)
{
	if (!d)
		return;
	step_to(d, STEP_LEAVE);
	join_all(d);
	if (d->ended >= 0)
		close(d->ended);
	pthread_cond_destroy(&d->stepped);
	pthread_mutex_destroy(&d->lock);
	free(d->thread);
	free(d);
}
