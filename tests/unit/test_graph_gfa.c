/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/pangenome/graph_gfa.h"
#include "core/pangenome/pangenome.h"
#include "tests/unit/graph_rows.h"
#include "tests/unit/pangenome_folder.h"

static int to_buf(void *arg, const char *text, size_t n)
{
	buf_put(arg, text, n);
	return 0;
}

static int bases_of_path(const void *arg, uint64_t path, uint64_t *n_bases)
{
	uint64_t n_steps;

	return graph_path_length(arg, path, &n_steps, n_bases);
}

static uint64_t step_at(const struct graph *g, uint64_t path, uint64_t i)
{
	uint64_t node = 0;
	struct walk w;

	walk_begin(&w, g, path, false);
	do
		assert_int_equal(walk_next(&w, &node), 1);
	while (i--);
	return node;
}

/* Segments and walks, where those are nodes, against the graph. */
static void check_lines(const struct graph *g, char *text)
{
	char *f[FIELDS_MAX] = { NULL };
	uint64_t path = 0;
	uint64_t id = 0;

	while (next_row(&text, f) > 0) {
		struct row row = { .path = path };
		struct path_info info;
		struct name bases;
		uint64_t n_bases;

		if (*f[0] == 'S') {
			id = graph_next_id(g, id + 1);
			bases.s = graph_id_sequence(g, id, &bases.len);
			assert_int_equal(number(f[1]), id);
			assert_true(is_name(bases, f[2]));
		}
		path += *f[0] == 'P';
		if (*f[0] != 'W')
			continue;
		graph_path_info(g, path, &info);
		assert_int_equal(graph_path_length(g, path++, &row.steps, &n_bases), 0);
		row.start = number(f[4]);
		row.end = info.fragment + n_bases;
		row.first = step_at(g, row.path, 0);
		row.last = step_at(g, row.path, row.steps - 1);
		check_steps(g, &row, info.fragment, f[6]);
	}
	assert_int_equal(graph_next_id(g, id + 1), 0);
	assert_int_equal(path, g->n_paths);
}

static void check_whole_gfa(const struct graph *g)
{
	struct gfa_source source = { .graph = g };
	struct buf expected = { 0 };
	struct err err = { 0 };

	assert_int_equal(gfa_write(g, to_buf, &expected, &err), 0);
	for (unsigned i = 0; i < 2; i++) {
		struct buf whole = { 0 };

		text_written_whole(graph_gfa_of_source, &source, &whole);
		assert_int_equal(whole.len, expected.len);
		assert_memory_equal(whole.data, expected.data, whole.len);
		if (!g->n_segments)
			check_lines(g, (char *)whole.data);
		buf_done(&whole);
		source.path_bases = bases_of_path;
		source.arg = g;
	}
	buf_done(&expected);
}

static void test_whole_gfa_from_anywhere(void **state)
{
	struct loaded_graph l;

	(void)state;
	for (unsigned i = 0; i < N_GRAPH_FILES; i++) {
		open_graph_file(i, &l);
		check_whole_gfa(&l.g);
		graph_unload(&l);
	}
	open_long_walk(&l);
	check_whole_gfa(&l.g);
	graph_unload(&l);
	open_hub(&l);
	check_whole_gfa(&l.g);
	graph_unload(&l);
}

static void test_whole_gfa_of_a_pangenome(void **state)
{
	struct pg_file f = { .pangenome = pangenome_of_test(
					     TEST_GRAPHS "/translation.gbz", 1000, NULL) };
	struct buf expected = { 0 };
	struct buf whole = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(gfa_write(pangenome_graph(f.pangenome), to_buf, &expected, &err), 0);
	text_written_whole(graph_gfa, &f, &whole);
	assert_int_equal(whole.len, expected.len);
	assert_memory_equal(whole.data, expected.data, whole.len);
	buf_done(&whole);
	buf_done(&expected);
	pangenome_close(f.pangenome);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_gfa_from_anywhere),
		cmocka_unit_test(test_whole_gfa_of_a_pangenome),
	};
	int r = cmocka_run_group_tests(tests, NULL, NULL);

	test_shm_folder_remove();
	return r;
}
