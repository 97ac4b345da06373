/* SPDX-License-Identifier: MIT */
#include "core/block/block_cache.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "core/base/stats.h"
#include "core/block/block_load.h"

enum { N_BUCKETS = 1024 };

/* Bytes of passed blocks that are kept: so many, or a quarter of the budget if that is less. */
#define PASSED_MAX ((size_t)16 << 20)

enum entry_state {
	ENTRY_DECODING, /* a thread is at it; others wait */
	ENTRY_READY,    /* has a block */
	ENTRY_FAILED    /* out of the table; kept for those that still wait */
};

/* A chunk in the table. All fields by the cache's lock. */
struct entry {
	const struct store *store;
	uint32_t chunk;
	enum block_part part;
	enum entry_state state;
	struct block *block;          /* ENTRY_READY: one reference is the cache's */
	struct err err;               /* ENTRY_FAILED */
	unsigned n_waiting;           /* threads that wait for the decode */
	struct block_waiter *waiters; /* ENTRY_DECODING: the last one first */
	bool ahead;          /* ENTRY_READY: decoded ahead of a reader, and not wanted yet */
	bool passed;         /* ENTRY_READY: by a reader in order, and not wanted since */
	struct entry *next;  /* of its bucket */
	struct entry *newer; /* ENTRY_READY: in the order that it is in */
	struct entry *older;
};

/* Entries in the order of their use. */
struct order {
	struct entry *newest;
	struct entry *oldest;
};

/* A decoder, with what it keeps from one decode to the next. */
struct kept_decoder {
	struct decoder *decoder;
	size_t kept;               /* bytes; by the cache's lock: counted in its use */
	struct kept_decoder *next; /* of the idle ones */
};

struct block_cache {
	size_t budget;
	pthread_mutex_t lock;
	pthread_cond_t changed;           /* a decode ended, or a block was given back */
	_Atomic unsigned n_wanting_room;  /* threads that wait for a block to be given back */
	size_t used;                      /* by lock */
	size_t passed_bytes;              /* by lock: of it, in passed blocks */
	struct entry *buckets[N_BUCKETS]; /* by lock */
	struct order used_last;           /* by lock: entries that were not passed */
	struct order passed;              /* by lock: those that were */
	struct kept_decoder *idle;        /* by lock */
};

int block_cache_new(size_t budget, struct block_cache **out)
{
	struct block_cache *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->budget = budget;
	stat_set(STAT_CACHE_LIMIT_BYTES, budget);
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->changed, NULL);
	*out = c;
	return 0;
}

static struct entry **bucket_of(struct block_cache *c, const struct store *store, uint32_t chunk)
{
	return &c->buckets[((uintptr_t)store / 64 + chunk) % N_BUCKETS];
}

/* An entry that has, or will have, at least @part. */
static struct entry *find(struct block_cache *c, const struct store *store, uint32_t chunk,
		enum block_part part)
{
	struct entry *e = *bucket_of(c, store, chunk);

	while (e && !(e->store == store && e->chunk == chunk && block_part_serves(e->part, part)))
		e = e->next;
	return e;
}

static struct order *order_of(struct block_cache *c, const struct entry *e)
{
	return e->passed ? &c->passed : &c->used_last;
}

static void unlink_use(struct block_cache *c, struct entry *e)
{
	struct order *o = order_of(c, e);

	*(e->newer ? &e->newer->older : &o->newest) = e->older;
	*(e->older ? &e->older->newer : &o->oldest) = e->newer;
	e->newer = e->older = NULL;
	if (e->passed)
		c->passed_bytes -= e->block->cost;
}

static void link_newest(struct block_cache *c, struct entry *e)
{
	struct order *o = order_of(c, e);

	e->older = o->newest;
	*(o->newest ? &o->newest->newer : &o->oldest) = e;
	o->newest = e;
	if (e->passed)
		c->passed_bytes += e->block->cost;
}

static void remove_entry(struct block_cache *c, struct entry *e)
{
	struct entry **at = bucket_of(c, e->store, e->chunk);

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
}

static void use(struct block_cache *c, size_t bytes)
{
	c->used += bytes;
	stat_set(STAT_CACHE_BYTES, c->used);
	if (c->used > stat_get(STAT_CACHE_PEAK_BYTES))
		stat_set(STAT_CACHE_PEAK_BYTES, c->used);
}

static void unuse(struct block_cache *c, size_t bytes)
{
	c->used -= bytes;
	stat_set(STAT_CACHE_BYTES, c->used);
}

static void evict(struct block_cache *c, struct entry *e)
{
	unlink_use(c, e);
	remove_entry(c, e);
	unuse(c, e->block->cost);
	stat_add(STAT_CACHE_BLOCKS, -(uint64_t)1);
	stat_add(STAT_PREFETCHES_LOST, e->ahead);
	e->block->cache = NULL;
	block_put(e->block);
	free(e);
}

void block_cache_free(struct block_cache *c)
{
	if (!c)
		return;
	while (c->passed.oldest)
		evict(c, c->passed.oldest);
	while (c->used_last.oldest)
		evict(c, c->used_last.oldest);
	while (c->idle) {
		struct kept_decoder *w = c->idle;

		c->idle = w->next;
		unuse(c, w->kept);
		decoder_free(w->decoder);
		free(w);
	}
	pthread_mutex_destroy(&c->lock);
	pthread_cond_destroy(&c->changed);
	free(c);
}

/* Held by somebody, or about to be taken by a thread that waited for it. */
static bool in_use(const struct entry *e)
{
	return e->n_waiting || atomic_load(&e->block->refs) > 1;
}

/* What idle decoders keep is a matter of speed alone. */
static void trim_idle(struct block_cache *c)
{
	for (struct kept_decoder *w = c->idle; w; w = w->next) {
		decoder_trim(w->decoder);
		unuse(c, w->kept);
		w->kept = 0;
	}
}

/* Drop blocks not in use, those used longest ago first, until @bytes fit; none from @end on. */
static void drop_oldest(
		struct block_cache *c, struct order *o, size_t bytes, const struct entry *end)
{
	struct entry *e = o->oldest;

	while (c->used + bytes > c->budget && e != end) {
		struct entry *newer = e->newer;

		if (!in_use(e)) {
			evict(c, e);
			stat_add(STAT_EVICTIONS, 1);
		}
		e = newer;
	}
}

/*
 * Have room for @bytes: of those that were passed, of the others, but for the one used last where
 * @keep_last, then of what idle decoders keep. False where that is not enough.
 */
static bool make_room(struct block_cache *c, size_t bytes, bool keep_last)
{
	drop_oldest(c, &c->passed, bytes, NULL);
	drop_oldest(c, &c->used_last, bytes, keep_last ? c->used_last.newest : NULL);
	if (c->used + bytes > c->budget)
		trim_idle(c);
	return c->used + bytes <= c->budget;
}

void block_put(const struct block *block)
{
	struct block *b = (struct block *)(uintptr_t)block;
	struct block_cache *c;
	uint32_t refs;

	if (!b)
		return;
	c = b->cache; /* lives as long as anyone holds its blocks */
	refs = atomic_fetch_sub(&b->refs, 1) - 1;
	if (!refs) {
		block_free(b);
	} else if (refs == 1 && c && atomic_load(&c->n_wanting_room)) {
		pthread_mutex_lock(&c->lock);
		pthread_cond_broadcast(&c->changed);
		pthread_mutex_unlock(&c->lock);
	}
}

void block_putp(const struct block **block)
{
	block_put(*block);
}

/* With the lock; NULL where memory is out. */
static struct kept_decoder *take_decoder(struct block_cache *c)
{
	struct kept_decoder *w = c->idle;

	if (w) {
		c->idle = w->next;
		return w;
	}
	w = calloc(1, sizeof(*w));
	if (w && decoder_new(&w->decoder) < 0) {
		free(w);
		w = NULL;
	}
	return w;
}

/* With the lock, when the cost of what it decoded is not counted any more: it keeps no more. */
static void give_back(struct block_cache *c, struct kept_decoder *w)
{
	unuse(c, w->kept);
	w->kept = decoder_kept(w->decoder);
	use(c, w->kept);
	w->next = c->idle;
	c->idle = w;
}

/* Without the lock: the decode of an entry that this thread put into the table. */
static int decode_entry(
		const struct entry *e, struct decoder *d, struct block **out, struct err *err)
{
	uint64_t start = stat_clock();
	int r = block_load(e->store, e->chunk, e->part, d, out, err);

	stat_add(STAT_DECODES, 1);
	stat_add(STAT_DECODE_NS, stat_clock() - start);
	if (r < 0)
		stat_add(STAT_DECODE_ERRORS, 1);
	return r;
}

/* A block of calls does all that one of sites or of a tile can. */
static void drop_superseded(struct block_cache *c, const struct entry *calls)
{
	struct entry *e = *bucket_of(c, calls->store, calls->chunk);

	while (e && !(e->store == calls->store && e->chunk == calls->chunk && e != calls &&
				    block_part_serves(calls->part, e->part) &&
				    e->state == ENTRY_READY))
		e = e->next;
	if (e && !in_use(e))
		evict(c, e);
}

static void call_waiters(struct entry *e)
{
	while (e->waiters) {
		struct block_waiter *w = e->waiters;

		e->waiters = w->next;
		w->ready(w, e->state == ENTRY_FAILED ? &e->err : NULL);
	}
}

/* With the lock, let go of for the decode. Room of @cost is already used. */
static int fill(struct block_cache *c, struct entry *e, size_t cost, struct err *err)
{
	struct entry **bucket = bucket_of(c, e->store, e->chunk);
	struct kept_decoder *w = take_decoder(c);
	struct block *block = NULL;
	int r;

	e->state = ENTRY_DECODING;
	e->next = *bucket;
	*bucket = e;
	if (w) {
		pthread_mutex_unlock(&c->lock);
		r = decode_entry(e, w->decoder, &block, err);
		pthread_mutex_lock(&c->lock);
	} else {
		r = err_set(err, -ENOMEM, "%s: out of memory", store_pathname(e->store));
	}
	unuse(c, cost);
	if (w)
		give_back(c, w);
	if (r < 0) {
		e->state = ENTRY_FAILED;
		if (err)
			e->err = *err;
		remove_entry(c, e);
	} else {
		assert(block);
		block->cache = c;
		e->block = block;
		e->state = ENTRY_READY;
		use(c, block->cost);
		stat_add(STAT_CACHE_BLOCKS, 1);
		link_newest(c, e);
		drop_superseded(c, e);
	}
	pthread_cond_broadcast(&c->changed);
	call_waiters(e);
	return r;
}

/* Wait for another thread's decode. @e may be gone afterwards. */
static int wait_for(struct block_cache *c, struct entry *e, struct err *err)
{
	int r = 0;

	e->n_waiting++;
	while (e->state == ENTRY_DECODING)
		pthread_cond_wait(&c->changed, &c->lock);
	e->n_waiting--;
	if (e->state == ENTRY_FAILED) {
		r = e->err.code;
		if (err)
			*err = e->err;
		if (!e->n_waiting)
			free(e);
	}
	return r;
}

static struct entry *entry_new(const struct store *store, uint32_t chunk, enum block_part part)
{
	struct entry *e = calloc(1, sizeof(*e));

	if (e) {
		e->store = store;
		e->chunk = chunk;
		e->part = part;
	}
	return e;
}

/* A failed entry is freed by the last of those who know it. */
static void drop_failed(struct entry *e)
{
	if (!e->n_waiting)
		free(e);
}

static int decode_now(struct block_cache *c, const struct store *store, uint32_t chunk,
		enum block_part part, size_t cost, const struct block **out, struct err *err)
{
	struct entry *e = entry_new(store, chunk, part);
	struct err own = { 0 };
	int r;

	if (!e)
		return err_set(err, -ENOMEM, "%s: out of memory", store_pathname(store));
	use(c, cost);
	r = fill(c, e, cost, &own);
	if (r < 0) {
		if (err)
			*err = own;
		drop_failed(e);
		return r;
	}
	atomic_fetch_add(&e->block->refs, 1);
	*out = e->block;
	return 0;
}

/*
 * Wait until something changes. Whoever gives a block back looks at n_wanting_room after, so it is
 * raised before a last look at what is in use.
 */
static bool make_room_or_wait(struct block_cache *c, size_t cost)
{
	bool room;

	atomic_fetch_add(&c->n_wanting_room, 1);
	room = make_room(c, cost, false);
	if (!room)
		pthread_cond_wait(&c->changed, &c->lock);
	atomic_fetch_sub(&c->n_wanting_room, 1);
	return room;
}

int block_cache_get(struct block_cache *c, const struct store *store, uint32_t chunk,
		enum block_part part, const struct block **out, struct err *err)
{
	struct entry *e;
	uint64_t cost;
	int r = 1;

	if (chunk >= store_n_chunks(store))
		return err_set(err, -EINVAL, "%s: no chunk %u", store_pathname(store), chunk);
	cost = block_load_cost(store, chunk, part);
	if (cost > c->budget)
		return err_set(err, -EOVERFLOW,
				"%s: chunk %u takes %llu bytes: cache_size is too small",
				store_pathname(store), chunk, (unsigned long long)cost);

	pthread_mutex_lock(&c->lock);
	while (r > 0) {
		e = find(c, store, chunk, part);
		if (e && e->state == ENTRY_READY) {
			unlink_use(c, e);
			e->passed = false;
			link_newest(c, e);
			atomic_fetch_add(&e->block->refs, 1);
			*out = e->block;
			stat_add(STAT_HITS, 1);
			stat_add(STAT_PREFETCHES_USED, e->ahead);
			e->ahead = false;
			r = 0;
		} else if (e) {
			stat_add(STAT_WAITS, 1);
			r = wait_for(c, e, err);
			r = r < 0 ? r : 1;
		} else if (make_room(c, cost, false) || make_room_or_wait(c, cost)) {
			stat_add(STAT_MISSES, 1);
			r = decode_now(c, store, chunk, part, cost, out, err);
		}
	}
	pthread_mutex_unlock(&c->lock);
	return r;
}

bool block_cache_await(struct block_cache *c, const struct store *store, uint32_t chunk,
		enum block_part part, struct block_waiter *w)
{
	struct entry *e;
	bool decoding;

	pthread_mutex_lock(&c->lock);
	e = find(c, store, chunk, part);
	decoding = e && e->state == ENTRY_DECODING;
	if (decoding) {
		stat_add(STAT_WAITS, 1);
		w->next = e->waiters;
		e->waiters = w;
	}
	pthread_mutex_unlock(&c->lock);
	return decoding;
}

void block_cache_prefetch(struct block_cache *c, const struct store *store, uint32_t chunk,
		enum block_part part)
{
	const struct block *block = NULL;
	uint64_t cost;

	if (chunk >= store_n_chunks(store))
		return;
	cost = block_load_cost(store, chunk, part);
	pthread_mutex_lock(&c->lock);
	/* What was used last is being read: decoding ahead must not drop it. */
	if (cost <= c->budget && !find(c, store, chunk, part) && make_room(c, cost, true)) {
		stat_add(STAT_PREFETCHES, 1);
		/* With the lock since its decode ended, what was decoded is still the newest. */
		if (decode_now(c, store, chunk, part, cost, &block, NULL) == 0)
			c->used_last.newest->ahead = true;
	}
	pthread_mutex_unlock(&c->lock);
	block_put(block);
}

/* With the lock: those passed first go first. */
static void drop_passed(struct block_cache *c)
{
	size_t most = c->budget / 4 < PASSED_MAX ? c->budget / 4 : PASSED_MAX;
	struct entry *e = c->passed.oldest;

	while (c->passed_bytes > most && e) {
		struct entry *newer = e->newer;

		if (!in_use(e)) {
			evict(c, e);
			stat_add(STAT_BLOCKS_PASSED, 1);
		}
		e = newer;
	}
}

void block_cache_passed(struct block_cache *c, const struct store *store, uint32_t chunk,
		enum block_part part)
{
	struct entry *e;

	pthread_mutex_lock(&c->lock);
	e = find(c, store, chunk, part);
	/* One of more than it read is another reader's. */
	if (e && e->part == part && e->state == ENTRY_READY && !e->passed) {
		unlink_use(c, e);
		e->passed = true;
		link_newest(c, e);
		drop_passed(c);
	}
	pthread_mutex_unlock(&c->lock);
}

bool block_cache_has(struct block_cache *c, const struct store *store, uint32_t chunk,
		enum block_part part)
{
	struct entry *e;
	bool has;

	pthread_mutex_lock(&c->lock);
	e = find(c, store, chunk, part);
	has = e && e->state == ENTRY_READY;
	pthread_mutex_unlock(&c->lock);
	return has;
}

size_t block_cache_need(const struct store *store)
{
	uint64_t need = 0;

	for (uint32_t i = 0; i < store_n_chunks(store); i++) {
		uint64_t cost = block_load_cost(store, i, BLOCK_CALLS);

		need = cost > need ? cost : need;
	}
	return need > SIZE_MAX ? SIZE_MAX : (size_t)need;
}

size_t block_cache_budget(const struct block_cache *c)
{
	return c->budget;
}
