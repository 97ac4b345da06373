/* SPDX-License-Identifier: MIT */
#include "core/base/names.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

enum { SEGMENT = 1024, N_SEGMENTS = NAMES_MAX / SEGMENT };

struct names {
	pthread_mutex_t lock;
	/* Segments never move, so that names_get() needs no lock. */
	struct name *segments[N_SEGMENTS];
	uint32_t n;       /* by lock */
	uint32_t *slots;  /* open addressing, id + 1, 0 = free; by lock */
	uint32_t n_slots; /* a power of two, at least 2 * n; by lock */
};

int names_new(struct names **out)
{
	struct names *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->n_slots = 64;
	t->slots = calloc(t->n_slots, sizeof(*t->slots));
	if (!t->slots) {
		free(t);
		return -ENOMEM;
	}
	pthread_mutex_init(&t->lock, NULL);
	*out = t;
	return 0;
}

void names_free(struct names *t)
{
	if (!t)
		return;
	for (uint32_t i = 0; i < t->n; i++)
		free((void *)(uintptr_t)names_get(t, i)->s);
	for (unsigned i = 0; i < N_SEGMENTS; i++)
		free(t->segments[i]);
	free(t->slots);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

void names_freep(struct names **t)
{
	names_free(*t);
}

const struct name *names_get(const struct names *t, uint32_t id)
{
	return &t->segments[id / SEGMENT][id % SEGMENT];
}

uint32_t names_count(struct names *t)
{
	uint32_t n;

	pthread_mutex_lock(&t->lock);
	n = t->n;
	pthread_mutex_unlock(&t->lock);
	return n;
}

/* The slot that holds the string, or the free one where it would go. */
static uint32_t *slot_of(const struct names *t, const char *s, size_t len)
{
	uint32_t mask = t->n_slots - 1;
	uint32_t i = (uint32_t)XXH3_64bits(s, len) & mask;

	for (; t->slots[i]; i = (i + 1) & mask) {
		const struct name *name = names_get(t, t->slots[i] - 1);

		if (name->len == len && memcmp(name->s, s, len) == 0)
			break;
	}
	return &t->slots[i];
}

static int grow_slots(struct names *t)
{
	uint32_t *old = t->slots;
	uint32_t *slots = calloc((size_t)t->n_slots * 2, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	t->slots = slots;
	t->n_slots *= 2;
	for (uint32_t i = 0; i < t->n; i++) {
		const struct name *name = names_get(t, i);

		*slot_of(t, name->s, name->len) = i + 1;
	}
	free(old);
	return 0;
}

static int append(struct names *t, const char *s, size_t len)
{
	struct name **segment;
	char *copy;

	if (t->n >= NAMES_MAX)
		return -EOVERFLOW;
	segment = &t->segments[t->n / SEGMENT];
	if (!*segment)
		*segment = calloc(SEGMENT, sizeof(**segment));
	copy = malloc(len + 1);
	if (!*segment || !copy) {
		free(copy);
		return -ENOMEM;
	}
	memcpy(copy, s, len);
	copy[len] = '\0';
	(*segment)[t->n % SEGMENT] = (struct name){ .s = copy, .len = len };
	t->n++;
	return 0;
}

int names_intern(struct names *t, const char *s, size_t len, uint32_t *id)
{
	uint32_t *slot;
	int r = 0;

	pthread_mutex_lock(&t->lock);
	slot = slot_of(t, s, len);
	if (!*slot) {
		if ((t->n + 1) * 2 > t->n_slots) {
			r = grow_slots(t);
			slot = slot_of(t, s, len);
		}
		if (r == 0)
			r = append(t, s, len);
		if (r == 0)
			*slot = t->n;
	}
	if (r == 0)
		*id = *slot - 1;
	pthread_mutex_unlock(&t->lock);
	return r;
}

int names_find(struct names *t, const char *s, size_t len, uint32_t *id)
{
	uint32_t slot;

	pthread_mutex_lock(&t->lock);
	slot = *slot_of(t, s, len);
	pthread_mutex_unlock(&t->lock);
	if (!slot)
		return -ENOENT;
	*id = slot - 1;
	return 0;
}
