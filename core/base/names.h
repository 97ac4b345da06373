/* SPDX-License-Identifier: MIT */
/*
 * An append-only table of distinct strings with small numbers: keys, contigs.
 *
 * names_intern() and names_find() may be called from any thread (one lock inside). names_get()
 * takes no lock: the number must have come to the caller from names_intern() or names_find() in
 * this thread, or through a lock or queue from another. Strings stay where they are for the
 * table's life.
 */
#ifndef GENOFS_BASE_NAMES_H
#define GENOFS_BASE_NAMES_H

#include <stddef.h>
#include <stdint.h>

struct name {
	const char *s; /* NUL-terminated too; may hold any other byte */
	size_t len;
};

struct names;

enum { NAMES_MAX = 1 << 22 };

int names_new(struct names **out); /* 0 or -ENOMEM */
void names_free(struct names *t);  /* NULL is nothing to do */
void names_freep(struct names **t);

/* The number of the string, added if new. Return: 0; -ENOMEM; -EOVERFLOW past NAMES_MAX. */
int names_intern(struct names *t, const char *s, size_t len, uint32_t *id);
/* Return: 0, or -ENOENT. */
int names_find(struct names *t, const char *s, size_t len, uint32_t *id);

uint32_t names_count(struct names *t);
const struct name *names_get(const struct names *t, uint32_t id);

#endif
