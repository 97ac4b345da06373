/* SPDX-License-Identifier: MIT */
#include "core/pangenome/calls_ground.h"

#include <errno.h>
#include <stdlib.h>

/* ---- the contig ---- */

static int by_number(const void *pa, const void *pb)
{
	uint32_t a = *(const uint32_t *)pa;
	uint32_t b = *(const uint32_t *)pb;

	return a < b ? -1 : a > b;
}

/* The spans of those paths, which are in order. */
static void find_fragments(struct call_ground *c, const uint32_t *paths, uint32_t n_paths)
{
	const struct places *p = &c->layout->places;
	struct path_info info;

	for (uint64_t i = 0; i < p->n_spans && c->n_fragments < n_paths; i++) {
		uint32_t path = (uint32_t)p->spans[i].path;
		struct call_fragment *f = &c->fragments[c->n_fragments];

		if (!p->spans[i].n_bases ||
				!bsearch(&path, paths, n_paths, sizeof(*paths), by_number))
			continue;
		graph_path_info(c->graph, path, &info);
		*f = (struct call_fragment){ .start = info.fragment, .span = i };
		f->end = f->start + p->spans[i].n_bases;
		c->n_fragments++;
	}
}

/* Where a fragment begins, or ends. */
struct edge {
	uint64_t pos;
	uint32_t fragment;
	bool begins;
};

static int by_pos(const void *pa, const void *pb)
{
	const struct edge *a = pa;
	const struct edge *b = pb;

	return a->pos < b->pos ? -1 : a->pos > b->pos;
}

/* From one edge to the next: where there is one fragment, their numbers' sum is its number. */
static int find_stretches(struct call_ground *c)
{
	uint64_t n = 2 * (uint64_t)c->n_fragments;
	struct edge *edges = calloc(n + 1, sizeof(*edges));
	uint64_t sum = 0;
	uint32_t depth = 0;

	if (!edges)
		return -ENOMEM;
	for (size_t i = 0; i < c->n_fragments; i++) {
		edges[2 * i] = (struct edge){ c->fragments[i].start, (uint32_t)i, true };
		edges[2 * i + 1] = (struct edge){ c->fragments[i].end, (uint32_t)i, false };
	}
	qsort(edges, n, sizeof(*edges), by_pos);
	for (uint64_t i = 0; i < n; i++) {
		depth += edges[i].begins ? 1 : -1;
		sum += edges[i].begins ? edges[i].fragment : -(uint64_t)edges[i].fragment;
		if (depth == 1 && edges[i].pos < edges[i + 1].pos) {
			struct call_stretch s = { edges[i].pos, edges[i + 1].pos, (uint32_t)sum };

			buf_put(&c->stretches, &s, sizeof(s));
		}
	}
	free(edges);
	return buf_failed(&c->stretches) ? -ENOMEM : 0;
}

int call_ground_init(struct call_ground *c, const struct graph *g, const struct catalog *catalog,
		const struct layout *l, uint32_t contig, struct err *err)
{
	const struct catalog_contig *of;
	uint32_t *paths;
	int r = -ENOMEM;

	*c = (struct call_ground){ .graph = g, .catalog = catalog, .layout = l, .contig = contig };
	if (l->contigs[contig].contig >= catalog->n_contigs)
		return err_set(err, -EINVAL, "there is no reference to call against");
	of = &catalog->contigs[l->contigs[contig].contig];
	c->sample = catalog->references[of->reference].sample;
	c->fragments = calloc(of->n_paths + 1u, sizeof(*c->fragments));
	paths = calloc(of->n_paths + 1u, sizeof(*paths));
	if (c->fragments && paths) {
		memcpy(paths, catalog->paths + of->first_path, of->n_paths * sizeof(*paths));
		qsort(paths, of->n_paths, sizeof(*paths), by_number);
		find_fragments(c, paths, of->n_paths);
		r = find_stretches(c);
	}
	free(paths);
	if (r < 0) {
		call_ground_done(c);
		return err_set(err, r, "out of memory");
	}
	return 0;
}

void call_ground_done(struct call_ground *c)
{
	free(c->fragments);
	buf_done(&c->stretches);
	*c = (struct call_ground){ 0 };
}

/* ---- shared nodes ---- */

/* The one fragment that [@pos, @end) lies in. Return: false where it is none, or not alone. */
static bool fragment_of(const struct call_ground *c, uint64_t pos, uint64_t end, uint32_t *out)
{
	const struct call_stretch *s = (const struct call_stretch *)c->stretches.data;
	uint64_t low = 0;
	uint64_t high = c->stretches.len / sizeof(*s);

	/* The first one that begins behind it. */
	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		if (s[mid].start <= pos)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low || end > s[low - 1].end)
		return false;
	*out = s[low - 1].fragment;
	return true;
}

bool call_shared(const struct call_ground *c, uint64_t node, struct call_visit *out)
{
	const struct layout *l = c->layout;
	uint64_t id = node_id(node);
	uint64_t length;
	uint64_t i;
	bool reversed;

	if (!layout_ordinal(l, id, &i) || !(l->flags[i] & LAYOUT_ONCE) ||
			int_array_get(&l->contig_of, i) != c->contig)
		return false;
	length = graph_id_length(c->graph, id);
	reversed = l->flags[i] & LAYOUT_REVERSED;
	out->node = node_of(id, reversed);
	out->pos = int_array_get(&l->anchors, i);
	out->end = out->pos + length;
	out->match = node == out->node;
	return length > 0 && fragment_of(c, out->pos, out->end, &out->fragment);
}

/* ---- walks ---- */

int call_walk_bases(const struct graph *g, const struct call_walk *w, struct buf *out)
{
	uint64_t left = w->n_bases;
	struct walk walk;

	buf_clear(out);
	if (!buf_reserve(out, w->n_bases))
		return -ENOMEM;
	out->len = w->n_bases;
	walk_from(&walk, g, w->at);
	for (uint64_t i = 0; i < w->n_steps; i++) {
		uint64_t at = w->n_bases - left;
		uint64_t length;
		uint64_t node;

		if (walk_next(&walk, &node) != 1)
			return -EBADMSG;
		length = graph_id_length(g, node_id(node));
		if (length > left)
			return -EBADMSG;
		left -= length;
		if (w->reverse) {
			node = node_flip(node);
			at = left;
		}
		if (graph_write_sequence(g, node, 0, length, (char *)out->data + at) != length)
			return -EBADMSG;
	}
	return left ? -EBADMSG : 0;
}

int call_walk_nodes(const struct graph *g, const struct call_walk *w, struct buf *out)
{
	struct walk walk;
	uint64_t *nodes;
	size_t bytes;

	buf_clear(out);
	if (__builtin_mul_overflow(w->n_steps, sizeof(*nodes), &bytes) || !buf_reserve(out, bytes))
		return -ENOMEM;
	out->len = bytes;
	nodes = (uint64_t *)out->data;
	walk_from(&walk, g, w->at);
	for (uint64_t i = 0; i < w->n_steps; i++) {
		uint64_t node;

		if (walk_next(&walk, &node) != 1)
			return -EBADMSG;
		nodes[w->reverse ? w->n_steps - 1 - i : i] = node ^ w->reverse;
	}
	return 0;
}

/* ---- numbers ---- */

int call_by_value(const void *pa, const void *pb)
{
	uint64_t a = *(const uint64_t *)pa;
	uint64_t b = *(const uint64_t *)pb;

	return a < b ? -1 : a > b;
}

/* ---- letters ---- */

char call_letter(char base)
{
	static const char letters[] = "ACGTNacgtn";

	return base && memchr(letters, base, sizeof(letters) - 1) ? base : 'N';
}

void call_fold(char *bases, size_t n)
{
	static const char folded[256] = { ['A'] = 'A',
		['C'] = 'C',
		['G'] = 'G',
		['T'] = 'T',
		['a'] = 'A',
		['c'] = 'C',
		['g'] = 'G',
		['t'] = 'T' };

	for (size_t i = 0; i < n; i++) {
		char c = folded[(uint8_t)bases[i]];

		bases[i] = c ? c : 'N';
	}
}
