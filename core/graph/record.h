/* SPDX-License-Identifier: MIT */
/*
 * A record of the BWT: the edges of one node, then runs that say which edge each visit takes.
 *
 * Reading never leaves the record, whatever is in it: a cursor that went bad ends it. Long records
 * have samples (docs/graph-image.md, "Samples"), so that a visit is found without reading all runs
 * before it.
 */
#ifndef GENOFS_GRAPH_RECORD_H
#define GENOFS_GRAPH_RECORD_H

#include "core/base/cursor.h"
#include "core/graph/graph.h"

enum {
	RECORD_BYTE_RUNS = 255, /* of fewer edges, short runs are one byte */
	RECORD_SAMPLE_HEAD = 2, /* numbers of a sample before those of the edges */
	/* Shorter records have no sample. */
	RECORD_SAMPLED = IMAGE_SAMPLE_STEP * (1 + RECORD_SAMPLE_HEAD),
};

struct record {
	uint64_t start; /* in the BWT */
	uint64_t end;
	uint64_t sigma;  /* edges; 0 where the node does not exist */
	struct cursor c; /* behind the number of edges */
};

/* @r < g->n_records. Of what is damaged sigma is 0. */
static inline void record_open(struct record *out, const struct graph *g, uint64_t r)
{
	uint64_t start = int_array_get(&g->record_starts, r);
	uint64_t end = int_array_get(&g->record_starts, r + 1);

	if (start > end || end > g->bwt_length)
		start = end = 0;
	out->start = start;
	out->end = end;
	out->c = cursor_over(g->bwt + start, end - start);
	out->sigma = cursor_varint(&out->c);
	/* An edge takes two bytes at least. */
	if (out->sigma > cursor_left(&out->c) / 2)
		out->sigma = 0;
}

/* The record of a node. Return: false where there is none. */
static inline bool graph_record(const struct graph *g, uint64_t node, uint64_t *r)
{
	if (node <= g->node_offset || node >= g->alphabet_size)
		return false;
	*r = node - g->node_offset;
	return true;
}

/* The next edge; @node is that of the one before, 0 at first. */
static inline void record_edge(struct cursor *c, uint64_t *node, uint64_t *rank)
{
	*node += cursor_varint(c);
	*rank = cursor_varint(c);
}

/* All edges, whose cursor is at the first: the nodes, and which of their visits comes first. */
static inline void record_edges(struct record *rec, struct position *edges)
{
	uint64_t node = 0;

	for (uint64_t k = 0; k < rec->sigma; k++) {
		record_edge(&rec->c, &node, &edges[k].offset);
		edges[k].node = node;
	}
}

/* How runs of a record are coded. */
struct run_code {
	uint32_t sigma;     /* 0 where both parts of a run are numbers of their own */
	uint32_t inverse;   /* (c * inverse) >> 16 is c / sigma, for c < 256 */
	uint32_t threshold; /* runs of this length and more have a number behind them */
};

static inline struct run_code run_code_of(uint64_t sigma)
{
	struct run_code code = { 0 };

	if (sigma < RECORD_BYTE_RUNS) {
		code.sigma = (uint32_t)sigma;
		code.inverse = 65535 / code.sigma + 1;
		code.threshold = 256 / code.sigma;
	}
	return code;
}

/* The next run: its edge and, 1 at least, its length. Of what is damaged the cursor is bad. */
static inline uint64_t record_run(struct cursor *c, const struct run_code *code, uint64_t *length)
{
	uint64_t value;
	uint64_t more;

	if (code->sigma) {
		uint32_t byte = cursor_u8(c);
		uint32_t q = (byte * code->inverse) >> 16;

		*length = q + 1;
		if (*length < code->threshold)
			return byte - q * code->sigma;
		value = byte - q * code->sigma;
		more = cursor_varint(c);
	} else {
		value = cursor_varint(c);
		*length = 1;
		more = cursor_varint(c);
	}
	if (__builtin_add_overflow(*length, more, length))
		cursor_fail(c);
	return value;
}

/* Samples of a record: @n of them, each of @stride numbers from @first on. */
struct record_samples {
	uint64_t first; /* item of the section */
	uint64_t n;
	uint64_t stride;
	uint64_t step; /* bytes of the record from one to the next */
};

/* A number belongs to the record that its bytes of the BWT, all IMAGE_SAMPLE_STEP, belong to. */
static inline struct record_samples record_samples_of(uint64_t start, uint64_t end, uint64_t sigma)
{
	struct record_samples s = { .stride = sigma + RECORD_SAMPLE_HEAD };
	uint64_t last = end / IMAGE_SAMPLE_STEP;

	if (end - start < RECORD_SAMPLED)
		return s;
	s.first = start / IMAGE_SAMPLE_STEP + (start % IMAGE_SAMPLE_STEP != 0);
	s.n = last > s.first ? (last - s.first) / s.stride : 0;
	s.step = (end - start) / (s.n + 1);
	return s;
}

#endif
