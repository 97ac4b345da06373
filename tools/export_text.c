/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/view/view.h"
#include "tools/export.h"

enum { SLICE_BYTES = 4 << 20 };

/* A piece of the view, rendered by the pool. */
struct slice {
	struct pool_job job; /* first: the pool knows the slice by it */
	struct slices *all;
	char *buf; /* SLICE_BYTES of slices' buffer */
	size_t len;
	uint64_t off;
	struct err err; /* err.code is 0 where it went well; read once done */
	bool done;      /* by the lock of slices */
};

struct slices {
	const struct export *e;
	const struct view_kind *kind;
	struct dataset dataset;
	struct slice *v; /* n of them, a ring; owned */
	char *buf;       /* of all slices; owned */
	unsigned n;
	pthread_mutex_t lock;
	pthread_cond_t slice_done;
};

static const struct view_kind *calls_kind(void)
{
	for (unsigned i = 0; i < n_view_kinds; i++)
		if (strcmp(view_kinds[i].name, "calls.vcf") == 0)
			return &view_kinds[i];
	abort();
}

static void finish_slice(struct slice *s)
{
	pthread_mutex_lock(&s->all->lock);
	s->done = true;
	pthread_cond_signal(&s->all->slice_done);
	pthread_mutex_unlock(&s->all->lock);
}

static void run_slice(struct pool_job *job)
{
	struct slice *s = (struct slice *)(void *)job;
	ssize_t n = view_read(s->all->kind, &s->all->dataset, s->buf, s->len, s->off, &s->err);

	if (n < 0 && !s->err.code)
		err_set(&s->err, (int)n, "cannot read the store: %s", strerror((int)-n));
	finish_slice(s);
}

static void drop_slice(struct pool_job *job)
{
	struct slice *s = (struct slice *)(void *)job;

	err_set(&s->err, -EINTR, "interrupted");
	finish_slice(s);
}

/* Where slice @number of the view is rendered. */
static struct slice *slice_of(const struct slices *all, uint64_t number)
{
	assert(all->n);
	return &all->v[number % all->n];
}

static int submit_slice(struct slices *all, uint64_t number, uint64_t size)
{
	struct slice *s = slice_of(all, number);

	s->off = number * SLICE_BYTES;
	s->len = size - s->off < SLICE_BYTES ? (size_t)(size - s->off) : SLICE_BYTES;
	s->done = false;
	return decode_pool_submit(all->e->pool, POOL_WANTED, &s->job);
}

static int write_slice(struct slices *all, uint64_t number, BGZF *out, struct err *err)
{
	struct slice *s = slice_of(all, number);

	pthread_mutex_lock(&all->lock);
	while (!s->done)
		pthread_cond_wait(&all->slice_done, &all->lock);
	pthread_mutex_unlock(&all->lock);
	if (s->err.code)
		return err_set(err, s->err.code, "%s", s->err.msg);
	if (bgzf_write(out, s->buf, s->len) != (ssize_t)s->len)
		return err_set(err, -EIO, "%s: cannot write: %m", all->e->output);
	return 0;
}

static int write_slices(struct slices *all, BGZF *out, struct err *err)
{
	uint64_t size;
	uint64_t n_slices;
	uint64_t submitted = 0;
	int r = view_size(all->kind, &all->dataset, &size, err);

	if (r < 0)
		return r;
	n_slices = (size + SLICE_BYTES - 1) / SLICE_BYTES;
	for (uint64_t i = 0; r == 0 && i < n_slices; i++) {
		while (r == 0 && submitted < n_slices && submitted < i + all->n)
			r = submit_slice(all, submitted++, size);
		if (r < 0)
			return err_set(err, r, "out of memory");
		r = write_slice(all, i, out, err);
	}
	return r;
}

static int make_slices(struct slices *all)
{
	all->v = calloc(all->n, sizeof(*all->v));
	all->buf = malloc(all->n * (size_t)SLICE_BYTES);
	if (!all->v || !all->buf)
		return -ENOMEM;
	for (unsigned i = 0; i < all->n; i++)
		all->v[i] = (struct slice){
			.job = { .run = run_slice, .drop = drop_slice },
			.all = all,
			.buf = all->buf + i * (size_t)SLICE_BYTES,
			.done = true,
		};
	return 0;
}

/* Slices under way after a failure still use what is freed here. */
static void drop_slices(struct slices *all)
{
	pthread_mutex_lock(&all->lock);
	for (unsigned i = 0; all->v && i < all->n; i++)
		while (!all->v[i].done)
			pthread_cond_wait(&all->slice_done, &all->lock);
	pthread_mutex_unlock(&all->lock);
	free(all->v);
	free(all->buf);
	pthread_cond_destroy(&all->slice_done);
	pthread_mutex_destroy(&all->lock);
}

int export_text(const struct export *e, struct err *err)
{
	struct slices all = { .e = e,
		.kind = calls_kind(),
		.n = e->n_threads + 1,
		.dataset = dataset_of_store(e->store, e->cache) };
	BGZF *out = export_open(e, err);
	int r;

	if (!out)
		return err->code;
	pthread_mutex_init(&all.lock, NULL);
	pthread_cond_init(&all.slice_done, NULL);
	r = make_slices(&all);
	if (r < 0)
		err_set(err, r, "out of memory");
	else
		r = write_slices(&all, out, err);
	drop_slices(&all);
	if (r < 0) {
		export_close(out, NULL);
		return r;
	}
	return export_close(out, err);
}
