/* SPDX-License-Identifier: MIT */
/*
 * Bytes as a GBZ file: opened, made an image of, verified, walked and written as GFA.
 *
 * What builds must verify, and nothing in it may lead out of the image. Then a byte of the image
 * is changed: whatever it is then, reading it stays within.
 */
#include <stdint.h>
#include <stdlib.h>

#include "core/graph/gfa.h"
#include "tests/unit/graph_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A few bytes may stand for any number of steps. */
enum { IMAGE_LIMIT = 16 << 20, STEPS_MAX = 20000, TEXT_MAX = 1 << 20 };

static void check(bool ok)
{
	if (!ok)
		abort();
}

/* @sound: steps lead to visits that there are. */
static void walk_paths(const struct graph *g, bool sound)
{
	uint64_t steps = 0;

	for (uint64_t i = 0; i < g->n_sequences && steps < STEPS_MAX; i++) {
		struct path_info info;
		struct walk w;
		uint64_t node;
		int r;

		graph_path_info(g, i / 2, &info);
		walk_begin(&w, g, i / 2, i % 2);
		while ((r = walk_next(&w, &node)) == 1 && steps++ < STEPS_MAX) {
			char text[32];

			graph_write_sequence(g, node, 0, sizeof(text), text);
			graph_segment_of(g, node_id(node), &(uint64_t){ 0 });
		}
		check(r >= 0 || !sound || !w.left);
	}
}

static void look_at_nodes(const struct graph *g, bool sound)
{
	uint64_t end = g->alphabet_size - g->node_offset > 2000 ? g->node_offset + 2000
								: g->alphabet_size;

	for (uint64_t node = g->node_offset; node < end; node++) {
		struct edge_iter it;
		struct position to;
		struct position next;
		uint64_t n = graph_visits(g, node);

		edge_iter_init(&it, g, node);
		while (edge_iter_next(&it, &to))
			check(!sound || !to.node || graph_outdegree(g, to.node));
		if (!n)
			continue;
		check(graph_step(g, (struct position){ node, n - 1 }, &next) >= 0 || !sound);
		check(graph_step(g, (struct position){ node, n / 2 }, &next) >= 0 || !sound);
		check(!sound || !next.node || next.offset < graph_visits(g, next.node));
	}
	for (uint64_t i = 0; i < g->n_segments && i < 2000; i++)
		graph_segment(g, i);
}

static int count_text(void *arg, const char *text, size_t n)
{
	uint64_t *total = arg;

	for (size_t i = 0; i < n; i++)
		*total += text[i] == '\n';
	return (*total += n) > TEXT_MAX ? -EFBIG : 0;
}

static void change_image(struct loaded_graph *l, const uint8_t *data, size_t len)
{
	uint64_t at = 0;
	struct graph g;
	struct err err = { 0 };

	for (size_t i = 0; i < len; i++)
		at = at * 31 + data[i];
	at %= l->size;
	((uint8_t *)l->mem)[at] ^= data[len / 2] | 1;
	image_verify(l->mem, l->size, &err);
	if (image_attach(l->mem, l->size, &g, &err) < 0)
		return;
	walk_paths(&g, false);
	look_at_nodes(&g, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct graph_file f = graph_file_of(data, len);
	struct err err = { 0 };
	struct loaded_graph l;
	uint64_t text = 0;

	if (graph_load(f.pathname, IMAGE_LIMIT, &l, &err) == 0) {
		check(image_verify(l.mem, l.size, &err) == 0);
		walk_paths(&l.g, true);
		look_at_nodes(&l.g, true);
		/* Which may have to walk as far as numbers go. */
		if (l.g.n_visits < STEPS_MAX)
			gfa_write(&l.g, count_text, &text, &err);
		change_image(&l, data, len);
	}
	graph_unload(&l);
	close(f.fd);
	return 0;
}
