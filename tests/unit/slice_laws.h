/* SPDX-License-Identifier: MIT */
/* What holds for the text files of slices: of every block of every reference's layouts, against the
 * graph itself. */
#ifndef GENOFS_TESTS_SLICE_LAWS_H
#define GENOFS_TESTS_SLICE_LAWS_H

#include "core/pangenome/file.h"
#include "core/pangenome/slice_gfa.h"
#include "core/pangenome/slice_tables.h"
#include "tests/unit/graph_rows.h"

/* --- a graph, and what is known of it without slices --- */

struct fixture {
	struct loaded_graph l;
	struct catalog catalog;
	struct index_parts built;
	struct index index;
	struct parts parts;
	uint64_t *visits; /* by id - min_id; owned */
	/* Of the slices of one reference: */
	uint8_t *seen;             /* by id - min_id: slices that have it; owned */
	struct buf edges;          /* struct edge, of edges.tsv and links.tsv */
	struct buf pieces;         /* struct row */
	const struct slice *slice; /* the one that is looked at */
	bool part;                 /* it is a region, which need not be a block */
};

struct edge {
	uint64_t from;
	uint64_t to;
};

static inline void count_visits(struct fixture *x)
{
	const struct graph *g = &x->l.g;

	x->visits = calloc(g->n_ids + 1, sizeof(*x->visits));
	x->seen = calloc(g->n_ids + 1, 1);
	for (uint64_t p = 0; p < g->n_paths; p++) {
		struct walk w;
		uint64_t node;

		walk_begin(&w, g, p, false);
		while (walk_next(&w, &node) == 1)
			x->visits[node_id(node) - g->min_id]++;
	}
}

/* Of x->l, which is open. */
static inline void fixture_init(struct fixture *x)
{
	struct err err = { 0 };

	if (catalog_make(&x->l.g, NULL, &x->catalog, &err) < 0 ||
			parts_build(&x->l.g, &x->built, &err) < 0 ||
			index_of_parts(&x->built, &x->index, &err) < 0 ||
			parts_of_index(&x->l.g, &x->index, &x->parts, &err) < 0)
		fail_msg("%s", err.msg);
	count_visits(x);
}

static inline void fixture_done(struct fixture *x)
{
	index_parts_done(&x->built);
	catalog_done(&x->catalog);
	graph_unload(&x->l);
	free(x->visits);
	free(x->seen);
	buf_done(&x->edges);
	buf_done(&x->pieces);
}

/* What a file has; its first line is cut off, and must be @header. */
static inline char *content(
		struct fixture *x, text_writer *writer, const char *header, struct buf *whole)
{
	const struct pg_file f = { .slice = (struct slice *)(uintptr_t)x->slice };
	char *text;

	*whole = (struct buf){ 0 };
	text_written_whole(writer, &f, whole);
	text = (char *)whole->data;
	assert_string_equal(strsep(&text, "\n"), header);
	return text;
}

/* --- nodes.tsv --- */

static inline void check_node(struct fixture *x, char *fields[FIELDS_MAX])
{
	const struct graph *g = &x->l.g;
	const struct layout *l = x->slice->layout;
	uint64_t id = number(fields[0]);
	uint64_t ordinal;
	uint64_t segment;

	assert_true(slice_has(x->slice, id, &ordinal));
	assert_int_equal(number(fields[1]), graph_id_length(g, id));
	if (l->contigs[x->slice->contig].contig == CATALOG_NONE) {
		assert_string_equal(fields[2], ".");
		assert_string_equal(fields[3], ".");
	} else {
		uint64_t anchor = number(fields[2]);

		assert_true(anchor >= x->slice->low && anchor < x->slice->high);
		assert_int_equal(anchor, int_array_get(&l->anchors, ordinal));
		assert_int_equal(number(fields[3]) == 0,
				(l->flags[ordinal] & LAYOUT_REFERENCE) != 0);
	}
	assert_int_equal(number(fields[4]), x->visits[id - g->min_id]);
	if (graph_segment_of(g, id, &segment))
		assert_true(is_name(graph_segment(g, segment).name, fields[5]));
	else
		assert_string_equal(fields[5], ".");
	if (!x->part)
		x->seen[id - g->min_id]++;
}

static inline void check_nodes(struct fixture *x)
{
	struct buf whole;
	char *text = content(x, slice_nodes_tsv,
			"#node_id\tlength\tanchor_pos\thops\tvisits\tsegment", &whole);
	char *f[FIELDS_MAX];
	uint64_t before = 0;
	uint64_t n;

	for (n = 0; next_row(&text, f) == 6; n++) {
		check_node(x, f);
		assert_true(number(f[0]) > before || x->part);
		before = number(f[0]);
	}
	assert_int_equal(n, slice_n_nodes(x->slice));
	buf_done(&whole);
}

/* --- edges.tsv, links.tsv --- */

static inline void check_edge(
		const struct fixture *x, const struct edge *e, bool inside, struct buf *edges)
{
	uint64_t ordinal;

	assert_true(edge_is_canonical(e->from, e->to));
	assert_true(slice_has(x->slice, node_id(e->from), &ordinal));
	assert_int_equal(slice_has(x->slice, node_id(e->to), &ordinal), inside);
	buf_put(edges, e, sizeof(*e));
}

static inline void check_block(const struct fixture *x, uint64_t id, const char *block)
{
	const struct layout *l = x->slice->layout;
	char expected[200];
	char name[100] = "";
	uint64_t contig;
	uint64_t ordinal;

	assert_true(layout_ordinal(l, id, &ordinal));
	contig = int_array_get(&l->contig_of, ordinal);
	if (contig != x->slice->contig) {
		struct name n = x->catalog.contigs[l->contigs[contig].contig].name;

		snprintf(name, sizeof(name), "%.*s:", (int)n.len, n.s);
	}
	snprintf(expected, sizeof(expected), "%s%llu", name,
			(unsigned long long)(int_array_get(&l->anchors, ordinal) / l->block_bp));
	assert_string_equal(block, expected);
}

/* @edges: those of edges.tsv first. */
static inline void check_edges(struct fixture *x, struct buf *edges)
{
	struct buf whole;
	char *text = content(x, slice_edges_tsv, "#from\tto", &whole);
	char *f[FIELDS_MAX];

	while (next_row(&text, f) == 2) {
		struct edge e = { step(f[0]), step(f[1]) };

		check_edge(x, &e, true, edges);
	}
	assert_int_equal(text - (char *)whole.data, whole.len);
	buf_done(&whole);
	text = content(x, slice_links_tsv, "#from\tto\tblock", &whole);
	while (next_row(&text, f) == 3) {
		struct edge e = { step(f[0]), step(f[1]) };

		check_edge(x, &e, false, edges);
		check_block(x, node_id(e.to), f[2]);
	}
	assert_int_equal(text - (char *)whole.data, whole.len);
	buf_done(&whole);
}

/* --- walks.tsv, graph.gfa --- */

static inline void check_walks(struct fixture *x, struct buf *rows)
{
	struct buf whole;
	char *text = content(x, slice_walks_tsv,
			"#path_id\tpiece\tstart\tend\tfirst_node\tlast_node\tsteps", &whole);
	char *f[FIELDS_MAX];

	while (next_row(&text, f) == 7) {
		struct row row = { number(f[0]), number(f[1]), number(f[2]), number(f[3]),
			step(f[4]), step(f[5]), number(f[6]) };

		buf_put(rows, &row, sizeof(row));
	}
	assert_int_equal(rows->len / sizeof(struct row), x->slice->n_pieces);
	buf_done(&whole);
}

static inline void check_walk_line(
		const struct fixture *x, const struct row *row, char *f[FIELDS_MAX])
{
	struct path_info info;

	if (!row)
		abort();
	graph_path_info(&x->l.g, row->path, &info);
	assert_true(is_name(info.sample, f[1]));
	assert_int_equal(number(f[2]), info.haplotype);
	assert_true(is_name(info.contig, f[3]));
	assert_int_equal(number(f[4]), row->start);
	assert_int_equal(number(f[5]), row->end);
	check_steps(&x->l.g, row, info.fragment, f[6]);
}

static inline void check_link_line(const struct edge *e, char *f[FIELDS_MAX])
{
	if (!e)
		abort();
	assert_int_equal(number(f[1]), node_id(e->from));
	assert_string_equal(f[2], node_is_reverse(e->from) ? "-" : "+");
	assert_int_equal(number(f[3]), node_id(e->to));
	assert_string_equal(f[4], node_is_reverse(e->to) ? "-" : "+");
	assert_string_equal(f[5], "0M");
}

/* @edges: those of edges.tsv; @rows: those of walks.tsv. */
static inline void check_gfa(struct fixture *x, const struct edge *edges, const struct buf *rows)
{
	struct name value = { .s = "" };
	struct buf whole;
	char header[1000];
	char *text;
	char *f[FIELDS_MAX];
	unsigned n;
	uint64_t n_nodes = 0;
	uint64_t n_links = 0;
	uint64_t n_walks = 0;

	snprintf(header, sizeof(header), "H\tVN:Z:1.1");
	if (graph_tag(&x->l.g.gbwt_tags, "reference_samples", &value))
		snprintf(header, sizeof(header), "H\tVN:Z:1.1\tRS:Z:%.*s", (int)value.len, value.s);
	text = content(x, slice_gfa, header, &whole);
	while ((n = next_row(&text, f)) > 0) {
		if (n == 3) {
			uint64_t id = slice_node_id(x->slice, n_nodes++);
			struct name bases;

			bases.s = graph_id_sequence(&x->l.g, id, &bases.len);
			assert_string_equal(f[0], "S");
			assert_int_equal(number(f[1]), id);
			assert_true(is_name(bases, f[2]));
		} else if (n == 6) {
			assert_string_equal(f[0], "L");
			check_link_line(&edges[n_links++], f);
		} else {
			assert_int_equal(n, 7);
			assert_string_equal(f[0], "W");
			check_walk_line(x, (const struct row *)rows->data + n_walks++, f);
		}
	}
	assert_int_equal(text - (char *)whole.data, whole.len);
	assert_int_equal(n_nodes, slice_n_nodes(x->slice));
	assert_int_equal(n_walks, x->slice->n_pieces);
	buf_done(&whole);
}

static inline void check_slice(struct fixture *x)
{
	struct buf edges = { 0 };
	struct buf rows = { 0 };

	check_nodes(x);
	check_edges(x, &edges);
	check_walks(x, &rows);
	check_gfa(x, (const struct edge *)edges.data, &rows);
	if (!x->part) {
		buf_put(&x->edges, edges.data, edges.len);
		buf_put(&x->pieces, rows.data, rows.len);
	}
	buf_done(&edges);
	buf_done(&rows);
}

/* --- all slices of a reference --- */

static inline int compare_edges(const void *pa, const void *pb)
{
	const struct edge *a = pa;
	const struct edge *b = pb;

	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	return a->to < b->to ? -1 : a->to > b->to;
}

static inline int compare_rows(const void *pa, const void *pb)
{
	const struct row *a = pa;
	const struct row *b = pb;

	if (a->path != b->path)
		return a->path < b->path ? -1 : 1;
	return a->start < b->start ? -1 : a->start > b->start;
}

/* The canonical edges of all nodes that were seen are those of the tables, each once. */
static inline void check_all_edges(struct fixture *x)
{
	const struct graph *g = &x->l.g;
	struct edge *edges = (struct edge *)x->edges.data;
	uint64_t n = x->edges.len / sizeof(*edges);
	uint64_t k = 0;

	if (n)
		qsort(edges, n, sizeof(*edges), compare_edges);
	for (uint64_t node = node_of(g->min_id, false); node < node_of(g->min_id + g->n_ids, false);
			node++) {
		struct edge_iter it;
		struct position to;

		if (!x->seen[node_id(node) - g->min_id])
			continue;
		edge_iter_init(&it, g, node);
		while (edge_iter_next(&it, &to)) {
			if (!edge_is_canonical(node, to.node))
				continue;
			assert_true(k < n);
			assert_int_equal(edges[k].from, node);
			assert_int_equal(edges[k].to, to.node);
			k++;
		}
	}
	assert_int_equal(k, n);
}

/* The pieces of each path, one after the other, are the path. */
static inline void check_all_pieces(struct fixture *x)
{
	struct row *rows = (struct row *)x->pieces.data;
	uint64_t n = x->pieces.len / sizeof(*rows);

	if (n)
		qsort(rows, n, sizeof(*rows), compare_rows);
	for (uint64_t i = 0; i < n;) {
		uint64_t path = rows[i].path;
		struct path_info info;
		uint64_t n_steps;
		uint64_t n_bases;
		uint64_t end;

		graph_path_info(&x->l.g, path, &info);
		assert_int_equal(graph_path_length(&x->l.g, path, &n_steps, &n_bases), 0);
		for (end = info.fragment; i < n && rows[i].path == path; i++) {
			assert_int_equal(rows[i].start, end);
			assert_true(rows[i].end > end && rows[i].steps <= n_steps);
			end = rows[i].end;
			n_steps -= rows[i].steps;
		}
		assert_int_equal(end, info.fragment + n_bases);
		assert_int_equal(n_steps, 0);
	}
}

static inline void check_totals(struct fixture *x, const uint8_t *parts)
{
	const struct graph *g = &x->l.g;

	for (uint64_t i = 0; i < g->n_ids; i++) {
		const struct id_run *run =
				id_run_find(x->parts.runs, x->parts.n_runs, g->min_id + i);
		bool wanted = run && parts[run->component] && graph_has_id(g, g->min_id + i);

		assert_int_equal(x->seen[i], wanted);
	}
	check_all_edges(x);
	check_all_pieces(x);
	memset(x->seen, 0, g->n_ids);
	buf_clear(&x->edges);
	buf_clear(&x->pieces);
}

static inline void check_interval(struct fixture *x, const struct layout *l, uint32_t contig,
		uint64_t low, uint64_t high)
{
	struct slice s;
	struct err err = { 0 };

	assert_int_equal(slice_init(&s, &x->l.g, &x->catalog, l, contig, low, high, &err), 0);
	x->slice = &s;
	check_slice(x);
	x->slice = NULL;
	slice_done(&s);
}

static inline void check_layout(struct fixture *x, const struct layout_input *in, uint8_t *parts)
{
	struct index_parts built = { 0 };
	struct index index;
	struct layout l = { 0 };
	struct err err = { 0 };

	if (layout_build(in, &built, &err) < 0 || index_of_parts(&built, &index, &err) < 0 ||
			layout_of_index(in->graph, &index, &l, &err) < 0)
		fail_msg("%s", err.msg);
	for (uint64_t i = 0; i < l.n_runs; i++)
		parts[l.runs[i].component] = 1;
	for (uint32_t c = 0; c < l.n_contigs; c++) {
		const struct layout_contig *contig = &l.contigs[c];

		for (uint64_t k = 0; k < contig->n_blocks; k++) {
			uint64_t low = (contig->first_block + k) * in->block_bp;

			check_interval(x, &l, c, low, low + in->block_bp);
		}
		x->part = true;
		check_interval(x, &l, c, 0, UINT64_MAX);
		check_interval(x, &l, c, contig->end / 3, contig->end / 3 + contig->end / 2);
		x->part = false;
	}
	index_parts_done(&built);
}

static inline void check_graph(struct fixture *x, uint64_t block_bp)
{
	struct layout_input in = {
		.graph = &x->l.g, .catalog = &x->catalog, .parts = &x->parts, .block_bp = block_bp
	};
	uint8_t *placed = calloc(x->parts.n_parts + 1, 1);
	uint8_t *parts = calloc(x->parts.n_parts + 1, 1);

	for (uint32_t r = 0; r < x->catalog.n_references; r++) {
		const struct catalog_reference *ref = &x->catalog.references[r];

		memset(parts, 0, x->parts.n_parts);
		for (uint32_t c = 0; c < ref->n_contigs; c++) {
			in.contig = ref->first_contig + c;
			if (layout_group(&in) == in.contig)
				check_layout(x, &in, parts);
		}
		check_totals(x, parts);
		for (uint64_t i = 0; i < x->parts.n_parts; i++)
			placed[i] |= parts[i];
	}
	memset(parts, 0, x->parts.n_parts);
	for (uint32_t i = 0; i < x->parts.n_parts; i++) {
		in.contig = CATALOG_NONE;
		in.component = i;
		if (!placed[i])
			check_layout(x, &in, parts);
	}
	check_totals(x, parts);
	free(placed);
	free(parts);
}

#endif
