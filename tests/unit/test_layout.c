/* SPDX-License-Identifier: MIT */
/* Layouts and slices of real graphs against what their definitions say, worked out slowly. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/cleanup.h"
#include "core/pangenome/pangenome.h"
#include "core/pangenome/pangenome_private.h"
#include "tests/unit/pangenome_folder.h"

/* Where a node is by the definition: fewest hops, then the first contig, then position. */
struct where {
	uint64_t hops;
	uint64_t contig;
	uint64_t pos;
};

#define FAR UINT64_MAX

static bool is_better(struct where a, struct where b)
{
	if (a.hops != b.hops)
		return a.hops < b.hops;
	if (a.contig != b.contig)
		return a.contig < b.contig;
	return a.pos < b.pos;
}

struct world {
	struct pangenome *p;
	const struct graph *g;
	const struct catalog *c;
	struct where *where; /* of each id from min_id on */
};

static struct where *where_is(struct world *w, uint64_t node)
{
	return &w->where[node_id(node) - w->g->min_id];
}

static void put_reference(struct world *w, uint32_t reference)
{
	const struct catalog_reference *r = &w->c->references[reference];

	for (uint64_t i = 0; i < w->g->n_ids; i++)
		w->where[i] = (struct where){ FAR, FAR, FAR };
	for (uint32_t k = r->first_contig; k < r->first_contig + r->n_contigs; k++) {
		const struct catalog_contig *contig = &w->c->contigs[k];

		for (uint32_t i = 0; i < contig->n_paths; i++) {
			struct path_info info;
			struct where at = { 0, k, 0 };
			struct walk walk;
			uint64_t node;

			graph_path_info(w->g, w->c->paths[contig->first_path + i], &info);
			at.pos = info.fragment;
			walk_begin(&walk, w->g, w->c->paths[contig->first_path + i], false);
			while (walk_next(&walk, &node) == 1) {
				if (is_better(at, *where_is(w, node)))
					*where_is(w, node) = at;
				at.pos += graph_id_length(w->g, node_id(node));
			}
		}
	}
}

/* Offer each node's place to its neighbours until nothing changes. */
static void spread(struct world *w)
{
	bool changed = true;

	while (changed) {
		changed = false;
		for (uint64_t node = 2 * w->g->min_id; node < 2 * (w->g->min_id + w->g->n_ids);
				node++) {
			struct where from = *where_is(w, node);
			struct edge_iter it;
			struct position to;

			if (from.hops == FAR)
				continue;
			from.hops++;
			edge_iter_init(&it, w->g, node);
			while (edge_iter_next(&it, &to)) {
				if (to.node == GRAPH_ENDMARKER ||
						!is_better(from, *where_is(w, to.node)))
					continue;
				*where_is(w, to.node) = from;
				changed = true;
			}
		}
	}
}

static bool is_in(struct world *w, uint64_t node, uint32_t contig, uint64_t low, uint64_t high)
{
	struct where at = *where_is(w, node);

	return at.hops != FAR && at.contig == contig && at.pos >= low && at.pos < high;
}

static void check_nodes(struct world *w, const struct slice *s, uint32_t contig)
{
	uint64_t n = 0;
	uint64_t ordinal;

	for (uint64_t id = graph_next_id(w->g, 0); id; id = graph_next_id(w->g, id + 1)) {
		bool in = is_in(w, node_of(id, false), contig, s->low, s->high);

		assert_int_equal(slice_has(s, id, &ordinal), in);
		n += in;
		if (!in)
			continue;
		assert_int_equal(int_array_get(&s->layout->hops, ordinal),
				where_is(w, node_of(id, false))->hops);
		assert_int_equal(int_array_get(&s->layout->anchors, ordinal),
				where_is(w, node_of(id, false))->pos);
		assert_int_equal(layout_id(s->layout, ordinal), id);
	}
	assert_int_equal(slice_n_nodes(s), n);
	for (uint64_t i = 0; i < n; i++)
		assert_true(slice_has(s, slice_node_id(s, i), &ordinal));
}

/* The pieces are, in order, the runs of nodes of each path that are in the slice. */
static void check_pieces(struct world *w, const struct slice *s, uint32_t contig)
{
	uint64_t at = 0;

	for (uint64_t span = 0; span < s->layout->places.n_spans; span++) {
		uint64_t path = s->layout->places.spans[span].path;
		struct piece want = { 0 };
		uint64_t base = 0;
		uint32_t number = 0;
		struct walk walk;
		uint64_t node;

		walk_begin(&walk, w->g, path, false);
		for (;;) {
			struct position pos = walk.at;
			int r = walk_next(&walk, &node);
			bool in = r == 1 && is_in(w, node, contig, s->low, s->high);

			if (in && !want.n_steps++) {
				want.start = base;
				want.at = pos;
			}
			if (!in && want.n_steps) {
				const struct piece *p = &s->pieces[at++];

				assert_true(at <= s->n_pieces);
				assert_int_equal(p->span, span);
				assert_int_equal(p->number, number++);
				assert_int_equal(p->start, want.start);
				assert_int_equal(p->end, base);
				assert_int_equal(p->n_steps, want.n_steps);
				assert_int_equal(p->at.node, want.at.node);
				assert_int_equal(p->at.offset, want.at.offset);
				assert_int_equal(p->last_node, want.last_node);
				want.n_steps = 0;
			}
			if (r != 1)
				break;
			want.last_node = node;
			base += graph_id_length(w->g, node_id(node));
		}
		assert_int_equal(s->layout->places.spans[span].n_bases, base);
	}
	assert_int_equal(at, s->n_pieces);
}

static void check_slice(struct world *w, const struct pg_folder *folder)
{
	struct err err = { 0 };
	struct slice *s;

	if (pangenome_slice(w->p, folder, &s, &err) < 0)
		fail_msg("%s", err.msg);
	check_nodes(w, s, folder->number);
	check_pieces(w, s, folder->number);
	pangenome_slice_put(w->p, s);
}

static void check_contig(struct world *w, uint32_t contig, uint64_t block_bp)
{
	struct pg_folder folder = { .level = PG_CONTIG, .number = contig };
	struct err err = { 0 };
	const struct layout *l;
	uint32_t number;

	if (pangenome_layout(w->p, contig, &l, &number, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(l->block_bp, block_bp);
	check_slice(w, &folder);
	folder.level = PG_BLOCK;
	for (uint64_t k = 0; k < l->contigs[number].n_blocks; k++) {
		folder.block = l->contigs[number].first_block + k;
		if (k < 40 || k + 5 > l->contigs[number].n_blocks)
			check_slice(w, &folder);
	}
	folder.level = PG_REGION;
	for (unsigned i = 0; i < 20; i++) {
		uint64_t end = l->contigs[number].end + 5;

		folder.low = (uint64_t)random() % end;
		folder.high = folder.low + 1 + (uint64_t)random() % end;
		check_slice(w, &folder);
	}
}

static void check_unplaced(struct world *w)
{
	struct pg_folder all = { .level = PG_ALL_UNPLACED };
	struct err err = { 0 };
	char name[NAME_MAX + 1];
	struct pg_node node;

	for (uint64_t i = 0; pg_entry(w->p, &all, i, name, &node, &err) == 1; i++) {
		struct slice *s;
		const struct parts *parts;

		assert_int_equal(pangenome_parts(w->p, &parts, &err), 0);
		if (pangenome_slice(w->p, &node.folder, &s, &err) < 0)
			fail_msg("%s", err.msg);
		assert_int_equal(slice_n_nodes(s), parts->parts[node.folder.number].n_nodes);
		assert_int_equal(s->n_pieces, parts->parts[node.folder.number].n_paths);
		pangenome_slice_put(w->p, s);
	}
}

static void check_graph(const char *pathname, uint64_t block_bp)
{
	struct world w = { 0 };

	w.p = pangenome_of_test(pathname, block_bp, NULL);
	w.g = pangenome_graph(w.p);
	w.c = pangenome_catalog(w.p);
	w.where = calloc(w.g->n_ids + 1, sizeof(*w.where));
	for (uint32_t r = 0; r < w.c->n_references; r++) {
		put_reference(&w, r);
		spread(&w);
		for (uint32_t k = 0; k < w.c->references[r].n_contigs; k++)
			check_contig(&w, w.c->references[r].first_contig + k, block_bp);
	}
	check_unplaced(&w);
	free(w.where);
	pangenome_close(w.p);
}

static void definitions_hold(void **state)
{
	static const uint64_t sizes[] = { 1, 3, 10, 1000000 };

	(void)state;
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		each_graph_of_test(check_graph, sizes[i]);
}

/* The same names lead to the same nodes, and numbers to them again. */
static void walk_folders(struct pangenome *p, const struct pg_folder *in, unsigned depth)
{
	char name[NAME_MAX + 1];
	struct err err = { 0 };
	struct pg_node node;
	int r;

	assert_true(depth < 8);
	for (uint64_t i = 0; (r = pg_entry(p, in, i, name, &node, &err)) == 1; i++) {
		struct pg_node found = { 0 };

		assert_int_equal(pg_lookup(p, in, name, &found, &err), 0);
		assert_int_equal(pg_number(&found), pg_number(&node));
		assert_true(pg_number(&node) >> PG_NUMBER_BITS == 0);
		assert_true(pg_of_number(p, pg_number(&node), &found));
		assert_int_equal(pg_number(&found), pg_number(&node));
		if (node.type == PG_IS_FOLDER) {
			struct pg_folder up = pg_parent(p, &node.folder);

			assert_int_equal(up.level, in->level);
			assert_int_equal(up.number, in->number);
			walk_folders(p, &node.folder, depth + 1);
		}
	}
	assert_int_equal(r, 0);
	assert_int_equal(pg_lookup(p, in, "no such name", &node, &err), -ENOENT);
}

static void check_folders(const char *pathname, uint64_t block_bp)
{
	struct pg_folder root = { .level = PG_GRAPH };
	struct pangenome *p = pangenome_of_test(pathname, block_bp, NULL);

	walk_folders(p, &root, 0);
	pangenome_close(p);
}

static void names_lead_to_nodes(void **state)
{
	(void)state;
	each_graph_of_test(check_folders, 7);
}

static void regions_are_parsed(void **state)
{
	struct pangenome *p = pangenome_of_test("tests/data/graph/example.gbz", 3, NULL);
	struct pg_folder regions = { .level = PG_REGIONS };
	struct err err = { 0 };
	struct pg_node node;
	struct pg_node again;

	(void)state;
	assert_int_equal(pg_lookup(p, &regions, "2-5", &node, &err), 0);
	assert_int_equal(node.folder.low, 1);
	assert_int_equal(node.folder.high, 5);
	assert_int_equal(pg_lookup(p, &regions, "A:2-5", &again, &err), 0);
	assert_int_equal(pg_number(&node), pg_number(&again));
	assert_int_equal(pg_lookup(p, &regions, "0-5", &node, &err), -ENOENT);
	assert_int_equal(pg_lookup(p, &regions, "6-5", &node, &err), -ENOENT);
	assert_int_equal(pg_lookup(p, &regions, "B:1-5", &node, &err), -ENOENT);
	assert_int_equal(pg_lookup(p, &regions, "1-", &node, &err), -ENOENT);
	assert_int_equal(pg_lookup(p, &regions, "-5", &node, &err), -ENOENT);
	assert_int_equal(pg_lookup(p, &regions, "1-99999999999999999999999", &node, &err), -ENOENT);
	/* What was looked up long ago is gone. */
	for (unsigned i = 0; i < REGIONS_MAX; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%u-%u", i + 1, i + 100);
		assert_int_equal(pg_lookup(p, &regions, name, &node, &err), 0);
		assert_true(pg_of_number(p, pg_number(&node), &node));
	}
	assert_false(pg_of_number(p, pg_number(&again), &node));
	pangenome_close(p);
}

/* A reference that was chosen, and one that is not there. */
static void references_are_chosen(void **state)
{
	struct pangenome_options o = { .source = "tests/data/graph/example.gbz",
		.folder = test_shm_folder(),
		.references = "sample",
		.block_bp = 3 };
	struct err err = { 0 };
	struct pangenome *p;

	(void)state;
	assert_int_equal(pangenome_open(&o, &p, &err), 0);
	assert_int_equal(pangenome_catalog(p)->n_references, 1);
	assert_int_equal(pangenome_catalog(p)->n_contigs, 4);
	assert_string_equal(pangenome_catalog(p)->contigs[0].name.s, "1#A");
	pangenome_close(p);
	o.references = "nobody";
	assert_int_equal(pangenome_open(&o, &p, &err), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(definitions_hold),
		cmocka_unit_test(names_lead_to_nodes),
		cmocka_unit_test(regions_are_parsed),
		cmocka_unit_test(references_are_chosen),
	};
	int r = cmocka_run_group_tests(tests, NULL, NULL);

	test_shm_folder_remove();
	return r;
}
