/* SPDX-License-Identifier: MIT */
/* Graphs for unit tests: made ones in a file of their own, and their images. */
#ifndef GENOFS_TESTS_GRAPH_FILE_H
#define GENOFS_TESTS_GRAPH_FILE_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "core/base/cleanup.h"
#include "core/graph/graph.h"
#include "core/graph/image.h"

/* An open file with the bytes, and the pathname that leads to it. */
struct graph_file {
	int fd;
	char pathname[40];
};

static inline struct graph_file graph_file_of(const void *p, size_t n)
{
	struct graph_file f = { .fd = memfd_create("graph.gbz", MFD_CLOEXEC) };

	if (f.fd < 0 || write(f.fd, p, n) != (ssize_t)n)
		abort();
	snprintf(f.pathname, sizeof(f.pathname), "/proc/self/fd/%d", f.fd);
	return f;
}

/* An image in memory of exactly its size, so that a sanitizer sees what is read behind it. */
struct loaded_graph {
	void *mem; /* owned */
	uint64_t size;
	struct graph g;
};

enum { GRAPH_TEST_MAX = 64 << 20 };

/* Images of more than @max bytes are not made: -EFBIG. */
static inline int graph_load(
		const char *pathname, uint64_t max, struct loaded_graph *out, struct err *err)
{
	CLEANUP(gbz_closep) struct gbz *gbz = NULL;
	int r = gbz_open(pathname, &gbz, err);

	*out = (struct loaded_graph){ 0 };
	if (r < 0)
		return r;
	r = image_size(gbz, &out->size, err);
	if (r < 0)
		return r;
	if (!out->size || out->size > max)
		return err_set(err, -EFBIG, "too large for a test");
	out->mem = malloc(out->size);
	if (!out->mem)
		return err_set(err, -ENOMEM, "out of memory");
	/* Bytes that are not written would show. */
	memset(out->mem, 0xa5, out->size);
	r = image_build(gbz, out->mem, out->size, NULL, NULL, err);
	if (r == 0)
		r = image_attach(out->mem, out->size, &out->g, err);
	return r;
}

/* The graph of a file, which must be there and sound. */
static inline void graph_load_sound(const char *pathname, struct loaded_graph *l)
{
	struct err err = { 0 };

	if (graph_load(pathname, GRAPH_TEST_MAX, l, &err) < 0) {
		fprintf(stderr, "%s: %s\n", pathname, err.msg);
		abort();
	}
}

/* Likewise of its bytes. */
static inline void graph_load_bytes(const void *p, size_t n, struct loaded_graph *l)
{
	struct graph_file f = graph_file_of(p, n);

	graph_load_sound(f.pathname, l);
	close(f.fd);
}

static inline void graph_unload(struct loaded_graph *l)
{
	free(l->mem);
	l->mem = NULL;
}

#endif
