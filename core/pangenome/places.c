/* SPDX-License-Identifier: MIT */
#include "core/pangenome/places.h"

#include <errno.h>

#include "core/base/search.h"
#include <string.h>

/* The last sample of span @i at or before @base. NULL where the table is damaged. */
static const struct path_sample *sample_before(const struct places *p, uint64_t i, uint64_t base)
{
	uint64_t low = p->spans[i].first_sample;
	uint64_t high = p->spans[i + 1].first_sample;

	if (low >= high || p->samples[low].base > base)
		return NULL;
	return &p->samples[search_last(&p->samples->base, sizeof(*p->samples), low, high, base)];
}

/* Pass over nodes that end at or before @base. */
static int pass_to(struct place *place, uint64_t base)
{
	const struct graph *g = place->walk.g;

	for (;;) {
		uint64_t end = place->base + graph_id_length(g, node_id(place->walk.at.node));
		uint64_t node;

		if (base < end)
			return 0;
		if (walk_next(&place->walk, &node) != 1)
			return -EBADMSG;
		place->base = end;
	}
}

int places_find(const struct graph *g, const struct places *p, uint64_t i, uint64_t base,
		struct place *out)
{
	const struct path_sample *s = sample_before(p, i, base);

	if (!s)
		return -EBADMSG;
	walk_from(&out->walk, g, s->at);
	out->base = s->base;
	return pass_to(out, base);
}

enum { SHORT_NODE = 64 }; /* bases: what is copied without a call */

/*
 * Bases of a node from @from on, @n at most; @length is the node's. Most nodes are short and read
 * forward as a whole: those are copied as words where as many bytes lie behind them in the graph
 * and are wanted, and what is too much of them is written over by the next node.
 */
static size_t write_bases(const struct graph *g, uint64_t node, uint64_t from, size_t n, char *dst,
		uint64_t *length)
{
	const char *s = graph_id_sequence(g, node_id(node), length);

	if (s && !from && !node_is_reverse(node) && *length <= SHORT_NODE && n >= SHORT_NODE &&
			(const char *)g->sequences + g->n_bases - s >= SHORT_NODE) {
		memcpy(dst, s, SHORT_NODE);
		return (size_t)*length;
	}
	return graph_write_sequence(g, node, from, n, dst);
}

int place_read(struct place *place, uint64_t from, size_t n, char *dst)
{
	const struct graph *g = place->walk.g;
	int r;

	if (!n)
		return 0;
	r = pass_to(place, from);
	while (r == 0) {
		uint64_t length;
		size_t got = write_bases(
				g, place->walk.at.node, from - place->base, n, dst, &length);
		uint64_t node;

		n -= got;
		dst += got;
		from += got;
		if (!n)
			return 0;
		if (walk_next(&place->walk, &node) != 1 || place->walk.at.node == GRAPH_ENDMARKER)
			return -EBADMSG;
		place->base += length;
		if (place->base != from)
			return -EBADMSG;
	}
	return r;
}

int places_read(const struct graph *g, const struct places *p, uint64_t i, uint64_t from, size_t n,
		char *dst)
{
	struct place place;
	int r = n ? places_find(g, p, i, from, &place) : 0;

	return r < 0 || !n ? r : place_read(&place, from, n, dst);
}

int places_add(const struct graph *g, uint64_t path, struct buf *spans, struct buf *samples,
		struct err *err)
{
	struct path_span span = { .path = path,
		.first_sample = samples->len / sizeof(struct path_sample) };
	uint64_t sampled = 0; /* no sample before this base */
	struct walk w;
	uint64_t node;
	int r;

	walk_begin(&w, g, path, false);
	for (;;) {
		struct position at = w.at;

		r = walk_next(&w, &node);
		if (r <= 0)
			break;
		if (span.n_bases >= sampled) {
			struct path_sample s = { span.n_bases, at };

			buf_put(samples, &s, sizeof(s));
			sampled = span.n_bases + PLACES_SPACING;
		}
		span.n_bases += graph_id_length(g, node_id(node));
		span.n_steps++;
	}
	if (r < 0)
		return err_set(err, r, "path %llu is damaged; load the graph again",
				(unsigned long long)path);
	buf_put(spans, &span, sizeof(span));
	return buf_failed(spans) || buf_failed(samples) ? err_set(err, -ENOMEM, "out of memory")
							: 0;
}
