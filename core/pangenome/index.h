/* SPDX-License-Identifier: MIT */
/*
 * Tables that are worked out from a graph when they are first needed, and then shared: an object of
 * their own beside the graph's (core/shm), so that the next mount has them at once.
 *
 * An object holds sections, each an array of structs or numbers in the machine's byte order. Its
 * name is made of the graph's name, the checksum of the graph's image and what it holds; its owner
 * is who asks or root, and its checksum is looked at when it is attached, so that what is in it is
 * what was worked out.
 */
#ifndef GENOFS_PANGENOME_INDEX_H
#define GENOFS_PANGENOME_INDEX_H

#include <stdbool.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/graph/graph.h"
#include "core/shm/shm_object.h"

enum {
	INDEX_OBJECT_KIND = 2, /* of the payload */
	INDEX_LAYOUT = 1,      /* its version: any change of a table is a new one */
	INDEX_SECTIONS_MAX = 16,
};

/* Sections under way: bytes, and of how many bytes an item is. */
struct index_parts {
	struct buf sections[INDEX_SECTIONS_MAX];
	uint32_t widths[INDEX_SECTIONS_MAX];
	unsigned n;
};

void index_parts_done(struct index_parts *parts);

struct index_section {
	const void *at; /* aligned to 64 bytes; 8 readable bytes behind its last item */
	uint64_t items;
	uint64_t width; /* bytes of an item */
};

struct index {
	struct shm_object *object; /* owned */
	struct index_section sections[INDEX_SECTIONS_MAX];
	unsigned n;
};

/* Where indexes of a graph are, and what they are called. */
struct index_home {
	const char *folder;     /* NULL: SHM_FOLDER */
	const char *graph_name; /* of the graph's object */
	const struct graph *graph;
	mode_t mode; /* 0: 0600 */
};

/* What the names of all indexes of a graph begin with: the graph's name, or the end of a long
 * one, and '.'. */
void index_name_prefix(const char *graph_name, char out[SHM_NAME_MAX + 1]);

/**
 * index_get() - attach to the index @what, or make it
 * @what:  letters, digits and '-', with all that it depends on beside the graph
 * @build: fills @out; called where it is not there yet. One process at a time builds it
 * @out:   for index_done(); untouched on failure
 *
 * Return: 0; what @build and shm_create() return; -EBADMSG.
 */
int index_get(const struct index_home *home, const char *what,
		int (*build)(void *arg, struct index_parts *out, struct err *err), void *arg,
		struct index *out, struct err *err);
void index_done(struct index *index);

/* An index of what was just built, in the memory of @parts. Return: 0; -ENOMEM. */
int index_of_parts(const struct index_parts *parts, struct index *out, struct err *err);

/* Section @i, whose items must be of @width bytes; its items in @n. NULL: it has no such one. */
const void *index_table(const struct index *index, unsigned i, size_t width, uint64_t *n);
/* Section @i as integers. Return: false where there is none. */
bool index_ints(const struct index *index, unsigned i, struct int_array *out);

#endif
