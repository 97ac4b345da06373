/* SPDX-License-Identifier: MIT */
#include "core/base/kept.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "core/base/stats.h"

enum { NOT_MADE = 1 }; /* a status */

struct kept {
	const struct kept_kind *kind;
	size_t budget;
	unsigned max;
	pthread_mutex_t lock;
	pthread_cond_t made;
	/* By lock: */
	struct kept_item *first; /* the one used last */
	size_t bytes;            /* of those in the list that are made */
	unsigned n;              /* in the list */
};

int kept_new(const struct kept_kind *kind, size_t budget, unsigned max, struct kept **out)
{
	struct kept *k = calloc(1, sizeof(*k));

	if (!k)
		return -ENOMEM;
	k->kind = kind;
	k->budget = budget;
	k->max = max;
	pthread_mutex_init(&k->lock, NULL);
	pthread_cond_init(&k->made, NULL);
	*out = k;
	return 0;
}

/* Without the lock: a list of those that are let go of. */
static void free_all(const struct kept *k, struct kept_item *gone)
{
	while (gone) {
		struct kept_item *next = gone->next;

		k->kind->free(gone);
		gone = next;
	}
}

void kept_free(struct kept *k)
{
	if (!k)
		return;
	free_all(k, k->first);
	pthread_cond_destroy(&k->made);
	pthread_mutex_destroy(&k->lock);
	free(k);
}

/* With the lock: take the one at @at off the list; where nobody uses it, onto @gone. */
static void unlist(struct kept *k, struct kept_item **at, struct kept_item **gone)
{
	struct kept_item *item = *at;

	*at = item->next;
	item->listed = false;
	k->n--;
	if (!item->making)
		k->bytes -= item->bytes;
	if (--item->refs > 0)
		return;
	item->next = *gone;
	*gone = item;
}

static bool is_full(const struct kept *k)
{
	return k->bytes > k->budget || k->n > k->max;
}

/* With the lock: let go of those that nobody uses, from the last on, but for the first. */
static void make_room(struct kept *k, struct kept_item **gone)
{
	while (is_full(k)) {
		struct kept_item **last = NULL;

		for (struct kept_item **at = &k->first; *at; at = &(*at)->next)
			if (at != &k->first && (*at)->refs == 1)
				last = at;
		if (!last)
			return;
		unlist(k, last, gone);
	}
}

/* With the lock: the one of the key, first in the list, with a reference. NULL: no memory. */
static struct kept_item *find(struct kept *k, const void *key, struct kept_item **gone)
{
	struct kept_item **at = &k->first;
	struct kept_item *item;

	while (*at && !k->kind->is(*at, key))
		at = &(*at)->next;
	item = *at;
	if (item && item->refs == 1 && k->kind->is_past && k->kind->is_past(item)) {
		unlist(k, at, gone);
		item = NULL;
	}
	if (item) {
		*at = item->next;
	} else {
		item = k->kind->alloc(key);
		if (!item)
			return NULL;
		item->status = NOT_MADE;
		item->listed = true;
		item->refs = 1;
		k->n++;
	}
	item->refs++;
	item->next = k->first;
	k->first = item;
	return item;
}

static int make(struct kept *k, struct kept_item *item, struct err *err)
{
	struct kept_item *gone = NULL;
	int r = k->kind->make(item, err);

	pthread_mutex_lock(&k->lock);
	item->status = r;
	item->made_at = stat_clock();
	item->making = false;
	if (item->listed)
		k->bytes += item->bytes;
	if (r < 0 && item->listed) {
		struct kept_item **at = &k->first;

		while (*at != item)
			at = &(*at)->next;
		unlist(k, at, &gone);
	}
	make_room(k, &gone);
	pthread_cond_broadcast(&k->made);
	pthread_mutex_unlock(&k->lock);
	free_all(k, gone);
	return r;
}

int kept_get(struct kept *k, const void *key, struct kept_item **out, struct err *err)
{
	struct kept_item *gone = NULL;
	struct kept_item *item;
	bool mine = false;
	int r = 0;

	pthread_mutex_lock(&k->lock);
	item = find(k, key, &gone);
	if (item) {
		while (item->making)
			pthread_cond_wait(&k->made, &k->lock);
		mine = item->status == NOT_MADE;
		item->making = mine;
		r = item->status;
	}
	pthread_mutex_unlock(&k->lock);
	free_all(k, gone);
	if (!item)
		return err_set(err, -ENOMEM, "out of memory");
	if (mine)
		r = make(k, item, err);
	else if (r < 0)
		err_set(err, r, "could not be made");
	if (r < 0)
		kept_put(k, item);
	else
		*out = item;
	return r;
}

void kept_put(struct kept *k, struct kept_item *item)
{
	struct kept_item *gone = NULL;

	if (!item)
		return;
	pthread_mutex_lock(&k->lock);
	if (--item->refs == 0) {
		item->next = NULL;
		gone = item;
	} else if (item->refs == 1 && item->listed && is_full(k)) {
		make_room(k, &gone);
	}
	pthread_mutex_unlock(&k->lock);
	free_all(k, gone);
}

void kept_drop(struct kept *k, bool (*which)(const struct kept_item *item, const void *arg),
		const void *arg)
{
	struct kept_item *gone = NULL;
	struct kept_item **at;

	pthread_mutex_lock(&k->lock);
	at = &k->first;
	while (*at)
		if (which(*at, arg))
			unlist(k, at, &gone);
		else
			at = &(*at)->next;
	pthread_mutex_unlock(&k->lock);
	free_all(k, gone);
}
