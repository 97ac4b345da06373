/* SPDX-License-Identifier: MIT */
#include "core/ld/ld_scan.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/block/decode_pool.h"
#include "core/ld/ld_pairs.h"

enum {
	SITES_AT_ONCE = 64, /* whose pairs a thread takes: their rows stay in its cache */
};

struct scan {
	const struct ld_scan_setup *setup;
	struct ld_output *output; /* owned */
	size_t batch_memory;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* By lock, all that follows: */
	struct ld_batch *first; /* in memory, in order; owned */
	struct ld_batch *last;
	struct ld_batch *current; /* the first whose sites are not all taken; NULL: to be loaded */
	uint64_t next_batch;
	uint64_t next_piece;
	uint32_t next_part;
	bool *prepared; /* by part; owned */
	bool at_end;    /* the source has no more */
	size_t memory;  /* bytes of the batches */
	unsigned n_loading;
	unsigned n_at_work; /* threads that do something */
	unsigned n_threads; /* that have not ended */
	struct err err;     /* the first failure */
};

/* What a thread does next. */
struct work {
	enum { WORK_PAIRS, WORK_LOAD, WORK_PREPARE } kind;
	struct ld_batch *batch;
	size_t from; /* of its sites */
	size_t to;
	uint64_t piece;
	uint32_t part;
};

size_t ld_batch_memory(uint32_t n_samples)
{
	return ld_batch_records(n_samples) * ld_site_memory(n_samples);
}

uint32_t ld_batch_records(uint32_t n_samples)
{
	size_t n = LD_BATCH_BYTES / ld_site_memory(n_samples);

	return n ? (uint32_t)n : 1;
}

/* ---- what there is to do; with the lock ---- */

static bool is_taken(const struct ld_batch *b)
{
	return b->state == LD_READY && b->next_site >= b->sites.n;
}

/* Let go of batches that no window needs any more. */
static void drop_batches(struct scan *s)
{
	while (s->first && is_taken(s->first) && !s->first->n_running) {
		struct ld_batch *b = s->first;

		s->first = b->next;
		if (!s->first)
			s->last = NULL;
		if (s->current == b)
			s->current = b->next;
		s->memory -= b->memory;
		ld_sites_done(&b->sites);
		free(b);
	}
}

static bool take_pairs(struct scan *s, struct work *w)
{
	struct ld_batch *b;

	while (s->current && is_taken(s->current))
		s->current = s->current->next;
	b = s->current;
	if (!b || b->state != LD_READY)
		return false;
	w->from = b->next_site;
	w->to = b->sites.n - w->from > SITES_AT_ONCE ? w->from + SITES_AT_ONCE : b->sites.n;
	if (!ld_window_is_there(s->setup, b, w->to - 1, s->at_end && !s->n_loading) ||
			ld_output_is_full(s->output))
		return false;
	w->kind = WORK_PAIRS;
	w->batch = b;
	w->piece = s->next_piece++;
	b->next_site = w->to;
	b->n_running++;
	return true;
}

/* Whether the memory does for one batch more. */
static bool has_memory(const struct scan *s)
{
	size_t threads = (size_t)s->setup->n_threads * LD_THREAD_BYTES;
	size_t room = s->setup->memory > threads ? s->setup->memory - threads : 0;

	return s->memory + s->batch_memory <= room;
}

static struct ld_batch *append_batch(struct scan *s)
{
	struct ld_batch *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->index = s->next_batch++;
	b->memory = s->batch_memory;
	s->memory += b->memory;
	s->n_loading++;
	if (s->last)
		s->last->next = b;
	else
		s->first = b;
	s->last = b;
	if (!s->current)
		s->current = b;
	return b;
}

/* The part that the next batch is of; n_parts where there is none, or past the last. */
static uint32_t current_part(const struct scan *s)
{
	const struct ld_source *source = &s->setup->source;

	return source->n_parts ? source->part_of(source->arg, s->next_batch) : 0;
}

static bool take_load(struct scan *s, struct work *w)
{
	const struct ld_source *source = &s->setup->source;
	uint32_t part = current_part(s);

	if (s->at_end || !has_memory(s) || (source->in_turn && s->n_loading) ||
			(part < source->n_parts && !s->prepared[part]))
		return false;
	w->kind = WORK_LOAD;
	w->batch = append_batch(s);
	if (!w->batch)
		s->err.code = err_set(&s->err, -ENOMEM, "out of memory");
	return w->batch;
}

static bool take_prepare(struct scan *s, struct work *w)
{
	if (s->next_part >= s->setup->source.n_parts ||
			s->next_part >= current_part(s) + (uint64_t)s->setup->n_threads)
		return false;
	w->kind = WORK_PREPARE;
	w->part = s->next_part++;
	return true;
}

static bool is_done(const struct scan *s)
{
	return s->at_end && !s->first;
}

/* Nobody is at work, and there is nothing to do: for want of memory. */
static int too_little_memory(struct scan *s)
{
	const struct ld_batch *b = s->current;
	const char *columns;
	size_t contig;

	if (!b)
		return err_set(&s->err, -ENOBUFS,
				"no site has room in %zuM of memory; give more (--memory)",
				s->setup->memory >> 20);
	columns = (const char *)b->sites.text.data + b->sites.sites[b->next_site].text;
	contig = strcspn(columns, "\t");
	return err_set(&s->err, -ENOBUFS,
			"%.*s:%lld: the sites in its window have no room in %zuM of memory; give "
			"more (--memory), or take a smaller window",
			(int)contig, columns, (long long)b->sites.sites[b->next_site].pos + 1,
			s->setup->memory >> 20);
}

/* ---- doing it; without the lock ---- */

static int load(struct scan *s, struct ld_batch *b, struct err *err)
{
	const struct ld_source *source = &s->setup->source;
	int r = source->load(source->arg, b->index, &b->sites, err);

	ld_sites_fit(&b->sites);
	pthread_mutex_lock(&s->lock);
	s->n_loading--;
	s->memory -= b->memory;
	b->memory = ld_sites_memory(&b->sites);
	s->memory += b->memory;
	b->state = LD_READY;
	s->at_end |= r == 0;
	pthread_mutex_unlock(&s->lock);
	return r;
}

static int work(struct scan *s, const struct work *w, struct ld_pairs_scratch *scratch,
		struct err *err)
{
	int r = 0;

	switch (w->kind) {
	case WORK_PAIRS:
		r = ld_pairs_run(s->setup, w->batch, w->from, w->to, scratch, s->output, w->piece,
				err);
		pthread_mutex_lock(&s->lock);
		w->batch->n_running--;
		pthread_mutex_unlock(&s->lock);
		break;
	case WORK_LOAD:
		r = load(s, w->batch, err);
		break;
	case WORK_PREPARE:
		s->setup->source.prepare(s->setup->source.arg, w->part);
		pthread_mutex_lock(&s->lock);
		s->prepared[w->part] = true;
		pthread_mutex_unlock(&s->lock);
		break;
	}
	return r;
}

/* Wait for something to do. Return: false: nothing is left. */
static bool next_work(struct scan *s, struct work *w)
{
	for (;;) {
		drop_batches(s);
		if (s->err.code < 0 || is_done(s))
			return false;
		if (take_pairs(s, w) || take_load(s, w) || take_prepare(s, w))
			return true;
		if (!s->n_at_work && s->err.code == 0)
			too_little_memory(s);
		else
			pthread_cond_wait(&s->changed, &s->lock);
	}
}

static void run_thread(struct scan *s)
{
	struct ld_pairs_scratch scratch = { 0 };
	struct work w = { 0 };

	pthread_mutex_lock(&s->lock);
	while (next_work(s, &w)) {
		struct err err = { 0 };
		int r;

		s->n_at_work++;
		pthread_mutex_unlock(&s->lock);
		r = work(s, &w, &scratch, &err);
		pthread_mutex_lock(&s->lock);
		s->n_at_work--;
		/* What was cancelled has its failure elsewhere. */
		if (r < 0 && s->err.code == 0 && r != -ECANCELED) {
			s->err = err;
			s->err.code = r;
			ld_output_stop(s->output);
		}
		pthread_cond_broadcast(&s->changed);
	}
	s->n_threads--;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	ld_pairs_scratch_done(&scratch);
}

/* ---- threads ---- */

struct worker {
	struct pool_job job; /* first: the pool knows it by that */
	struct scan *scan;
};

static void run_worker(struct pool_job *job)
{
	run_thread(((struct worker *)(void *)job)->scan);
}

static void drop_worker(struct pool_job *job)
{
	struct scan *s = ((struct worker *)(void *)job)->scan;

	pthread_mutex_lock(&s->lock);
	s->n_threads--;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

static int run_workers(struct scan *s)
{
	const unsigned n = s->setup->n_threads;
	CLEANUP(freep) struct worker *workers = calloc(n, sizeof(*workers));
	struct decode_pool *pool = NULL;
	int r = workers ? decode_pool_new(n, n, &pool) : -ENOMEM;

	for (unsigned i = 0; r == 0 && i < n; i++) {
		workers[i] = (struct worker){ .job = { .run = run_worker, .drop = drop_worker },
			.scan = s };
		pthread_mutex_lock(&s->lock);
		s->n_threads++;
		pthread_mutex_unlock(&s->lock);
		r = decode_pool_submit(pool, POOL_WANTED, &workers[i].job);
		if (r < 0)
			drop_worker(&workers[i].job);
	}
	pthread_mutex_lock(&s->lock);
	if (r < 0 && s->err.code == 0)
		err_set(&s->err, r, "out of memory");
	while (s->n_threads)
		pthread_cond_wait(&s->changed, &s->lock);
	pthread_mutex_unlock(&s->lock);
	decode_pool_free(pool);
	return r;
}

static int put_head(const struct ld_sink *sink, struct err *err)
{
	static const char head[] = "CHR_A\tBP_A\tSNP_A\tCHR_B\tBP_B\tSNP_B\tR2\n";

	return sink->write(sink->arg, head, sizeof(head) - 1, err);
}

static void scan_done(struct scan *s)
{
	while (s->first) {
		struct ld_batch *b = s->first;

		s->first = b->next;
		ld_sites_done(&b->sites);
		free(b);
	}
	free(s->prepared);
	ld_output_free(s->output);
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->lock);
}

int ld_scan(const struct ld_scan_setup *setup, struct err *err)
{
	struct scan s = { .setup = setup,
		.batch_memory = ld_batch_memory(setup->measure.n_samples) };
	int r = put_head(&setup->sink, err);

	if (r < 0)
		return r;
	pthread_mutex_init(&s.lock, NULL);
	pthread_cond_init(&s.changed, NULL);
	s.prepared = calloc(setup->source.n_parts + 1u, sizeof(*s.prepared));
	r = s.prepared ? ld_output_new(&setup->sink, (size_t)setup->n_threads * LD_WAITING_BYTES,
					 &s.output)
		       : -ENOMEM;
	if (r < 0)
		err_set(&s.err, r, "out of memory");
	else
		run_workers(&s);
	r = s.err.code;
	if (r < 0)
		err_set(err, r, "%s", s.err.msg);
	scan_done(&s);
	return r;
}
