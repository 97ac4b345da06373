/* SPDX-License-Identifier: MIT */
#include "core/import/pipeline.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "core/base/cleanup.h"
#include "core/base/deadline.h"

enum slot_state {
	SLOT_FREE,   /* the reader's */
	SLOT_QUEUED, /* a worker's */
	SLOT_PARSED  /* the taker's */
};

struct slot {
	struct pool_job job; /* first: the pool knows the slot by it */
	struct pipeline *pipeline;
	enum slot_state state; /* by lock; the other fields belong to whom it says */
	struct raw_batch raw;
	struct batch *batch; /* one reference, owned */
	int status;          /* of parsing: 0 or a negative errno */
};

/* A parser waiting for work. */
struct idle_parser {
	struct parser *parser;
	struct idle_parser *next;
};

struct pipeline {
	struct pipeline_setup setup;
	struct slot *slots; /* setup.n_slots of them; owned */
	pthread_t reader;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	uint64_t n_read;          /* slots filled so far; by lock */
	uint64_t n_done;          /* slots whose batches the taker is done with; by lock */
	bool reader_done;         /* by lock */
	int read_status;          /* how it ended; by lock */
	struct err read_err;      /* by lock */
	bool closing;             /* by lock */
	unsigned n_queued;        /* slots with workers; by lock */
	struct idle_parser *idle; /* by lock */
	uint64_t n_taken;         /* slots taken; the taker's, as all below */
	uint32_t input;           /* of the last batch */
	uint64_t n_items;         /* lines or records of that input before the next batch */
};

/* Input of one line or record so long that the slots were not planned for it: such batches come
 * one at a time, from their reading till their records are written, and leave no buffers behind. */
enum { OVERSIZE_BYTES = 4 * RAW_BATCH_BYTES };

static bool is_oversize(const struct raw_batch *raw)
{
	return raw->bytes.cap > OVERSIZE_BYTES;
}

static bool stopped(const struct pipeline *p)
{
	return p->setup.stop && atomic_load_explicit(p->setup.stop, memory_order_relaxed);
}

static struct idle_parser *take_parser(struct pipeline *p)
{
	struct idle_parser *idle;

	pthread_mutex_lock(&p->lock);
	idle = p->idle;
	if (idle)
		p->idle = idle->next;
	pthread_mutex_unlock(&p->lock);
	if (idle)
		return idle;
	idle = calloc(1, sizeof(*idle));
	if (idle && parser_new(p->setup.parse, &idle->parser) < 0) {
		free(idle);
		return NULL;
	}
	return idle;
}

static void finish_slot(struct slot *s, struct idle_parser *idle)
{
	struct pipeline *p = s->pipeline;

	pthread_mutex_lock(&p->lock);
	if (idle) {
		idle->next = p->idle;
		p->idle = idle;
	}
	s->state = SLOT_PARSED;
	p->n_queued--;
	pthread_cond_broadcast(&p->changed);
	pthread_mutex_unlock(&p->lock);
}

static void run_slot(struct pool_job *job)
{
	struct slot *s = (struct slot *)(void *)job;
	struct idle_parser *idle = NULL;

	s->status = -EINTR;
	if (!stopped(s->pipeline)) {
		idle = take_parser(s->pipeline);
		s->status = idle ? parser_run(idle->parser, &s->raw, &s->batch) : -ENOMEM;
	}
	if (idle && is_oversize(&s->raw)) {
		parser_free(idle->parser);
		free(idle);
		idle = NULL;
	}
	finish_slot(s, idle);
}

static void drop_slot(struct pool_job *job)
{
	struct slot *s = (struct slot *)(void *)job;

	s->status = -EINTR;
	finish_slot(s, NULL);
}

static int queue_slot(struct pipeline *p, struct slot *s)
{
	bool closing;
	int r;

	pthread_mutex_lock(&p->lock);
	closing = p->closing;
	if (!closing) {
		s->state = SLOT_QUEUED;
		p->n_queued++;
	}
	pthread_mutex_unlock(&p->lock);
	if (closing)
		return -EINTR; /* the pool may be gone */
	r = decode_pool_submit(p->setup.pool, POOL_AHEAD, &s->job);
	if (r < 0)
		drop_slot(&s->job);
	return r;
}

/* The next slot to be filled, once it is free. NULL when the pipeline closes. */
static struct slot *wait_free_slot(struct pipeline *p)
{
	struct slot *s = &p->slots[p->n_read % p->setup.n_slots];
	bool closing;

	pthread_mutex_lock(&p->lock);
	while (s->state != SLOT_FREE && !p->closing)
		pthread_cond_wait(&p->changed, &p->lock);
	closing = p->closing;
	pthread_mutex_unlock(&p->lock);
	return closing ? NULL : s;
}

/* Until the taker is done with all that was read. */
static void wait_all_done(struct pipeline *p)
{
	pthread_mutex_lock(&p->lock);
	while (p->n_done < p->n_read && !p->closing)
		pthread_cond_wait(&p->changed, &p->lock);
	pthread_mutex_unlock(&p->lock);
}

static void *read_all(void *arg)
{
	struct pipeline *p = arg;
	struct err err = { 0 };
	int r = 1;

	while (r > 0) {
		struct slot *s = stopped(p) ? NULL : wait_free_slot(p);
		bool oversize;

		if (!s)
			break;
		r = source_read(p->setup.source, &s->raw, &err);
		if (r <= 0)
			break;
		oversize = is_oversize(&s->raw);
		if (oversize)
			wait_all_done(p);
		if (queue_slot(p, s) < 0)
			r = err_set(&err, -EINTR, "interrupted");
		pthread_mutex_lock(&p->lock);
		p->n_read++;
		pthread_mutex_unlock(&p->lock);
		if (oversize)
			wait_all_done(p);
	}
	pthread_mutex_lock(&p->lock);
	p->reader_done = true;
	p->read_status = r;
	p->read_err = err;
	pthread_cond_broadcast(&p->changed);
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* Everything but the reader, which has ended or never began. */
static void pipeline_release(struct pipeline *p)
{
	for (unsigned i = 0; p->slots && i < p->setup.n_slots; i++) {
		batch_put(p->slots[i].batch);
		buf_done(&p->slots[i].raw.bytes);
	}
	free(p->slots);
	while (p->idle) {
		struct idle_parser *idle = p->idle;

		p->idle = idle->next;
		parser_free(idle->parser);
		free(idle);
	}
	pthread_cond_destroy(&p->changed);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

int pipeline_new(const struct pipeline_setup *setup, struct pipeline **out, struct err *err)
{
	struct pipeline *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return err_set(err, -ENOMEM, "out of memory");
	p->setup = *setup;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->changed, NULL);
	p->slots = calloc(setup->n_slots, sizeof(*p->slots));
	for (unsigned i = 0; p->slots && i < setup->n_slots; i++) {
		p->slots[i].pipeline = p;
		p->slots[i].job.run = run_slot;
		p->slots[i].job.drop = drop_slot;
	}
	r = p->slots ? pthread_create(&p->reader, NULL, read_all, p) : ENOMEM;
	if (r) {
		pipeline_release(p);
		return err_set(err, -r, "cannot start a thread: %s; give fewer --threads",
				strerror(r));
	}
	*out = p;
	return 0;
}

bool pipeline_free(struct pipeline *p)
{
	struct timespec deadline;

	if (!p)
		return true;
	pthread_mutex_lock(&p->lock);
	p->closing = true;
	pthread_cond_broadcast(&p->changed);
	while (p->n_queued)
		pthread_cond_wait(&p->changed, &p->lock);
	pthread_mutex_unlock(&p->lock);

	/* htslib reads a pipe again when a signal interrupts it: nothing can wake the reader. */
	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += 1;
	if (pthread_timedjoin_np(p->reader, NULL, &deadline) != 0)
		return false;
	pipeline_release(p);
	return true;
}

/* Say where item number @n of an input is. */
static int place_fault(
		const struct pipeline *p, uint32_t input, uint64_t n, int code, struct err *err)
{
	const struct source *source = p->setup.source;
	uint64_t header_lines = source_input_header_lines(source, input);
	const char *name = source_input_name(source, input);
	unsigned long long at = header_lines + n + 1;

	err_prefix(err, code, "%s: %s %llu", name, header_lines ? "line" : "record", at);
	if (code != -EBADMSG)
		return code;
	return err_cure(err, code,
			header_lines ? "mend the line or remove it"
				     : "remove the record (bcftools view)");
}

/* Wait for a change, but not for ever: a signal to stop comes without one. */
static void wait_changed(struct pipeline *p)
{
	struct timespec deadline;

	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline = deadline_after(deadline, 100);
	pthread_cond_timedwait(&p->changed, &p->lock, &deadline);
}

/* The slot that holds the next batch, once it is parsed; NULL at the end, or when stopped. */
static struct slot *wait_parsed_slot(struct pipeline *p)
{
	struct slot *s = &p->slots[p->n_taken % p->setup.n_slots];
	bool ready = false;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		ready = p->n_taken < p->n_read && s->state == SLOT_PARSED;
		if (ready || stopped(p) || (p->reader_done && p->n_taken == p->n_read))
			break;
		wait_changed(p);
	}
	pthread_mutex_unlock(&p->lock);
	return ready ? s : NULL;
}

/* Give the slot back: to a worker, where its input is not parsed to the end, or to the reader. */
static int return_slot(struct pipeline *p, struct slot *s)
{
	if (s->raw.at < s->raw.bytes.len)
		return queue_slot(p, s);
	if (is_oversize(&s->raw))
		buf_done(&s->raw.bytes);
	pthread_mutex_lock(&p->lock);
	s->state = SLOT_FREE;
	p->n_taken++;
	pthread_cond_broadcast(&p->changed);
	pthread_mutex_unlock(&p->lock);
	return 0;
}

/* The slot's batch, its slot given back. */
static int take_batch(struct pipeline *p, struct slot *s, struct batch **out, struct err *err)
{
	CLEANUP(batch_putp) struct batch *b = s->batch;
	int r = s->status;

	s->batch = NULL;
	if (r < 0)
		return err_set(err, r, "out of memory");
	if (s->raw.input != p->input) {
		p->input = s->raw.input;
		p->n_items = 0;
	}
	p->n_items += b->n_items;
	if (b->err.code) {
		*err = b->err;
		return place_fault(p, p->input, p->n_items, b->err.code, err);
	}
	r = return_slot(p, s);
	if (r < 0)
		return err_set(err, r, "out of memory");
	*out = b;
	b = NULL;
	return 0;
}

/* Who asks for the next batch is done with those that it had. */
static void all_taken_are_done(struct pipeline *p)
{
	pthread_mutex_lock(&p->lock);
	p->n_done = p->n_taken;
	pthread_cond_broadcast(&p->changed);
	pthread_mutex_unlock(&p->lock);
}

int pipeline_next(struct pipeline *p, struct batch **out, struct err *err)
{
	for (;;) {
		struct batch *b = NULL;
		struct slot *s;
		int r;

		all_taken_are_done(p);
		s = wait_parsed_slot(p);
		if (stopped(p))
			return err_set(err, -EINTR, "interrupted");
		if (!s) {
			*err = p->read_err;
			return p->read_status;
		}
		r = take_batch(p, s, &b, err);
		if (r < 0)
			return r;
		assert(b);
		if (b->n) {
			*out = b;
			return 1;
		}
		batch_put(b); /* everything in it lies outside of the regions */
	}
}
