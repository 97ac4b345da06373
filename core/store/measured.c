/* SPDX-License-Identifier: MIT */
#include "core/store/measured.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/*
 * Sums of one view. Chunk c is node n_chunks + c; node i is the sum of nodes 2i and 2i + 1, once
 * both are known. A range of chunks is made of nodes that have no other chunk, so that what
 * becomes known of others meanwhile cannot be seen in its sum.
 */
struct sums {
	_Atomic uint64_t *nodes; /* 2 * n_chunks; owned */
};

struct measured {
	uint32_t n_chunks;
	_Atomic(struct sums *) views[N_STORED_VIEWS]; /* set once; owned */
	pthread_mutex_t lock;
	pthread_cond_t ended; /* somebody is done with a chunk */
	uint8_t *taken;       /* by lock: one bit a chunk; owned */
};

int measured_new(uint32_t n_chunks, struct measured **out)
{
	struct measured *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->n_chunks = n_chunks;
	pthread_mutex_init(&m->lock, NULL);
	pthread_cond_init(&m->ended, NULL);
	m->taken = calloc(n_chunks / 8 + 1, 1);
	if (!m->taken) {
		measured_free(m);
		return -ENOMEM;
	}
	*out = m;
	return 0;
}

static void sums_free(struct sums *s)
{
	if (s)
		free(s->nodes);
	free(s);
}

void measured_free(struct measured *m)
{
	if (!m)
		return;
	for (unsigned v = 0; v < N_STORED_VIEWS; v++)
		sums_free(m->views[v]);
	pthread_cond_destroy(&m->ended);
	pthread_mutex_destroy(&m->lock);
	free(m->taken);
	free(m);
}

static uint64_t add(uint64_t a, uint64_t b)
{
	uint64_t sum;

	if (a == MEASURED_UNKNOWN || b == MEASURED_UNKNOWN)
		return MEASURED_UNKNOWN;
	if (__builtin_add_overflow(a, b, &sum) || sum == MEASURED_UNKNOWN)
		return MEASURED_UNKNOWN - 1;
	return sum;
}

uint64_t measured_sum(const struct measured *m, enum store_view view, uint32_t first, uint32_t n)
{
	const struct sums *s = atomic_load_explicit(&m->views[view], memory_order_acquire);
	size_t left = (size_t)m->n_chunks + first;
	size_t right = left + n;
	uint64_t sum = 0;

	if (n && !s)
		return MEASURED_UNKNOWN;
	for (; left < right; left /= 2, right /= 2) {
		if (left % 2)
			sum = add(sum, s->nodes[left++]);
		if (right % 2)
			sum = add(sum, s->nodes[--right]);
	}
	return sum;
}

static struct sums *sums_new(uint32_t n_chunks)
{
	struct sums *s = calloc(1, sizeof(*s));

	if (s)
		s->nodes = malloc((n_chunks + 1ull) * 2 * sizeof(*s->nodes));
	if (!s || !s->nodes) {
		sums_free(s);
		return NULL;
	}
	for (size_t i = 0; i < (n_chunks + 1ull) * 2; i++)
		atomic_init(&s->nodes[i], MEASURED_UNKNOWN);
	return s;
}

int measured_begin(struct measured *m, enum store_view view)
{
	struct sums *none = NULL;
	struct sums *s;

	if (atomic_load_explicit(&m->views[view], memory_order_acquire))
		return 0;
	s = sums_new(m->n_chunks);
	if (!s)
		return -ENOMEM;
	if (!atomic_compare_exchange_strong(&m->views[view], &none, s))
		sums_free(s);
	return 0;
}

void measured_set(struct measured *m, enum store_view view, uint32_t chunk, uint64_t bytes)
{
	struct sums *s = atomic_load_explicit(&m->views[view], memory_order_acquire);
	size_t i = (size_t)m->n_chunks + chunk;

	/* Of two threads that set both parts of a sum at once one at least sees the other's: hence
	 * in one order for all. */
	s->nodes[i] = bytes == MEASURED_UNKNOWN ? bytes - 1 : bytes;
	for (; i > 1; i /= 2) {
		uint64_t sum = add(s->nodes[i], s->nodes[i ^ 1]);

		if (sum == MEASURED_UNKNOWN)
			return;
		s->nodes[i / 2] = sum;
	}
}

bool measured_take(struct measured *m, enum store_view view, uint32_t chunk)
{
	uint8_t *byte = &m->taken[chunk / 8];
	uint8_t bit = (uint8_t)(1u << chunk % 8);
	bool mine;

	pthread_mutex_lock(&m->lock);
	while (*byte & bit)
		pthread_cond_wait(&m->ended, &m->lock);
	mine = measured_sum(m, view, chunk, 1) == MEASURED_UNKNOWN;
	if (mine)
		*byte |= bit;
	pthread_mutex_unlock(&m->lock);
	return mine;
}

void measured_end(struct measured *m, uint32_t chunk)
{
	pthread_mutex_lock(&m->lock);
	m->taken[chunk / 8] &= (uint8_t) ~(1u << chunk % 8);
	pthread_cond_broadcast(&m->ended);
	pthread_mutex_unlock(&m->lock);
}
