/* SPDX-License-Identifier: MIT */
#include "fs/reply.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "core/base/large.h"

struct reply_buffers {
	pthread_mutex_t lock;
	pthread_cond_t returned; /* a buffer came back */
	unsigned max;
	unsigned n_made; /* by lock */
	unsigned n_free; /* by lock */
	char *free[];    /* max of them, the last used at the end; by lock */
};

int reply_errno(int r)
{
	switch (-r) {
	case ENOENT:
	case ENOTDIR:
	case EISDIR:
	case EROFS:
	case EACCES:
	case ENFILE:
	case ENOMEM:
	case ESTALE:
	case ENOSYS:
		return -r;
	default:
		return EIO;
	}
}

char *reply_buffer_new(void)
{
	return large_alloc(REPLY_MAX);
}

void reply_buffer_free(char *buffer)
{
	large_free(buffer);
}

int reply_buffers_new(unsigned n, struct reply_buffers **out)
{
	struct reply_buffers *b = calloc(1, sizeof(*b) + n * sizeof(b->free[0]));

	if (!b)
		return -ENOMEM;
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->returned, NULL);
	b->max = n;
	*out = b;
	return 0;
}

void reply_buffers_free(struct reply_buffers *b)
{
	if (!b)
		return;
	for (unsigned i = 0; i < b->n_free; i++)
		reply_buffer_free(b->free[i]);
	pthread_cond_destroy(&b->returned);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

/* One more, with the lock held; NULL at the bound, or when memory is out. */
static char *make_buffer(struct reply_buffers *b)
{
	char *buffer;

	if (b->n_made == b->max)
		return NULL;
	buffer = reply_buffer_new();
	b->n_made += buffer != NULL;
	return buffer;
}

char *reply_buffer_get(struct reply_buffers *b)
{
	char *buffer = NULL;

	pthread_mutex_lock(&b->lock);
	if (b->n_free == 0)
		buffer = make_buffer(b);
	if (!buffer && b->n_made > 0) {
		while (b->n_free == 0)
			pthread_cond_wait(&b->returned, &b->lock);
		buffer = b->free[--b->n_free];
	}
	pthread_mutex_unlock(&b->lock);
	return buffer;
}

void reply_buffer_put(struct reply_buffers *b, char *buffer)
{
	pthread_mutex_lock(&b->lock);
	b->free[b->n_free++] = buffer;
	pthread_cond_signal(&b->returned);
	pthread_mutex_unlock(&b->lock);
}
