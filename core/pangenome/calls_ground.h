/* SPDX-License-Identifier: MIT */
/* What calls are made on: a contig of a reference, its fragments and shared nodes; and walks beside
 * them. For the files calls*.c alone. */
#ifndef GENOFS_PANGENOME_CALLS_GROUND_H
#define GENOFS_PANGENOME_CALLS_GROUND_H

#include "core/base/buf.h"
#include "core/base/checksum.h"
#include "core/pangenome/layout.h"

struct call_chains;

/* One fragment of the contig. */
struct call_fragment {
	uint64_t start; /* on the contig */
	uint64_t end;
	uint64_t span; /* of the layout's places */
};

/* A part of the contig that one fragment alone has. */
struct call_stretch {
	uint64_t start;
	uint64_t end;
	uint32_t fragment;
};

struct call_ground {
	const struct graph *graph;
	const struct catalog *catalog;
	const struct layout *layout;
	const struct call_chains *chains; /* who calls sets it; not needed to find them */
	uint32_t contig;
	uint32_t sample;                 /* the reference's, which has no column */
	struct call_fragment *fragments; /* owned */
	uint32_t n_fragments;
	struct buf stretches; /* struct call_stretch, in order */
};

/* Return: 0; -EINVAL where the contig is of no reference; -ENOMEM. */
int call_ground_init(struct call_ground *c, const struct graph *g, const struct catalog *catalog,
		const struct layout *l, uint32_t contig, struct err *err);
void call_ground_done(struct call_ground *c);

/* A visit of a shared node. */
struct call_visit {
	uint64_t node; /* as the reference goes through it */
	uint64_t pos;  /* of its first base on the contig */
	uint64_t end;
	uint32_t fragment;
	bool match; /* the visit is in the reference's direction */
};

/* Whether the id of @node, which a path that is read visits, is a shared node. */
bool call_shared(const struct call_ground *c, uint64_t node, struct call_visit *out);

/* Whether b may follow a in a chain. */
static inline bool call_joined(const struct call_visit *a, const struct call_visit *b)
{
	return a->match && b->match && a->fragment == b->fragment && b->pos >= a->end;
}

/* The bases that records from a to b may have: of a its last one, in front of all alleles. */
static inline uint64_t call_reach_start(const struct call_visit *a)
{
	return a->end - 1;
}

static inline uint64_t call_reach_end(const struct call_visit *b)
{
	return b->pos;
}

/* Nodes of a path between two visits. */
struct call_walk {
	struct position at; /* the first of them, in the path's own order */
	uint64_t n_steps;
	uint64_t n_bases;
	bool reverse; /* to be read from the other end, flipped */
};

/* The walk's bases as they are read, in place of what @out has. Return: 0; -EBADMSG; -ENOMEM. */
int call_walk_bases(const struct graph *g, const struct call_walk *w, struct buf *out);
/* Likewise its nodes, as uint64_t. */
int call_walk_nodes(const struct graph *g, const struct call_walk *w, struct buf *out);

/* Compares two uint64_t, for qsort(3). */
int call_by_value(const void *a, const void *b);

/* Letters as they are compared: A, C, G, T, all others N. */
void call_fold(char *bases, size_t n);
/* The letter as it is written: of ACGTN in any case, or N. */
char call_letter(char base);

#endif
