/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/slice_laws.h"

static void test_tables_of_blocks_are_the_graph(void **state)
{
	static const uint64_t sizes[] = { 1, 3, 100, 1000000 };

	(void)state;
	for (unsigned i = 0; i < N_GRAPH_FILES; i++) {
		struct fixture x = { 0 };

		open_graph_file(i, &x.l);
		fixture_init(&x);
		for (unsigned k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++)
			check_graph(&x, sizes[k]);
		fixture_done(&x);
	}
}

static void test_a_long_walk_in_a_slice(void **state)
{
	struct fixture x = { 0 };

	(void)state;
	open_long_walk(&x.l);
	fixture_init(&x);
	check_graph(&x, 1000000);
	fixture_done(&x);
}

static void test_a_node_of_many_edges_in_slices(void **state)
{
	struct layout_input in = { .block_bp = 1000000 };
	uint8_t parts[2] = { 0 };
	struct fixture x = { 0 };

	(void)state;
	open_hub(&x.l);
	fixture_init(&x);
	/* As one contig of those that there are sees it; the others' nodes are its. */
	in.graph = &x.l.g;
	in.catalog = &x.catalog;
	in.parts = &x.parts;
	x.catalog.references[0].n_contigs = 2;
	check_layout(&x, &in, parts);
	check_totals(&x, parts);
	fixture_done(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables_of_blocks_are_the_graph),
		cmocka_unit_test(test_a_long_walk_in_a_slice),
		cmocka_unit_test(test_a_node_of_many_edges_in_slices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
