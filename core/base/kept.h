/* SPDX-License-Identifier: MIT */
/*
 * Things that are made when somebody first wants them, and kept while there is room.
 *
 * What several threads want together is made once: one makes it, the others wait. Where that fails
 * they all fail, and the next one who asks tries again. What is kept is bounded in bytes and in
 * number; the ones used longest ago go first, but for those in use and the one made last.
 *
 * Every function may be called from any thread. @make and @free of a kind are called without the
 * lock that is inside, so they may ask another table of such things.
 */
#ifndef GENOFS_BASE_KEPT_H
#define GENOFS_BASE_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

/* What a thing begins with; all of it the table's, but for @bytes. */
struct kept_item {
	size_t bytes;     /* of memory that it takes: set by make() */
	uint64_t made_at; /* stat_clock() */
	int status;       /* of making it, negative; positive before */
	bool making;
	bool listed;
	unsigned refs; /* one is the list's */
	struct kept_item *next;
};

struct kept_kind {
	/* Whether it is the one of that key. With the lock: compares, no more. */
	bool (*is)(const struct kept_item *item, const void *key);
	/* One of that key, zero but for what the key says; NULL: no memory. With the lock. */
	struct kept_item *(*alloc)(const void *key);
	/* Return: 0; a negative errno. */
	int (*make)(struct kept_item *item, struct err *err);
	/* Of what was made, or failed, or was only allocated. */
	void (*free)(struct kept_item *item);
	/* Whether one that nobody uses is too old to be given out again. With the lock. NULL:
	 * none is. */
	bool (*is_past)(const struct kept_item *item);
};

struct kept;

/* @kind: must outlive the table; @budget: bytes; @max: things. 0 or -ENOMEM. */
int kept_new(const struct kept_kind *kind, size_t budget, unsigned max, struct kept **out);
/* Frees what is kept; nothing of it may be in use. NULL is nothing to do. */
void kept_free(struct kept *k);

/**
 * kept_get() - the thing of a key, made if need be
 * @out: a reference, for kept_put(); untouched on failure
 *
 * Return: 0; -ENOMEM; what make() returned.
 */
int kept_get(struct kept *k, const void *key, struct kept_item **out, struct err *err);
void kept_put(struct kept *k, struct kept_item *item);

/* Keep none of those any more that @which is true of, called with the lock. */
void kept_drop(struct kept *k, bool (*which)(const struct kept_item *item, const void *arg),
		const void *arg);

#endif
