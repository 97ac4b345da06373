/* SPDX-License-Identifier: MIT */
/* What the writers of a slice's text files have in common. */
#ifndef GENOFS_PANGENOME_SLICE_TEXT_H
#define GENOFS_PANGENOME_SLICE_TEXT_H

#include "core/pangenome/slice.h"
#include "core/view/text_out.h"

enum { SLICE_PART = 16 << 10 }; /* bytes that a call of a writer gives, or little more */

/* A number below 2^63, and the character behind it. */
static inline void text_number(struct text_out *o, uint64_t n, char behind)
{
	text_need(o, INT_TEXT_MAX + 1);
	o->at = int_text(o->at, (int64_t)n);
	*o->at++ = behind;
}

/* A node as walks have it: ">1" or "<1". */
static inline void text_step(struct text_out *o, uint64_t node)
{
	text_need(o, INT_TEXT_MAX + 1);
	*o->at = node_is_reverse(node) ? '<' : '>';
	o->at = int_text(o->at + 1, (int64_t)node_id(node));
}

/* The canonical edges that leave a slice's nodes, by node, strand and where they lead. */
struct slice_edges {
	const struct slice *slice;
	uint64_t at;   /* twice the number of a node in the slice, and the strand */
	uint64_t from; /* that node */
	struct edge_iter it;
};

struct slice_edge {
	uint64_t from;
	uint64_t to;
	bool inside; /* both are the slice's */
};

enum { SLICE_EDGES_NUMBERS = 4 };

/* From where @v says, which is all 0 at the beginning. */
void slice_edges_begin(struct slice_edges *e, const struct slice *s,
		const uint64_t v[SLICE_EDGES_NUMBERS]);
/* Return: false where there are no more. */
bool slice_edges_next(struct slice_edges *e, struct slice_edge *out);
/* Note in @v how far it is. */
void slice_edges_mark(const struct slice_edges *e, uint64_t v[SLICE_EDGES_NUMBERS]);

#endif
