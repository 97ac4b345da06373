/* SPDX-License-Identifier: MIT */
/*
 * What a graph's image tells: nodes, edges, sequences, paths, segments.
 *
 * An *id* is a node as the graph numbers it, 1 at least. A *node* is an id and a strand, as the
 * GBWT has them: 2 * id forward, 2 * id + 1 reverse. A path *visits* nodes; visits of a node have
 * numbers from 0, and a node with one of them is a *position*. From it one step leads to the
 * position that comes next on the same path.
 *
 * A graph is read-only: any thread may call anything here at any time. Nothing allocates. Numbers
 * of paths, segments and so on that are out of range are the caller's mistake, unless said
 * otherwise; ids and nodes may be any. What is damaged in the image gives -EBADMSG, or nothing,
 * never a read outside of it.
 */
#ifndef GENOFS_GRAPH_GRAPH_H
#define GENOFS_GRAPH_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/names.h"
#include "core/graph/image_layout.h"
#include "core/graph/int_array.h"

/* Strings of the image; not NUL-terminated. */
struct graph_strings {
	const char *text;
	uint64_t length;
	struct int_array starts; /* one more than strings */
};

/* Filled by image_attach(). Fields are for the functions of this folder, and to be read. */
struct graph {
	const struct image_head *head; /* in the image, little-endian */
	uint64_t n_sequences;          /* two for each path */
	uint64_t n_visits;             /* with one endmarker for each sequence */
	uint64_t node_offset;
	uint64_t alphabet_size;
	uint64_t n_records;
	uint64_t min_id;
	uint64_t n_ids;   /* from min_id on; not all need exist */
	uint64_t n_nodes; /* ids that exist */
	uint64_t n_paths;
	uint64_t n_segments; /* 0 where there is no translation */

	const uint8_t *sequences;
	uint64_t n_bases;
	struct int_array sequence_starts;
	const uint8_t *bwt;
	uint64_t bwt_length;
	struct int_array record_starts;
	struct int_array samples;
	struct int_array start_nodes;
	struct int_array start_offsets;
	const struct image_path_name *path_names;
	uint64_t n_path_names; /* n_paths, or 0 */
	struct graph_strings sample_names;
	struct graph_strings contig_names;
	struct graph_strings tags;
	struct graph_strings gbwt_tags;
	struct graph_strings segment_names;
	struct int_array mapping;
};

enum { GRAPH_ENDMARKER = 0 }; /* the node that all paths end with */

static inline uint64_t node_of(uint64_t id, bool reverse)
{
	return 2 * id + reverse;
}

static inline uint64_t node_id(uint64_t node)
{
	return node / 2;
}

static inline bool node_is_reverse(uint64_t node)
{
	return node & 1;
}

static inline uint64_t node_flip(uint64_t node)
{
	return node ^ 1;
}

/* --- nodes --- */

bool graph_has_id(const struct graph *g, uint64_t id);
/* The smallest id that exists and is at least @id; 0 where there is none. Costs a record each id
 * that does not exist. */
uint64_t graph_next_id(const struct graph *g, uint64_t id);
/* Bases of an id; 0 where there is no such id. */
uint64_t graph_id_length(const struct graph *g, uint64_t id);
/* The forward sequence, in place; NULL and 0 where there is no such id. */
const char *graph_id_sequence(const struct graph *g, uint64_t id, uint64_t *length);

/**
 * graph_write_sequence() - bases of a node, as its strand has them
 * @from: the first base, of the node's own direction
 * @n:    bases wanted
 *
 * Return: bases written: fewer than @n where the node ends.
 */
size_t graph_write_sequence(
		const struct graph *g, uint64_t node, uint64_t from, size_t n, char *dst);
/* The base on the other strand. Letters of IUPAC with their case; U becomes A; others N. */
char base_complement(char base);

/* --- edges and visits --- */

struct position {
	uint64_t node;
	uint64_t offset; /* number of the visit */
};

/* Nodes that follow a node, in ascending order. */
struct edge_iter {
	const uint8_t *at;
	const uint8_t *end;
	uint64_t left;
	uint64_t node;
};

/* Return: how many follow; the endmarker is one where a path ends here. 0 where there is no such
 * node. */
uint64_t graph_outdegree(const struct graph *g, uint64_t node);
void edge_iter_init(struct edge_iter *it, const struct graph *g, uint64_t node);
/*
 * @out: the node that follows, GRAPH_ENDMARKER too, and which of its visits is the first to come
 *       from here. Return: false where there are no more.
 */
bool edge_iter_next(struct edge_iter *it, struct position *out);

/* Where an iterator is, as numbers: all 0 at the beginning. */
struct edge_mark {
	uint64_t at; /* in the BWT */
	uint64_t left;
	uint64_t node;
};

struct edge_mark edge_iter_mark(const struct edge_iter *it, const struct graph *g);
/* Go on from a mark of an iterator of the same node. */
void edge_iter_resume(struct edge_iter *it, const struct graph *g, uint64_t node,
		const struct edge_mark *mark);

/* Each edge is there twice, once from each end. True of one of the two, and of no endmarker. */
bool edge_is_canonical(uint64_t from, uint64_t to);

/* How often paths visit the node. Both strands are told apart. */
uint64_t graph_visits(const struct graph *g, uint64_t node);

/* Return: 1 and the next position of the path; 0 where it ends; -EBADMSG. */
int graph_step(const struct graph *g, struct position from, struct position *next);

/**
 * graph_steps() - where all visits of a node lead
 * @edges:   room for graph_outdegree() of the node; is used up
 * @out:     the next position of each visit, in order; the endmarker's where the path ends
 * @n:       room in @out: graph_visits(), or fewer, for the first ones
 *
 * Return: how many were written; -EBADMSG.
 */
int64_t graph_steps(const struct graph *g, uint64_t node, struct position *edges,
		struct position *out, uint64_t n);

/* --- paths --- */

enum path_sense {
	PATH_GENERIC,   /* has a name only, its contig's */
	PATH_REFERENCE, /* of a sample that the tag reference_samples names */
	PATH_HAPLOTYPE,
};

enum { PATH_NUMBER_LEN = 24 };

/* What a path is called. Texts are the image's, or numbers where it has no text for them. */
struct path_info {
	enum path_sense sense;
	struct name sample;
	struct name contig;
	uint32_t haplotype; /* 0 where there is none */
	uint64_t fragment;  /* position of its first base in the contig */
	char sample_number[PATH_NUMBER_LEN];
	char contig_number[PATH_NUMBER_LEN];
};

/* @out refers to itself, so it is not to be copied. */
void graph_path_info(const struct graph *g, uint64_t path, struct path_info *out);
const char *path_sense_name(enum path_sense sense);

/* A walk along a path. */
struct walk {
	const struct graph *g;
	struct position at; /* the node that comes next */
	uint64_t left;      /* steps after which it must have ended */
};

void walk_begin(struct walk *w, const struct graph *g, uint64_t path, bool reverse);
/* From any position, to the end of its path. */
void walk_from(struct walk *w, const struct graph *g, struct position at);
/* Return: 1 and the next node; 0 at the end; -EBADMSG. */
int walk_next(struct walk *w, uint64_t *node);

/* Nodes and bases of a path, which is walked to its end for it. Return: 0; -EBADMSG. */
int graph_path_length(const struct graph *g, uint64_t path, uint64_t *n_steps, uint64_t *n_bases);

/* --- names and tags --- */

uint64_t graph_n_strings(const struct graph_strings *s);
/* String @i; empty where there is no such one. */
struct name graph_string(const struct graph_strings *s, uint64_t i);
/* The value of a key, in any case. Return: false where there is none. */
bool graph_tag(const struct graph_strings *tags, const char *key, struct name *value);

/* --- segments: only where n_segments is not 0 --- */

/* Ids [first, end) are the segment's. */
struct segment {
	uint64_t first;
	uint64_t end;
	struct name name; /* empty where no path uses it */
};

struct segment graph_segment(const struct graph *g, uint64_t segment);
/* The segment of an id. Return: false where the id is in none. */
bool graph_segment_of(const struct graph *g, uint64_t id, uint64_t *segment);
/* The same, faster the nearer it is to segment @hint. */
bool graph_segment_near(const struct graph *g, uint64_t id, uint64_t hint, uint64_t *segment);

#endif
