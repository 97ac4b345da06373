/* SPDX-License-Identifier: MIT */
/*
 * A graph as GFA 1.1: header, segments, links, then paths and walks in the order of paths.
 *
 * Where the graph has a translation, segments are those of the file it was made of, under their
 * names; else each id is one. Links are those that some path takes, each once, its canonical form.
 * Generic paths are P lines, all others W lines with the haplotype, 0 where there is none.
 * From any thread.
 */
#ifndef GENOFS_GRAPH_GFA_H
#define GENOFS_GRAPH_GFA_H

#include <stddef.h>

#include "core/base/err.h"
#include "core/graph/graph.h"

/* Takes text, piece by piece. Return: 0, or a negative errno that ends the writing. */
typedef int gfa_sink(void *arg, const char *text, size_t n);

/* Return: 0; what @sink gave; -EBADMSG where the image is damaged; -ENOMEM. */
int gfa_write(const struct graph *g, gfa_sink *sink, void *arg, struct err *err);

/* --- the same part by part, from wherever a part ended --- */

enum {
	GFA_PART = 16 << 10, /* bytes of a part, or little more; the last one may be shorter */
	GFA_NEED_MAX = 64,   /* the most that make_room() is asked for */
};

/* Where parts go: bytes are put at @at, which is moved on. */
struct gfa_out {
	char *at;
	char *end; /* room ends here */
	/* Take what was put before @at, and set @at and @end to room for @n bytes at least. */
	void (*make_room)(struct gfa_out *o, size_t n);
	void *arg;
	const char *base; /* the writer's, to count what it writes */
	uint64_t counted;
};

struct gfa_source {
	const struct graph *graph;
	/* Gives how many bases a path has; NULL: it is walked for that. Return: 0; an errno. */
	int (*path_bases)(const void *arg, uint64_t path, uint64_t *n_bases);
	const void *arg;
};

/* How far the text is; all 0 at the beginning. */
struct gfa_state {
	uint64_t section; /* of the file */
	uint64_t item;    /* segment; twice that and the strand; path */
	uint64_t line;    /* of paths: 'P' or 'W', 0 where the line has not begun */
	union {           /* within the item; all 0 where it has not begun */
		struct {
			uint64_t id;
			uint64_t base; /* of the id */
		} sequence;
		struct edge_mark edge;
		struct {
			struct position at;
			uint64_t left;
		} walk;
	};
};

/**
 * gfa_next() - write what comes next
 *
 * What is written depends on the source and @state alone.
 *
 * Return: 1; 0 at the end, where it has written nothing; -EBADMSG where the image is damaged; what
 * path_bases() returned.
 */
int gfa_next(const struct gfa_source *source, struct gfa_state *state, struct gfa_out *o,
		struct err *err);

/* The first line, which any part of the graph may begin with. */
void gfa_put_header(struct gfa_out *o, const struct graph *g);

#endif
