/* SPDX-License-Identifier: MIT */
#include "core/ld/ld_output.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

/* One that waits for its turn. */
struct piece {
	uint64_t number;
	struct buf text;
	struct piece *next;
};

struct ld_output {
	struct ld_sink sink;
	size_t limit;
	pthread_mutex_t lock;
	pthread_cond_t turned;
	uint64_t turn;         /* number of the piece to be written next; by lock */
	struct piece *waiting; /* by number; by lock; owned */
	size_t n_bytes;        /* of those; by lock */
	bool writing;          /* a thread writes what waited; by lock */
	bool stopped;          /* by lock */
};

int ld_output_new(const struct ld_sink *sink, size_t limit, struct ld_output **out)
{
	struct ld_output *o = calloc(1, sizeof(*o));

	if (!o)
		return -ENOMEM;
	o->sink = *sink;
	o->limit = limit;
	pthread_mutex_init(&o->lock, NULL);
	pthread_cond_init(&o->turned, NULL);
	*out = o;
	return 0;
}

static void piece_free(struct piece *p)
{
	buf_done(&p->text);
	free(p);
}

void ld_output_free(struct ld_output *o)
{
	if (!o)
		return;
	while (o->waiting) {
		struct piece *p = o->waiting;

		o->waiting = p->next;
		piece_free(p);
	}
	pthread_cond_destroy(&o->turned);
	pthread_mutex_destroy(&o->lock);
	free(o);
}

bool ld_output_is_full(struct ld_output *o)
{
	bool full;

	pthread_mutex_lock(&o->lock);
	full = o->n_bytes > o->limit;
	pthread_mutex_unlock(&o->lock);
	return full;
}

int ld_output_part(struct ld_output *o, uint64_t number, struct buf *text, struct err *err)
{
	bool stopped;
	int r;

	pthread_mutex_lock(&o->lock);
	while ((o->turn != number || o->writing) && !o->stopped)
		pthread_cond_wait(&o->turned, &o->lock);
	stopped = o->stopped;
	pthread_mutex_unlock(&o->lock);
	if (stopped)
		return err_set(err, -ECANCELED, "ended because of another failure");
	r = o->sink.write(o->sink.arg, text->data, text->len, err);
	buf_clear(text);
	return r;
}

static void insert(struct ld_output *o, struct piece *p)
{
	struct piece **at = &o->waiting;

	while (*at && (*at)->number < p->number)
		at = &(*at)->next;
	p->next = *at;
	*at = p;
	o->n_bytes += p->text.len;
}

/* Write what waits and whose turn it is. Called and left with the lock, which it gives back. */
static int write_waiting(struct ld_output *o, struct err *err)
{
	int r = 0;

	while (r == 0 && !o->writing && !o->stopped && o->waiting &&
			o->waiting->number == o->turn) {
		struct piece *p = o->waiting;

		o->waiting = p->next;
		o->n_bytes -= p->text.len;
		o->writing = true;
		pthread_mutex_unlock(&o->lock);
		r = o->sink.write(o->sink.arg, p->text.data, p->text.len, err);
		piece_free(p);
		pthread_mutex_lock(&o->lock);
		o->writing = false;
		o->turn++;
		pthread_cond_broadcast(&o->turned);
	}
	return r;
}

int ld_output_end(struct ld_output *o, uint64_t number, struct buf *text, struct err *err)
{
	struct piece *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return err_set(err, -ENOMEM, "out of memory");
	p->number = number;
	p->text = *text;
	*text = (struct buf){ 0 };
	pthread_mutex_lock(&o->lock);
	insert(o, p);
	r = write_waiting(o, err);
	pthread_mutex_unlock(&o->lock);
	return r;
}

void ld_output_stop(struct ld_output *o)
{
	pthread_mutex_lock(&o->lock);
	o->stopped = true;
	pthread_cond_broadcast(&o->turned);
	pthread_mutex_unlock(&o->lock);
}
