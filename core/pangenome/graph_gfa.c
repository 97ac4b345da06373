/* SPDX-License-Identifier: MIT */
#include "core/pangenome/graph_gfa.h"

#include <errno.h>

#include "core/pangenome/pangenome.h"

_Static_assert(sizeof(struct gfa_state) <= sizeof(struct text_state), "one is kept in the other");
_Static_assert((int)GFA_NEED_MAX <= (int)TEXT_NEED_MAX, "a text makes the room that is needed");

static void make_room(struct gfa_out *g, size_t n)
{
	struct text_out *o = g->arg;

	o->at = g->at;
	text_make_room(o, n);
	g->at = o->at;
	g->end = o->end;
}

void gfa_to_text_begin(struct gfa_out *g, struct text_out *o)
{
	*g = (struct gfa_out){ .at = o->at, .end = o->end, .make_room = make_room, .arg = o };
}

void gfa_to_text_end(struct gfa_out *g)
{
	struct text_out *o = g->arg;

	o->at = g->at;
}

int graph_gfa_of_source(
		const void *of, struct text_state *state, struct text_out *out, struct err *err)
{
	struct gfa_state gfa;
	struct gfa_out o;
	int r;

	memcpy(&gfa, state, sizeof(gfa));
	gfa_to_text_begin(&o, out);
	r = gfa_next(of, &gfa, &o, err);
	gfa_to_text_end(&o);
	memcpy(state, &gfa, sizeof(gfa));
	return r;
}

static int path_bases(const void *arg, uint64_t path, uint64_t *n_bases)
{
	const struct places *places = arg;

	if (path >= places->n_spans)
		return -EBADMSG;
	*n_bases = places->spans[path].n_bases;
	return 0;
}

int graph_gfa(const void *of, struct text_state *state, struct text_out *out, struct err *err)
{
	const struct pg_file *f = of;
	struct gfa_source source = { .graph = pangenome_graph(f->pangenome),
		.path_bases = path_bases };
	const struct places *places;
	int r;

	/* Else each read across the beginning of a W line would walk the path to its end. */
	r = pangenome_all_places(f->pangenome, &places, err);
	if (r < 0)
		return r;
	source.arg = places;
	return graph_gfa_of_source(&source, state, out, err);
}
