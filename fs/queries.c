/* SPDX-License-Identifier: MIT */
#include "fs/queries.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	struct query *query; /* one reference */
	uint64_t folder;
	char *name; /* owned */
	enum query_kind kind;
};

struct queries {
	size_t budget;
	struct kept *made;
	void (*dropped)(void *arg, uint64_t folder, const char *name);
	void *arg;
	pthread_mutex_t lock;
	struct entry entries[QUERIES_MAX]; /* n of them, the one used last at the end; by lock */
	unsigned n;                        /* by lock */
};

int queries_new(size_t budget, struct kept *made, struct queries **out)
{
	struct queries *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->budget = budget;
	t->made = made;
	pthread_mutex_init(&t->lock, NULL);
	*out = t;
	return 0;
}

static void entry_done(struct entry *e)
{
	query_put(e->query);
	free(e->name);
}

void queries_free(struct queries *t)
{
	if (!t)
		return;
	/* Those that lie in others go first. */
	while (t->n)
		entry_done(&t->entries[--t->n]);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

void queries_on_drop(struct queries *t,
		void (*dropped)(void *arg, uint64_t folder, const char *name), void *arg)
{
	t->dropped = dropped;
	t->arg = arg;
}

/* With the lock: entry @i becomes the last one. */
static struct entry *use(struct queries *t, unsigned i)
{
	struct entry e = t->entries[i];

	memmove(&t->entries[i], &t->entries[i + 1], (t->n - i - 1) * sizeof(e));
	t->entries[t->n - 1] = e;
	return &t->entries[t->n - 1];
}

static struct entry *find(struct queries *t, const struct query_place *place, enum query_kind kind)
{
	for (unsigned i = t->n; i-- > 0;) {
		const struct entry *e = &t->entries[i];

		if (e->folder == place->folder && e->kind == kind &&
				strcmp(e->name, place->name) == 0)
			return use(t, i);
	}
	return NULL;
}

/* With the lock: take out the oldest that nobody holds, while there are too many. Return: whether
 * there was one. */
static bool take_oldest(struct queries *t, size_t *bytes, struct entry *out)
{
	if (t->n < QUERIES_MAX && *bytes <= t->budget)
		return false;
	for (unsigned i = 0; i < t->n; i++) {
		if (query_is_shared(t->entries[i].query))
			continue;
		*bytes -= query_bytes(t->entries[i].query);
		*out = t->entries[i];
		memmove(&t->entries[i], &t->entries[i + 1], (t->n - i - 1) * sizeof(*out));
		t->n--;
		return true;
	}
	return false;
}

static void drop_oldest(struct queries *t)
{
	struct entry e;
	bool took = true;

	while (took) {
		size_t bytes = 0;

		pthread_mutex_lock(&t->lock);
		for (unsigned i = 0; i < t->n; i++)
			bytes += query_bytes(t->entries[i].query);
		took = take_oldest(t, &bytes, &e);
		pthread_mutex_unlock(&t->lock);
		if (!took)
			break;
		made_files_forget(t->made, query_serial(e.query));
		if (t->dropped)
			t->dropped(t->arg, e.folder, e.name);
		entry_done(&e);
	}
}

/* Unless another thread was faster. Return: a reference. */
static int add(struct queries *t, const struct query_place *place, enum query_kind kind,
		struct query *query, struct query **out)
{
	char *name = strdup(place->name);
	struct entry *e;
	int r = name ? 0 : -ENOMEM;

	pthread_mutex_lock(&t->lock);
	e = r == 0 ? find(t, place, kind) : NULL;
	if (r == 0 && !e && t->n == QUERIES_MAX)
		r = -ENFILE; /* all are in use */
	if (r == 0 && !e) {
		e = &t->entries[t->n++];
		*e = (struct entry){ query, place->folder, name, kind };
		query_get(query); /* the entry's, beside the caller's */
		name = NULL;
	}
	if (e) {
		query_get(e->query);
		*out = e->query;
	}
	pthread_mutex_unlock(&t->lock);
	free(name);
	return r;
}

int queries_open(struct queries *t, const struct query_place *place, const struct dataset *parent,
		enum query_kind kind, const struct sample_lists *lists, struct query **out,
		struct err *err)
{
	struct query *fresh;
	struct entry *e;
	int r;

	pthread_mutex_lock(&t->lock);
	e = find(t, place, kind);
	if (e) {
		query_get(e->query);
		*out = e->query;
	}
	pthread_mutex_unlock(&t->lock);
	if (e)
		return 0;
	r = query_new(parent, kind, place->text, lists, &fresh, err);
	if (r < 0)
		return r;
	drop_oldest(t);
	r = add(t, place, kind, fresh, out);
	query_put(fresh);
	return r < 0 ? err_set(err, r, "%s: too many queries are in use", place->name) : 0;
}

struct query *queries_get(struct queries *t, uint64_t serial, uint64_t *folder)
{
	struct query *q = NULL;

	pthread_mutex_lock(&t->lock);
	for (unsigned i = t->n; !q && i-- > 0;) {
		if (query_serial(t->entries[i].query) != serial)
			continue;
		q = t->entries[i].query;
		query_get(q);
		*folder = t->entries[i].folder;
		use(t, i);
	}
	pthread_mutex_unlock(&t->lock);
	return q;
}
