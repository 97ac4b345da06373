/* SPDX-License-Identifier: MIT */
#include "core/view/query.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/view/query_parse.h"
#include "core/view/rows.h"

enum { LAYOUTS_MAX = 16 };

struct layout {
	const void *key;
	uint64_t *before; /* owned */
};

struct query {
	_Atomic unsigned refs;
	uint64_t serial;
	struct dataset parent; /* with a reference to its query */
	struct query_terms terms;
	/* Its samples: those of the terms, or its parent's; NULL: all. */
	const struct sample_set *samples;
	uint32_t first_sample; /* of them */
	uint32_t last_sample;
	bool counts;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool preparing;             /* by lock: a thread is at it */
	bool prepared;              /* by lock; never false again */
	struct query_chunk *chunks; /* owned; fixed once prepared, as n_chunks is */
	uint32_t n_chunks;
	struct gt_shape shape;
	struct layout layouts[LAYOUTS_MAX]; /* by lock */
	unsigned n_layouts;                 /* by lock */
	_Atomic size_t bytes;
};

static _Atomic uint64_t last_serial;

static void query_free(struct query *q)
{
	for (uint32_t i = 0; i < q->n_chunks; i++)
		free(q->chunks[i].bits);
	for (unsigned i = 0; i < q->n_layouts; i++)
		free(q->layouts[i].before);
	free(q->chunks);
	query_terms_done(&q->terms);
	query_put(q->parent.query);
	pthread_cond_destroy(&q->changed);
	pthread_mutex_destroy(&q->lock);
	free(q);
}

void query_get(struct query *q)
{
	atomic_fetch_add_explicit(&q->refs, 1, memory_order_relaxed);
}

void query_put(struct query *q)
{
	if (q && atomic_fetch_sub_explicit(&q->refs, 1, memory_order_acq_rel) == 1)
		query_free(q);
}

bool query_is_shared(const struct query *q)
{
	return atomic_load_explicit(&q->refs, memory_order_relaxed) > 1;
}

int query_new(const struct dataset *parent, enum query_kind kind, const char *name,
		const struct sample_lists *lists, struct query **out, struct err *err)
{
	struct query *q = calloc(1, sizeof(*q));
	int r;

	if (!q)
		return err_set(err, -ENOMEM, "out of memory");
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->changed, NULL);
	q->refs = 1;
	q->serial = atomic_fetch_add(&last_serial, 1) + 1;
	q->parent = *parent;
	if (parent->query) {
		query_get(parent->query);
		q->samples = parent->query->samples;
		q->counts = parent->query->counts;
	}
	r = query_terms_parse(parent, kind, name, lists, &q->terms, err);
	if (r < 0) {
		query_free(q);
		return r;
	}
	if (kind == QUERY_SAMPLES || kind == QUERY_SAMPLES_COUNTED)
		q->samples = &q->terms.samples;
	q->first_sample = UINT32_MAX;
	for (uint32_t i = 0; q->samples && i < q->samples->n; i++) {
		uint32_t sample = q->samples->of[i];

		q->first_sample = sample < q->first_sample ? sample : q->first_sample;
		q->last_sample = sample > q->last_sample ? sample : q->last_sample;
	}
	q->counts |= kind == QUERY_SAMPLES_COUNTED;
	q->bytes = sizeof(*q) + q->terms.samples.n * sizeof(uint32_t);
	*out = q;
	return 0;
}

struct dataset query_dataset(struct query *q)
{
	struct dataset d = q->parent;

	d.query = q;
	if (q->terms.kind == QUERY_CONTIG) {
		d.level = DATASET_CONTIG;
		d.contig = q->terms.contig;
	}
	return d;
}

uint64_t query_serial(const struct query *q)
{
	return q->serial;
}

size_t query_bytes(struct query *q)
{
	return atomic_load_explicit(&q->bytes, memory_order_relaxed);
}

const struct sample_set *query_samples(const struct query *q)
{
	return q->samples;
}

bool query_sample_range(const struct query *q, uint32_t *first, uint32_t *last)
{
	*first = q->first_sample;
	*last = q->last_sample;
	return q->samples != NULL;
}

bool query_counts(const struct query *q)
{
	return q->counts;
}

struct gt_shape query_shape(const struct query *q)
{
	return q->shape;
}

uint32_t query_n_chunks(const struct query *q)
{
	return q->n_chunks;
}

const struct query_chunk *query_chunk(const struct query *q, uint32_t i)
{
	return &q->chunks[i];
}

/* ---- contigs ---- */

static bool names_contig(const struct query_terms *t, uint32_t contig)
{
	if (t->kind == QUERY_CONTIG)
		return t->contig == contig;
	if (t->kind != QUERY_REGION)
		return true;
	for (uint32_t i = 0; i < t->regions.n; i++)
		if (t->regions.regions[i].contig == contig)
			return true;
	return false;
}

static bool may_have(const struct query *q, uint32_t contig)
{
	const struct query *up = q->parent.query;

	return names_contig(&q->terms, contig) && (!up || may_have(up, contig));
}

uint32_t query_next_contig(const struct query *q, uint32_t from)
{
	const struct dataset *d = &q->parent;
	uint32_t n = store_n_contigs(d->store);

	if (d->level != DATASET_STORE) {
		uint32_t contig = d->contig;

		return from <= contig && may_have(q, contig) ? contig : UINT32_MAX;
	}
	while (from < n && !may_have(q, from))
		from++;
	return from < n ? from : UINT32_MAX;
}

/* ---- what is selected ---- */

/* The chunks selected so far, while a query is prepared. */
struct selection {
	struct query_chunk *chunks;
	uint32_t n;
	uint32_t max;
	size_t bytes; /* of their bits */
};

static void selection_done(struct selection *s)
{
	for (uint32_t i = 0; i < s->n; i++)
		free(s->chunks[i].bits);
	free(s->chunks);
}

/* @bits: taken over. */
static int select_chunk(struct selection *s, const struct store *store, uint32_t chunk, uint32_t n,
		uint8_t *bits)
{
	uint32_t n_records = store_chunk(store, chunk)->n_records;

	if (!n || n == n_records) {
		free(bits);
		bits = NULL;
	}
	if (!n)
		return 0;
	if (s->n == s->max) {
		uint32_t max = s->max ? s->max * 2 : 16;
		struct query_chunk *p = realloc(s->chunks, max * sizeof(*p));

		if (!p) {
			free(bits);
			return -ENOMEM;
		}
		s->chunks = p;
		s->max = max;
	}
	s->chunks[s->n++] = (struct query_chunk){ .chunk = chunk, .n = n, .bits = bits };
	s->bytes += bits ? (n_records + 7) / 8 : 0;
	return 0;
}

static uint8_t *new_bits(const struct store *store, uint32_t chunk)
{
	return calloc((store_chunk(store, chunk)->n_records + 7) / 8, 1);
}

static void set_bit(uint8_t *bits, uint32_t i)
{
	bits[i / 8] = (uint8_t)(bits[i / 8] | 1u << i % 8);
}

/* Chunk @i of the query's parent. */
static struct query_chunk parent_chunk(const struct dataset *d, uint32_t i)
{
	struct query_chunk c = { .bits = NULL };

	if (d->query)
		return *query_chunk(d->query, i);
	c.chunk = d->first_chunk + i;
	c.n = store_chunk(d->store, c.chunk)->n_records;
	return c;
}

static int copy_chunk(struct selection *s, const struct store *store, const struct query_chunk *c)
{
	uint8_t *bits = NULL;

	if (c->bits) {
		bits = new_bits(store, c->chunk);
		if (!bits)
			return -ENOMEM;
		memcpy(bits, c->bits, (store_chunk(store, c->chunk)->n_records + 7) / 8);
	}
	return select_chunk(s, store, c->chunk, c->n, bits);
}

/* The records of @c number [@first, @first + @n) of those that it selects. */
static int cut_chunk(struct selection *s, const struct store *store, const struct query_chunk *c,
		uint64_t first, uint64_t n)
{
	uint32_t n_records = store_chunk(store, c->chunk)->n_records;
	uint8_t *bits = new_bits(store, c->chunk);
	uint64_t at = 0;

	if (!bits)
		return -ENOMEM;
	for (uint32_t i = 0; i < n_records; i++)
		if (query_selects(c, i)) {
			if (at >= first && at - first < n)
				set_bit(bits, i);
			at++;
		}
	return select_chunk(s, store, c->chunk, (uint32_t)n, bits);
}

static int select_part(const struct query *q, struct selection *s)
{
	const struct dataset *d = &q->parent;
	uint64_t total = 0;
	uint64_t first;
	uint64_t end;
	uint64_t at = 0;
	int r = 0;

	for (uint32_t i = 0; i < d->n_chunks; i++)
		total += parent_chunk(d, i).n;
	first = part_start(&q->terms.part, total, q->terms.part.k - 1);
	end = part_start(&q->terms.part, total, q->terms.part.k);
	for (uint32_t i = 0; r == 0 && i < d->n_chunks && at < end; i++) {
		struct query_chunk c = parent_chunk(d, i);
		uint64_t from = first > at ? first - at : 0;
		uint64_t to = end - at < c.n ? end - at : c.n;

		if (from == 0 && to == c.n)
			r = copy_chunk(s, d->store, &c);
		else if (from < to)
			r = cut_chunk(s, d->store, &c, from, to - from);
		at += c.n;
	}
	return r;
}

/* Whether a record is selected: 1; 0; a negative errno, which ends the chunk. */
typedef int (*record_test)(const struct query *q, const void *arg, const struct vcf_text *v,
		const struct record *r, enum block_part part);

/* Set the bits of the records of @c that pass @test. Return: how many; a negative errno. */
static int64_t test_records(const struct query *q, const struct query_chunk *c,
		const struct block *b, record_test test, const void *arg, uint8_t *bits)
{
	struct vcf_text v = row_text(q->parent.store, c->chunk);
	int64_t n = 0;

	for (uint32_t i = 0; i < b->n_records; i++) {
		int r = query_selects(c, i) ? test(q, arg, &v, &b->records[i], b->part) : 0;

		if (r < 0)
			return r;
		if (r)
			set_bit(bits, i);
		n += r;
	}
	return n;
}

/* Those records of @c that pass @test; where sites do not suffice for it, -EAGAIN. */
static int test_chunk(const struct query *q, struct selection *s, const struct query_chunk *c,
		enum block_part part, record_test test, const void *arg, struct err *err)
{
	const struct dataset *d = &q->parent;
	const struct block *b;
	uint8_t *bits = new_bits(d->store, c->chunk);
	int64_t n;
	int r;

	if (!bits)
		return err_set(err, -ENOMEM, "out of memory");
	r = block_cache_get(d->cache, d->store, c->chunk, part, &b, err);
	n = r;
	if (r == 0) {
		n = test_records(q, c, b, test, arg, bits);
		block_put(b);
	}
	if (n < 0) {
		free(bits);
		return r < 0 || n == -EAGAIN ? (int)n
					     : err_set(err, (int)n,
							       "%s: chunk %u: its records are "
							       "damaged",
							       store_pathname(d->store), c->chunk);
	}
	r = select_chunk(s, d->store, c->chunk, (uint32_t)n, bits);
	return r < 0 ? err_set(err, r, "out of memory") : 0;
}

/* Regions of one contig. */
struct region_range {
	const struct region *first;
	const struct region *end;
};

static int in_regions(const struct query *q, const void *arg, const struct vcf_text *v,
		const struct record *r, enum block_part part)
{
	const struct region_range *range = arg;

	(void)q;
	(void)v;
	(void)part;
	for (const struct region *p = range->first; p < range->end; p++)
		if (region_overlaps(p, r->pos, r->rlen))
			return 1;
	return 0;
}

static int select_in_chunk(const struct query *q, struct selection *s, const struct query_chunk *c,
		const struct region_range *range, struct err *err)
{
	const struct chunk_info *info = store_chunk(q->parent.store, c->chunk);
	bool some = false;

	for (const struct region *p = range->first; p < range->end; p++) {
		if (info->start >= p->from && info->end <= p->to)
			return copy_chunk(s, q->parent.store, c) < 0
					       ? err_set(err, -ENOMEM, "out of memory")
					       : 0;
		some |= region_overlaps(p, info->start, info->end - info->start);
	}
	return some ? test_chunk(q, s, c, BLOCK_SITES, in_regions, range, err) : 0;
}

/* The regions of one contig after the other, as `bcftools view -r` gives them. */
static int select_regions(const struct query *q, struct selection *s, struct err *err)
{
	const struct dataset *d = &q->parent;
	const struct region_list *l = &q->terms.regions;
	struct region_range range = { .first = l->regions };
	int r = 0;

	for (; range.first < l->regions + l->n; range.first = range.end) {
		range.end = range.first + 1;
		while (range.end < l->regions + l->n && range.end->contig == range.first->contig)
			range.end++;
		for (uint32_t i = 0; r == 0 && i < d->n_chunks; i++) {
			struct query_chunk c = parent_chunk(d, i);

			if (store_chunk(d->store, c.chunk)->contig == range.first->contig)
				r = select_in_chunk(q, s, &c, &range, err);
		}
	}
	return r;
}

static int passes(const struct query *q, const void *arg, const struct vcf_text *v,
		const struct record *r, enum block_part part)
{
	const struct store *store = q->parent.store;

	return site_filter_test(&q->terms.filter, v, r, part == BLOCK_CALLS, q->samples,
			store_ac_key(store), store_an_key(store),
			(struct view_scratch *)(uintptr_t)arg);
}

static int select_where(const struct query *q, struct selection *s, struct err *err)
{
	const struct dataset *d = &q->parent;
	bool calls = site_filter_wants_calls(&q->terms.filter, !q->samples);
	const struct view_scratch *scratch = view_scratch();
	int r = scratch ? 0 : err_set(err, -ENOMEM, "out of memory");

	for (uint32_t i = 0; r == 0 && i < d->n_chunks; i++) {
		struct query_chunk c = parent_chunk(d, i);

		r = calls ? -EAGAIN : test_chunk(q, s, &c, BLOCK_SITES, passes, scratch, err);
		/* Counts that INFO does not have are in the genotypes, here and in what comes. */
		if (r == -EAGAIN) {
			calls = true;
			r = test_chunk(q, s, &c, BLOCK_CALLS, passes, scratch, err);
		}
	}
	return r;
}

static int select_contig(const struct query *q, struct selection *s)
{
	const struct dataset *d = &q->parent;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < d->n_chunks; i++) {
		struct query_chunk c = parent_chunk(d, i);

		if (store_chunk(d->store, c.chunk)->contig == q->terms.contig)
			r = copy_chunk(s, d->store, &c);
	}
	return r;
}

static int select_all(const struct query *q, struct selection *s)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < q->parent.n_chunks; i++) {
		struct query_chunk c = parent_chunk(&q->parent, i);

		r = copy_chunk(s, q->parent.store, &c);
	}
	return r;
}

static int select_records(struct query *q, struct selection *s, struct err *err)
{
	int r;

	switch (q->terms.kind) {
	case QUERY_REGION:
		return select_regions(q, s, err);
	case QUERY_WHERE:
		return select_where(q, s, err);
	case QUERY_PART:
		r = select_part(q, s);
		break;
	case QUERY_CONTIG:
		r = select_contig(q, s);
		break;
	default:
		r = select_all(q, s);
		break;
	}
	return r < 0 ? err_set(err, r, "out of memory") : 0;
}

/* Whether it is this thread's to do; false once it is done. */
static bool begin_preparing(struct query *q)
{
	bool mine;

	pthread_mutex_lock(&q->lock);
	while (q->preparing)
		pthread_cond_wait(&q->changed, &q->lock);
	mine = !q->prepared;
	q->preparing = mine;
	pthread_mutex_unlock(&q->lock);
	return mine;
}

int query_prepare(struct query *q, struct err *err)
{
	struct selection s = { 0 };
	int r = dataset_prepare(&q->parent, err);

	if (r < 0)
		return r;
	if (!begin_preparing(q))
		return 0;
	r = select_records(q, &s, err);
	pthread_mutex_lock(&q->lock);
	if (r == 0) {
		q->chunks = s.chunks;
		q->n_chunks = s.n;
		for (uint32_t i = 0; i < s.n; i++)
			q->shape = gt_shape_join(q->shape,
					store_chunk(q->parent.store, s.chunks[i].chunk)->shape);
		q->bytes += s.max * sizeof(*s.chunks) + s.bytes;
		q->prepared = true;
	}
	q->preparing = false;
	pthread_cond_broadcast(&q->changed);
	pthread_mutex_unlock(&q->lock);
	if (r < 0)
		selection_done(&s);
	return r;
}

/* ---- layouts ---- */

static const uint64_t *find_layout(const struct query *q, const void *key)
{
	for (unsigned i = 0; i < q->n_layouts; i++)
		if (q->layouts[i].key == key)
			return q->layouts[i].before;
	return NULL;
}

const uint64_t *query_layout(struct query *q, const void *key)
{
	const uint64_t *before;

	pthread_mutex_lock(&q->lock);
	before = find_layout(q, key);
	pthread_mutex_unlock(&q->lock);
	return before;
}

const uint64_t *query_keep_layout(struct query *q, const void *key, uint64_t *before)
{
	const uint64_t *kept;

	pthread_mutex_lock(&q->lock);
	kept = find_layout(q, key);
	if (!kept && q->n_layouts < LAYOUTS_MAX) {
		q->layouts[q->n_layouts++] = (struct layout){ key, before };
		q->bytes += (q->n_chunks + 1ull) * sizeof(*before);
		kept = before;
		before = NULL;
	}
	pthread_mutex_unlock(&q->lock);
	free(before);
	return kept;
}
