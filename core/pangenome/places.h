/* SPDX-License-Identifier: MIT */
/*
 * Where the bases of paths are: how long each path is, and places along it from which a walk can
 * begin, so that any base is found by walking past few others.
 *
 * Positions along a path are in bases from its own first one; the fragment's start is not in them.
 * Tables of numbers, side by side in one of the mount's index objects (index.h); read-only, from
 * any thread.
 */
#ifndef GENOFS_PANGENOME_PLACES_H
#define GENOFS_PANGENOME_PLACES_H

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/graph/graph.h"

enum { PLACES_SPACING = 32 << 10 }; /* bases from one sample to the next, at least */

struct path_span {
	uint64_t path; /* of the graph */
	uint64_t n_steps;
	uint64_t n_bases;
	uint64_t first_sample; /* samples up to the next path_span's; none of an empty path */
};

/* A node that begins at @base of the path. */
struct path_sample {
	uint64_t base;
	struct position at;
};

struct places {
	const struct path_span *spans; /* n_spans, and one more of which first_sample counts */
	uint64_t n_spans;
	const struct path_sample *samples; /* of each path by base, the first at base 0 */
};

/* A walk at the beginning of a node. */
struct place {
	struct walk walk;
	uint64_t base; /* where the node that comes next begins */
};

/**
 * places_find() - begin a walk at the node that base @base < n_bases of span @i lies in
 *
 * Return: 0; -EBADMSG.
 */
int places_find(const struct graph *g, const struct places *p, uint64_t i, uint64_t base,
		struct place *out);

/* Bases [@from, @from + @n) of span @i into @dst, all of them; they must be there. 0; -EBADMSG. */
int places_read(const struct graph *g, const struct places *p, uint64_t i, uint64_t from, size_t n,
		char *dst);
/* The same from a walk, which it moves on: @from lies in the node that comes next, or behind. */
int place_read(struct place *place, uint64_t from, size_t n, char *dst);

/* Append the span of @path to @spans, and its samples to @samples, walking all of it.
 * Return: 0; -EBADMSG; -ENOMEM. */
int places_add(const struct graph *g, uint64_t path, struct buf *spans, struct buf *samples,
		struct err *err);

#endif
