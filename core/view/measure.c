/* SPDX-License-Identifier: MIT */
#include "core/view/measure.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "core/block/team.h"
#include "core/store/measured.h"
#include "core/view/bcf.h"
#include "core/view/bgen.h"
#include "core/view/block_rows.h"
#include "core/view/pgen.h"
#include "core/view/plink.h"
#include "core/view/vcf_rows.h"

/* What is measured together: all of them take a fifth of what the decode does. */
static const struct {
	const struct row_kind *rows;
	enum block_part part; /* of the block that it takes */
	bool (*exists)(const struct dataset *d);
} together[] = {
	{ &vcf_calls_rows, BLOCK_CALLS, NULL },
	{ &vcf_sites_rows, BLOCK_SITES, NULL },
	{ &sites_tsv_rows, BLOCK_SITES, NULL },
	{ &bcf_rows, BLOCK_CALLS, bcf_exists },
	{ &plink_bed_rows, BLOCK_CALLS, plink_exists },
	{ &plink_bim_rows, BLOCK_SITES, plink_exists },
	{ &pgen_rows, BLOCK_CALLS, pgen_exists },
	{ &plink_pvar_rows, BLOCK_SITES, pgen_exists },
	{ &bgen_rows, BLOCK_CALLS, bgen_exists },
};

bool measure_is_work(const struct row_kind *k, const struct store *s)
{
	return store_measured(s) && k->view < N_STORED_VIEWS;
}

uint64_t measure_sum(const struct row_kind *k, const struct store *s, uint32_t first, uint32_t n)
{
	const struct chunk_info *a;
	const struct chunk_info *z;

	if (!n)
		return 0;
	if (measure_is_work(k, s))
		return measured_sum(store_measured(s), k->view, first, n);
	a = store_chunk(s, first);
	z = store_chunk(s, first + n - 1);
	return z->view_offset[k->view] + z->view_bytes[k->view] - a->view_offset[k->view];
}

/* The rows of a block that was decoded; nothing where that is known. */
static int measure_rows(const struct row_kind *k, const struct dataset *whole,
		const struct block *b, struct view_scratch *scratch)
{
	struct measured *m = store_measured(whole->store);
	struct block_rows rows;
	uint64_t n;
	int r;

	if (measured_sum(m, k->view, b->chunk, 1) != MEASURED_UNKNOWN)
		return 0;
	r = measured_begin(m, k->view);
	if (r < 0)
		return r;
	r = block_rows_find(k, whole, b->chunk, b, scratch, &rows);
	if (r < 0)
		return r;
	n = rows.begin[rows.n];
	if (k->width)
		n = rows.v.width ? n / rows.v.width : 0;
	measured_set(m, k->view, b->chunk, n);
	return 0;
}

/* @whole: all of the store. */
static int measure_block(const struct view_kind *kind, const struct dataset *whole,
		const struct block *b, struct err *err)
{
	struct view_scratch *scratch = view_scratch();
	int r = scratch ? measure_rows(kind->of, whole, b, scratch) : -ENOMEM;

	/* Where another cannot be had, whoever asks for it will be told. */
	for (unsigned i = 0; r == 0 && i < sizeof(together) / sizeof(together[0]); i++)
		if (block_part_serves(b->part, together[i].part) &&
				(!together[i].exists || together[i].exists(whole)))
			measure_rows(together[i].rows, whole, b, scratch);
	return r < 0 ? err_set(err, r, "%s: chunk %u: %s", store_pathname(b->store), b->chunk,
				       r == -EBADMSG ? "its records cannot be printed"
						     : strerror(-r))
		     : 0;
}

int measure_chunk(const struct view_kind *kind, const struct dataset *d, uint32_t chunk,
		struct err *err)
{
	struct dataset whole = dataset_of_store(d->store, d->cache);
	const struct row_kind *k = kind->of;
	const struct block *b;
	int r;

	if (!measure_is_work(k, d->store) || measure_sum(k, d->store, chunk, 1) != MEASURED_UNKNOWN)
		return 0;
	if (!measured_take(store_measured(d->store), k->view, chunk))
		return 0;
	r = block_cache_get(d->cache, d->store, chunk, kind->part, &b, err);
	if (r == 0) {
		r = measure_block(kind, &whole, b, err);
		block_put(b);
	}
	measured_end(store_measured(d->store), chunk);
	return r;
}

/* ---- all chunks of a dataset ---- */

struct walk {
	const struct dataset *d;
	int (*item)(void *arg, uint32_t i, struct err *err);
	void *arg;
	pthread_mutex_t lock;
	struct err err; /* by lock: of the first failure */
};

static int do_item(void *arg, uint64_t i)
{
	struct walk *w = arg;
	struct err err = { 0 };
	int r = w->item(w->arg, (uint32_t)i, &err);

	if (r < 0) {
		pthread_mutex_lock(&w->lock);
		if (!w->err.code)
			w->err = err;
		pthread_mutex_unlock(&w->lock);
	}
	return r;
}

int each_chunk(const struct dataset *d, int (*item)(void *arg, uint32_t i, struct err *err),
		void *arg, struct err *err)
{
	struct walk w = { .d = d, .item = item, .arg = arg };
	int r;

	pthread_mutex_init(&w.lock, NULL);
	r = team_run(d->pool, d->n_chunks, do_item, &w);
	pthread_mutex_destroy(&w.lock);
	if (r < 0 && !w.err.code)
		return err_set(err, r, r == -ESHUTDOWN ? "the server ends" : "out of memory");
	if (r < 0 && err)
		*err = w.err;
	return r < 0 ? w.err.code : 0;
}

struct measuring {
	const struct view_kind *kind;
	const struct dataset *d;
};

static int measure_item(void *arg, uint32_t i, struct err *err)
{
	const struct measuring *m = arg;

	return measure_chunk(m->kind, m->d, dataset_chunk(m->d, i), err);
}

int measure_chunks(const struct view_kind *kind, const struct dataset *d, struct err *err)
{
	struct measuring m = { .kind = kind, .d = d };

	if (!measure_is_work(kind->of, d->store))
		return 0;
	if (!d->query && measure_sum(kind->of, d->store, d->first_chunk, d->n_chunks) !=
					 MEASURED_UNKNOWN)
		return 0;
	return each_chunk(d, measure_item, &m, err);
}
