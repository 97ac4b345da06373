/* SPDX-License-Identifier: MIT */
#include "core/gtb/gtb_store.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/base/cleanup.h"
#include "core/gtb/gtb_chunks.h"
#include "core/gtb/gtb_private.h"
#include "core/store/foreign.h"

enum {
	READERS_MAX = 16,
	MEMORY_SHARE = 8 /* of the memory, that any block may have */
};

/* A reader, and the block of the file that it has read last. */
struct pooled {
	struct gtb_reader *reader;
	struct record_maker *maker;
	uint32_t block; /* by lock; UINT32_MAX: none */
	uint64_t made;  /* by lock: records of that block, each time that they were */
	uint64_t used;  /* by lock: when, counted */
	bool busy;      /* by lock; who made it so has the readers until it is not */
};

struct gtb_store {
	struct gtb *g;        /* owned */
	struct gtb_vcf *vcf;  /* owned */
	struct gtb_head head; /* its texts are the store's */
	struct gtb_records records;
	struct gtb_chunks chunks; /* infos and contigs are the store's */
	struct stat st;           /* when it was opened */
	struct gtb_room room;     /* of all readers */
	pthread_mutex_t lock;
	pthread_cond_t changed; /* a reader is not busy any more */
	struct pooled readers[READERS_MAX];
	uint64_t clock; /* by lock */
	bool alone;     /* by lock: one decode has all of the room */
};

/* ---- readers ---- */

/* Of one that is the caller's: nobody looks at more than what the lock guards. */
static void pooled_done(struct gtb_store *s, struct pooled *p)
{
	if (p->maker)
		gtb_room_give(&s->room, record_maker_cost(gtb_n_samples(s->g)));
	record_maker_free(p->maker);
	gtb_reader_free(p->reader);
	p->maker = NULL;
	p->reader = NULL;
}

static int pooled_fill(struct gtb_store *s, struct pooled *p, struct err *err)
{
	uint64_t cost = record_maker_cost(gtb_n_samples(s->g));
	int r = 0;

	if (!p->reader)
		r = gtb_reader_new_in(s->g, &s->room, &p->reader, err);
	if (r < 0 || p->maker)
		return r;
	if (!gtb_room_take(&s->room, cost))
		return err_set(err, -EOVERFLOW,
				"%s: genotypes of %u samples do not fit %zu bytes of memory; give "
				"more %s",
				gtb_pathname(s->g), gtb_n_samples(s->g), s->room.max,
				s->room.option);
	r = record_maker_new(&s->records, p->reader, &p->maker);
	if (r < 0) {
		gtb_room_give(&s->room, cost);
		return err_set(err, r, "%s: out of memory", gtb_pathname(s->g));
	}
	return 0;
}

static bool is_through(const struct gtb_store *s, const struct pooled *p)
{
	return p->block != UINT32_MAX && p->made >= gtb_block(s->g, p->block).n;
}

/*
 * With the lock: whether @a is to be taken rather than @b for another block. First one that all of
 * its block was made with, of several the last: who reads from start to end then has the memory of
 * one block, which is still near, and not that of as many as there are readers. Else the one that
 * was used longest ago.
 */
static bool is_better(const struct gtb_store *s, const struct pooled *a, const struct pooled *b)
{
	bool through = is_through(s, a);

	if (!b || through != is_through(s, b))
		return !b || through;
	return through ? a->used > b->used : a->used < b->used;
}

/* With the lock: one that has the block, or the best for another; NULL where to wait, also for one
 * that is busy with the block: it is decompressed once, not by each thread. */
static struct pooled *choose(struct gtb_store *s, uint32_t block)
{
	struct pooled *best = NULL;

	if (s->alone)
		return NULL;
	for (unsigned i = 0; i < READERS_MAX; i++) {
		struct pooled *p = &s->readers[i];

		if (p->block == block)
			return p->busy ? NULL : p;
		if (!p->busy && is_better(s, p, best))
			best = p;
	}
	return best;
}

/* With the lock. */
static void occupy(struct gtb_store *s, struct pooled *p, uint32_t block)
{
	if (p->block != block)
		p->made = 0;
	p->busy = true;
	p->block = block;
	p->used = ++s->clock;
}

static struct pooled *acquire(struct gtb_store *s, uint32_t block)
{
	struct pooled *p;

	pthread_mutex_lock(&s->lock);
	while ((p = choose(s, block)) == NULL)
		pthread_cond_wait(&s->changed, &s->lock);
	occupy(s, p, block);
	pthread_mutex_unlock(&s->lock);
	return p;
}

/* @c: that it was asked for. */
static void release(struct gtb_store *s, struct pooled *p, const struct gtb_chunk *c, bool alone)
{
	uint64_t end = c->first + c->n;
	uint32_t last = gtb_block_of(s->g, end - 1); /* that it has read last */
	uint64_t first = gtb_block(s->g, last).first;

	pthread_mutex_lock(&s->lock);
	p->busy = false;
	p->made = end - (first > c->first ? first : c->first) + (last == p->block ? p->made : 0);
	p->block = p->reader ? last : UINT32_MAX;
	if (alone)
		s->alone = false;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

static unsigned n_busy(const struct gtb_store *s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < READERS_MAX; i++)
		n += s->readers[i].busy;
	return n;
}

/* One reader, with the room to itself. */
static struct pooled *acquire_alone(struct gtb_store *s, uint32_t block)
{
	struct pooled *p = &s->readers[0];

	pthread_mutex_lock(&s->lock);
	while (s->alone)
		pthread_cond_wait(&s->changed, &s->lock);
	s->alone = true;
	while (n_busy(s))
		pthread_cond_wait(&s->changed, &s->lock);
	for (unsigned i = 0; i < READERS_MAX; i++)
		s->readers[i].block = UINT32_MAX;
	occupy(s, p, block);
	pthread_mutex_unlock(&s->lock);
	/* Nobody takes one of the others, as long as this one is alone. */
	for (unsigned i = 0; i < READERS_MAX; i++)
		if (&s->readers[i] != p)
			pooled_done(s, &s->readers[i]);
	return p;
}

/* ---- what a store asks for ---- */

static void close_store(void *arg)
{
	struct gtb_store *s = arg;

	if (!s)
		return;
	for (unsigned i = 0; i < READERS_MAX && s->g; i++)
		pooled_done(s, &s->readers[i]);
	gtb_chunks_done(&s->chunks);
	gtb_head_done(&s->head);
	gtb_vcf_free(s->vcf);
	gtb_close(s->g);
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static void close_storep(struct gtb_store **s)
{
	close_store(*s);
}

static uint64_t cost(const void *arg, uint32_t chunk, unsigned part)
{
	const struct gtb_store *s = arg;
	const struct gtb_chunk *c = &s->chunks.chunks[chunk];
	uint64_t bytes = block_fixed_cost(c->n) + c->site_bytes +
			 (part == BLOCK_SITES ? 0 : c->call_bytes) +
			 record_maker_spare(gtb_n_samples(s->g));
	uint64_t share = s->room.max / MEMORY_SHARE;

	return bytes > share ? bytes : share;
}

static int check_unchanged(const struct gtb_store *s, struct err *err)
{
	struct stat st;

	if (fstat(s->g->fd, &st) < 0)
		return err_set(err, -EIO, "%s: %m", s->g->pathname);
	if (!st.st_nlink && s->st.st_nlink)
		return err_set(err, -EIO,
				"%s: was deleted or replaced while in use; mount it again",
				s->g->pathname);
	if (st.st_size != s->st.st_size || st.st_mtim.tv_sec != s->st.st_mtim.tv_sec ||
			st.st_mtim.tv_nsec != s->st.st_mtim.tv_nsec)
		return err_set(err, -EIO, "%s: was changed while in use; mount it again",
				s->g->pathname);
	return 0;
}

/* With a reader that was acquired, which is given back. */
static int decode_with(struct gtb_store *s, struct pooled *p, bool alone, uint32_t chunk,
		unsigned part, struct block **out, struct err *err)
{
	const struct gtb_chunk *c = &s->chunks.chunks[chunk];
	const struct record_range range = { .first = c->first,
		.n = c->n,
		.gtb_contig = c->gtb_contig,
		.contig = c->contig,
		.end = c->end,
		.most = cost(s, chunk, part) };
	int r = pooled_fill(s, p, err);

	if (r == 0)
		r = record_maker_block(p->maker, &range, part, out, err);
	if (r < 0)
		pooled_done(s, p);
	release(s, p, c, alone);
	return r;
}

static int decode(void *arg, uint32_t chunk, unsigned part, struct block **out, struct err *err)
{
	struct gtb_store *s = arg;
	uint32_t block = gtb_block_of(s->g, s->chunks.chunks[chunk].first);
	struct err crowded = { 0 };
	struct block *b = NULL;
	int r = check_unchanged(s, err);

	if (r < 0)
		return r;
	r = decode_with(s, acquire(s, block), false, chunk, part, &b, &crowded);
	/* What does not fit may do so where others have no part of the room. */
	if (r == -EOVERFLOW)
		r = decode_with(s, acquire_alone(s, block), true, chunk, part, &b, err);
	else if (r < 0 && err)
		*err = crowded;
	if (r == 0)
		r = check_unchanged(s, err);
	if (r < 0) {
		block_put(b);
		return r;
	}
	*out = b;
	return 0;
}

/* ---- opening ---- */

static int make_head(struct gtb_store *s, struct err *err)
{
	uint32_t n = s->chunks.n_contigs;
	CLEANUP(freep) struct gtb_head_contig *contigs = calloc(n + 1ull, sizeof(*contigs));
	int r;

	if (!contigs)
		return err_set(err, -ENOMEM, "out of memory");
	for (uint32_t i = 0; i < n; i++)
		contigs[i].name = (struct gtb_text){ s->chunks.contigs[i].name.s,
			s->chunks.contigs[i].name.len };
	r = gtb_head_bcf(s->vcf, &s->head, contigs, n, err);
	for (uint32_t i = 0; r == 0 && i < n; i++) {
		s->chunks.contigs[i].length = contigs[i].length;
		s->chunks.contigs[i].bcf_id = contigs[i].bcf_id;
	}
	return r;
}

/* All that does not change later. */
static int prepare(struct gtb_store *s, struct err *err)
{
	struct pooled *p = &s->readers[0];
	int r = gtb_reader_new_in(s->g, &s->room, &p->reader, err);

	if (r == 0)
		r = gtb_vcf_new(s->g, p->reader, &s->vcf, err);
	if (r == 0)
		r = gtb_head_make(s->vcf, &s->head, err);
	if (r < 0)
		return r;
	s->records = (struct gtb_records){ .vcf = s->vcf, .head = &s->head };
	r = pooled_fill(s, p, err);
	if (r == 0)
		r = gtb_chunks_make(&s->records, p->maker, p->reader, s->room.max, &s->chunks, err);
	return r < 0 ? r : make_head(s, err);
}

static int allocate(const char *pathname, const struct gtb_options *o, struct gtb_store **out,
		struct err *err)
{
	const struct gtb_options gtb = {
		.contigs = o->contigs,
		.memory = o->memory,
		.option = o->option ? o->option : "cache_size",
	};
	CLEANUP(close_storep) struct gtb_store *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return err_set(err, -ENOMEM, "out of memory");
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->changed, NULL);
	s->room.max = o->memory;
	s->room.option = gtb.option;
	for (unsigned i = 0; i < READERS_MAX; i++)
		s->readers[i].block = UINT32_MAX;
	r = gtb_open(pathname, &gtb, &s->g, err);
	if (r < 0)
		return r;
	if (fstat(s->g->fd, &s->st) < 0)
		return err_set(err, -errno, "%s: %m", pathname);
	*out = s;
	s = NULL;
	return 0;
}

static int copy_keys(const struct gtb_head *h, struct names **out)
{
	int r = names_new(out);

	for (uint32_t i = 0; r == 0 && i < h->n_keys; i++) {
		const struct name *name = names_get(h->keys, i);
		uint32_t number;

		r = names_intern(*out, name->s, name->len, &number);
	}
	return r;
}

static void move_buf(struct buf *from, struct buf *to)
{
	*to = *from;
	*from = (struct buf){ 0 };
}

/* What the store has of its own goes out of @s. */
static int give_tables(struct gtb_store *s, struct store_tables_given *t, struct err *err)
{
	*t = (struct store_tables_given){ .pathname = gtb_pathname(s->g),
		.file_size = gtb_file_size(s->g),
		.mtime = s->st.st_mtim,
		.n_samples = gtb_n_samples(s->g),
		.n_bcf_contigs = s->head.n_bcf_contigs,
		.contigs = s->chunks.contigs,
		.n_contigs = s->chunks.n_contigs,
		.chunks = s->chunks.infos,
		.n_chunks = s->chunks.n };
	s->chunks.contigs = NULL;
	s->chunks.infos = NULL;
	move_buf(&s->head.header_text, &t->header_text);
	move_buf(&s->head.sites_header_text, &t->sites_header_text);
	move_buf(&s->head.samples_text, &t->samples_text);
	move_buf(&s->head.bcf_head, &t->bcf_head);
	return copy_keys(&s->head, &t->keys) < 0 ? err_set(err, -ENOMEM, "out of memory") : 0;
}

int gtb_store_open(const char *pathname, const struct gtb_options *o, struct store **out,
		struct err *err)
{
	CLEANUP(close_storep) struct gtb_store *s = NULL;
	struct store_foreign how = { .cost = cost, .decode = decode, .close = close_store };
	struct store_tables_given t;
	int r = allocate(pathname, o, &s, err);

	if (r < 0)
		return r;
	assert(s);
	r = prepare(s, err);
	if (r < 0)
		return r;
	r = give_tables(s, &t, err);
	how.arg = s;
	if (r == 0)
		r = store_new_foreign(&t, &how, out, err);
	store_tables_given_done(&t);
	if (r == 0)
		s = NULL;
	return r;
}
