/* SPDX-License-Identifier: MIT */
/*
 * The queries that are alive: those that were looked up last, by folder and name.
 *
 * Their number and memory are bounded. The ones looked up longest ago go first, unless somebody
 * holds them: an open file, a request under way, another query that lies in theirs. Every function
 * may be called from any thread.
 */
#ifndef GENOFS_FS_QUERIES_H
#define GENOFS_FS_QUERIES_H

#include "core/view/made.h"
#include "core/view/query.h"

enum { QUERIES_MAX = 256 };

struct queries;

/* @budget: bytes of all of them; @made: where files made for them are kept. 0 or -ENOMEM. */
int queries_new(size_t budget, struct kept *made, struct queries **out);
void queries_free(struct queries *t); /* NULL is nothing to do */

/* Have @dropped told, with the inode number of the folder and the name in it, before which it may
 * be called from any thread. */
void queries_on_drop(struct queries *t,
		void (*dropped)(void *arg, uint64_t folder, const char *name), void *arg);

/* Where a query is looked up. */
struct query_place {
	uint64_t folder;  /* inode number of the folder that it lies in */
	const char *name; /* there */
	const char *text; /* what it says */
};

/* Return: 0 with a reference; as query_new(). */
int queries_open(struct queries *t, const struct query_place *place, const struct dataset *parent,
		enum query_kind kind, const struct sample_lists *lists, struct query **out,
		struct err *err);

/* A reference to the query with that serial and the folder that it lies in; NULL: it is gone. */
struct query *queries_get(struct queries *t, uint64_t serial, uint64_t *folder);

#endif
