/* SPDX-License-Identifier: MIT */
/* A walk along a path, in its own order, from one visit of a shared node to the next. For the files
 * calls*.c alone. */
#ifndef GENOFS_PANGENOME_CALLS_TRACE_H
#define GENOFS_PANGENOME_CALLS_TRACE_H

#include "core/pangenome/calls_ground.h"

struct call_trace {
	const struct call_ground *ground;
	uint32_t span;
	bool reverse; /* the path is read from its other end */
	struct walk walk;
	uint64_t base; /* where the node that comes next begins on the path */
	/* The last visit that was kept, if there is any: */
	bool any;
	struct call_visit last;
	uint64_t last_base;
	/* What was passed since: */
	struct position after;
	uint64_t n_steps;
	uint64_t n_bases;
	uint64_t met_base; /* where the node passed last begins */
};

static inline void call_trace_init(struct call_trace *t, const struct call_ground *c, uint32_t span)
{
	const struct layout_path *p = &c->layout->paths[span];

	*t = (struct call_trace){
		.ground = c, .span = span, .reverse = p->reverse_bases > p->forward_bases
	};
}

/* Begin at a position of the path, base @base of it, with no last visit. */
static inline void call_trace_from(struct call_trace *t, struct position at, uint64_t base)
{
	walk_from(&t->walk, t->ground->graph, at);
	t->base = base;
	t->any = false;
	t->after = at;
	t->n_steps = 0;
	t->n_bases = 0;
}

/* Likewise at the node that base @base lies in. Return: 0; -EBADMSG. */
static inline int call_trace_find(struct call_trace *t, uint64_t base)
{
	struct place place;
	int r = places_find(t->ground->graph, &t->ground->layout->places, t->span, base, &place);

	if (r == 0)
		call_trace_from(t, place.walk.at, place.base);
	return r;
}

/**
 * call_trace_next() - pass a node
 * @met: whether it is a visit of a shared node, in @v, which the caller is to keep
 *
 * Return: 1; 0 where the path ends; -EBADMSG.
 */
static inline int call_trace_next(struct call_trace *t, struct call_visit *v, bool *met)
{
	uint64_t length;
	uint64_t node;
	int r = walk_next(&t->walk, &node);

	if (r != 1)
		return r;
	length = graph_id_length(t->ground->graph, node_id(node));
	t->met_base = t->base;
	t->base += length;
	*met = call_shared(t->ground, node ^ t->reverse, v);
	if (!*met) {
		t->n_steps++;
		t->n_bases += length;
	}
	return 1;
}

/* The node passed last is the last visit from here on. */
static inline void call_trace_keep(struct call_trace *t, const struct call_visit *v)
{
	t->any = true;
	t->last = *v;
	t->last_base = t->met_base;
	t->after = t->walk.at;
	t->n_steps = 0;
	t->n_bases = 0;
}

/* What was passed since the last visit. */
static inline struct call_walk call_trace_between(const struct call_trace *t)
{
	return (struct call_walk){
		.at = t->after, .n_steps = t->n_steps, .n_bases = t->n_bases, .reverse = t->reverse
	};
}

#endif
