/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/import/check.h"
#include "tools/verify.h"

/* Workers take one chunk after the other. */
struct chunk_walk {
	struct verify *v;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	uint32_t next;      /* chunk; by lock */
	unsigned n_running; /* by lock */
	uint32_t bad;       /* lowest chunk that failed, UINT32_MAX; by lock */
	struct err err;     /* of that chunk; by lock */
};

struct worker {
	struct pool_job job; /* first: the pool knows it by that */
	struct chunk_walk *walk;
};

static int compare_measures(const struct block *b, const struct chunk_info *info,
		const struct chunk_measures *m, struct err *err)
{
	for (unsigned view = 0; view < N_LINE_VIEWS; view++)
		for (uint32_t i = 0; i < b->n_records; i++)
			if (b->view_offset[view][i + 1] - b->view_offset[view][i] !=
					m->lengths[view][i])
				return err_set(err, -EBADMSG,
						"record %u has another length than is stored",
						i + 1);
	for (unsigned view = N_LINE_VIEWS; view < N_STORED_VIEWS; view++)
		if (store_has_view(b->store, view) && info->view_bytes[view] != m->bytes[view])
			return err_set(err, -EBADMSG,
					"its records have other lengths than are stored");
	return 0;
}

static int verify_chunk(
		const struct verify *v, struct checker *checker, uint32_t chunk, struct err *err)
{
	const struct chunk_info *info = store_chunk(v->store, chunk);
	CLEANUP(block_putp) const struct block *block = NULL;
	struct vcf_text text = { .keys = store_keys(v->store),
		.n_keys = store_n_keys(v->store),
		.gt_key = store_gt_key(v->store),
		.n_samples = store_n_samples(v->store),
		.contig = store_contig(v->store, info->contig)->name };
	const struct chunk_measures *measures;
	int r = block_cache_get(v->cache, v->store, chunk, BLOCK_CALLS, &block, err);

	if (r == 0)
		r = check_block(checker, &text, NULL, block, NULL, &measures, err);
	if (r == 0)
		r = compare_measures(block, info, measures, err);
	if (r < 0 && r != -ENOMEM)
		return err_prefix(err, r, "%s: chunk %u at byte %llu", store_pathname(v->store),
				chunk, (unsigned long long)info->offset);
	return r;
}

/* The next chunk; UINT32_MAX where there is none, or an earlier one failed. */
static uint32_t take_chunk(struct chunk_walk *w)
{
	uint32_t chunk = UINT32_MAX;

	pthread_mutex_lock(&w->lock);
	if (w->next < store_n_chunks(w->v->store) && w->bad == UINT32_MAX)
		chunk = w->next++;
	pthread_mutex_unlock(&w->lock);
	return chunk;
}

static void note_failure(struct chunk_walk *w, uint32_t chunk, const struct err *err)
{
	pthread_mutex_lock(&w->lock);
	if (chunk < w->bad) {
		w->bad = chunk;
		w->err = *err;
	}
	pthread_mutex_unlock(&w->lock);
}

static void end_worker(struct chunk_walk *w)
{
	pthread_mutex_lock(&w->lock);
	w->n_running--;
	pthread_cond_signal(&w->ended);
	pthread_mutex_unlock(&w->lock);
}

static void run_worker(struct pool_job *job)
{
	struct chunk_walk *w = ((struct worker *)(void *)job)->walk;
	struct checker *checker = NULL;
	struct err err = { 0 };
	uint32_t chunk;
	int r = checker_new(&checker);

	while ((chunk = take_chunk(w)) != UINT32_MAX) {
		r = checker ? verify_chunk(w->v, checker, chunk, &err)
			    : err_set(&err, r, "out of memory");
		if (r < 0)
			note_failure(w, chunk, &err);
		else
			atomic_fetch_add(&w->v->n_records,
					store_chunk(w->v->store, chunk)->n_records);
	}
	checker_free(checker);
	end_worker(w);
}

static void drop_worker(struct pool_job *job)
{
	end_worker(((struct worker *)(void *)job)->walk);
}

int verify_chunks(struct verify *v, struct err *err)
{
	struct chunk_walk w = { .v = v, .bad = UINT32_MAX };
	CLEANUP(freep) struct worker *workers = calloc(v->n_threads, sizeof(*workers));
	int r = workers ? 0 : -ENOMEM;

	pthread_mutex_init(&w.lock, NULL);
	pthread_cond_init(&w.ended, NULL);
	for (unsigned i = 0; r == 0 && i < v->n_threads; i++) {
		workers[i] = (struct worker){ .job = { .run = run_worker, .drop = drop_worker },
			.walk = &w };
		pthread_mutex_lock(&w.lock);
		w.n_running++;
		pthread_mutex_unlock(&w.lock);
		r = decode_pool_submit(v->pool, POOL_WANTED, &workers[i].job);
		if (r < 0)
			end_worker(&w);
	}
	pthread_mutex_lock(&w.lock);
	while (w.n_running)
		pthread_cond_wait(&w.ended, &w.lock);
	pthread_mutex_unlock(&w.lock);
	pthread_cond_destroy(&w.ended);
	pthread_mutex_destroy(&w.lock);
	if (r < 0)
		return err_set(err, r, "out of memory");
	if (w.bad != UINT32_MAX)
		return err_set(err, w.err.code, "%s", w.err.msg);
	return 0;
}
