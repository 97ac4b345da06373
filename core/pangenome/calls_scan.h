/* SPDX-License-Identifier: MIT */
/*
 * The paths of a slice as chains of matches, and their detours. For the files calls*.c alone.
 *
 * A *leap* is a detour as all paths have it that take it with the same bases. Of a chain there is
 * what has an a in the slice, up to the first match behind it; where more is asked for, what leaps
 * over given places there.
 */
#ifndef GENOFS_PANGENOME_CALLS_SCAN_H
#define GENOFS_PANGENOME_CALLS_SCAN_H

#include "core/pangenome/calls_ground.h"
#include "core/pangenome/slice.h"

#define CALL_NONE UINT32_MAX

struct call_leap {
	struct call_visit a;
	struct call_visit b;
	struct call_walk walk; /* the first one: by path, then as the path is read */
	uint32_t span;         /* of that path */
	uint64_t turn;         /* when it comes there, among the path's leaps as it is read */
	struct digest digest;  /* of its folded bases */
	/* For who makes sites of them: */
	uint32_t site;   /* CALL_NONE: all have REF's bases */
	uint32_t allele; /* 0: REF's bases */
};

/* Behind the slice: from the match at @a on to that at @b. */
struct call_jump {
	uint64_t a;
	uint64_t b;
};

struct call_chain {
	uint32_t span;
	bool reverse;
	uint64_t first;         /* position of its first match in the slice */
	uint64_t last;          /* and of its last one, as far as it was followed */
	struct call_visit top;  /* its first match behind the slice; else its last one */
	struct position behind; /* what the path has next after it; if it is read forward */
	uint64_t base;          /* where it is on the path; else */
	uint64_t first_leap;    /* in leaps_of */
	uint64_t n_leaps;
	uint64_t first_jump; /* in jumps */
	uint64_t n_jumps;
};

struct call_scan {
	const struct call_ground *ground;
	const struct slice *slice;
	struct buf leaps;    /* struct call_leap */
	struct buf chains;   /* struct call_chain, by path, then as it is read */
	struct buf leaps_of; /* uint32_t, numbers of leaps, each chain's in order */
	struct buf jumps;    /* struct call_jump, each chain's in order */
	/* For its own use: */
	struct buf table; /* uint32_t: leaps by what they are */
	uint64_t n_met;   /* leaps so far, each time that a path takes one */
	struct buf bases;
};

/* A pair of a site of which b is behind the slice. */
struct call_far {
	uint64_t a;
	uint64_t b;
};

/* Chains and leaps of all pieces of the slice but those of the reference's sample.
 * Return: 0; -EBADMSG; -EOVERFLOW; -ENOMEM. */
int call_scan_slice(struct call_scan *s, const struct call_ground *ground,
		const struct slice *slice, struct err *err);
/* Follow chains that have an a of @far to its b, or as far as they go. @bs: the b of all, sorted.
 * Return: likewise. */
int call_scan_behind(struct call_scan *s, const struct call_far *far, const uint64_t *bs,
		uint64_t n, struct err *err);
void call_scan_done(struct call_scan *s);

static inline uint64_t call_n_leaps(const struct call_scan *s)
{
	return s->leaps.len / sizeof(struct call_leap);
}

static inline struct call_leap *call_leap_at(const struct call_scan *s, uint64_t i)
{
	return (struct call_leap *)s->leaps.data + i;
}

static inline uint64_t call_n_chains(const struct call_scan *s)
{
	return s->chains.len / sizeof(struct call_chain);
}

static inline struct call_chain *call_chain_at(const struct call_scan *s, uint64_t i)
{
	return (struct call_chain *)s->chains.data + i;
}

/* Leap @k of a chain. */
static inline struct call_leap *call_chain_leap(
		const struct call_scan *s, const struct call_chain *c, uint64_t k)
{
	return call_leap_at(s, ((const uint32_t *)s->leaps_of.data)[c->first_leap + k]);
}

static inline const struct call_jump *call_chain_jumps(
		const struct call_scan *s, const struct call_chain *c)
{
	return (const struct call_jump *)s->jumps.data + c->first_jump;
}

#endif
