/* SPDX-License-Identifier: MIT */
/*
 * A graph in shared memory: the image of a GBZ file as the payload of an object (core/shm).
 *
 * Loading is what 8 processes at once do together: one decodes, the others wait and attach.
 */
#ifndef GENOFS_GRAPH_GRAPH_OBJECT_H
#define GENOFS_GRAPH_GRAPH_OBJECT_H

#include <sys/types.h>

#include "core/base/err.h"
#include "core/graph/image.h"
#include "core/shm/shm_create.h"

enum { GRAPH_OBJECT_KIND = 1 }; /* of the payload; its version is that of the image's layout */

struct graph_load {
	const char *pathname; /* of the GBZ */
	const char *folder;   /* NULL: SHM_FOLDER */
	const char *name;     /* NULL: that of graph_object_name() */
	mode_t mode;          /* 0: 0600 */
	/* Told of each phase, and of bytes worked through while it is SHM_FILL; both may be NULL.
	 */
	void (*phase)(enum shm_phase phase, void *arg);
	void (*progress)(void *arg, uint64_t done, uint64_t total);
	void *arg;
};

/* The object's name where none is given: of the file's name and content. Return: as
 * shm_identity(). */
int graph_object_name(const char *pathname, char out[SHM_NAME_MAX + 1], struct err *err);

/**
 * graph_object_load() - make the object of a graph, or attach to the one that is there
 * @out: the caller's, for shm_detach(); untouched on failure
 *
 * Return: 0 where it was made here, 1 where it was there or another made it; what gbz_open(),
 * image_build() and shm_create() return. After a failure nothing is left.
 */
int graph_object_load(const struct graph_load *load, struct shm_object **out, struct err *err);

/* Attach to a graph by name, whatever file it was made from. Return: as shm_attach(). */
int graph_object_attach(
		const char *folder, const char *name, struct shm_object **out, struct err *err);

#endif
