/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/graph/gfa.h"
#include "tests/unit/gbz_maker.h"
#include "tests/unit/graph_file.h"
#include "tests/unit/graph_laws.h"

static void load_recipe(const struct gbz_recipe *recipe, struct loaded_graph *l)
{
	struct buf file = { 0 };

	make_gbz(recipe, &file);
	graph_load_bytes(file.data, file.len, l);
	buf_done(&file);
}

static void assert_name(struct name n, const char *s)
{
	assert_int_equal(n.len, strlen(s));
	assert_memory_equal(n.s, s, n.len);
}

static void test_nodes_of_the_example(void **state)
{
	struct loaded_graph l;
	uint64_t length;

	(void)state;
	graph_load_sound("tests/data/graph/example.gbz", &l);
	assert_int_equal(l.g.min_id, 11);
	assert_int_equal(l.g.n_ids, 15);
	assert_int_equal(l.g.n_nodes, 12);
	assert_true(graph_has_id(&l.g, 17));
	assert_false(graph_has_id(&l.g, 18));
	assert_false(graph_has_id(&l.g, 10));
	assert_false(graph_has_id(&l.g, 26));
	assert_false(graph_has_id(&l.g, UINT64_MAX));
	assert_int_equal(graph_next_id(&l.g, 0), 11);
	assert_int_equal(graph_next_id(&l.g, 18), 21);
	assert_int_equal(graph_next_id(&l.g, 26), 0);
	assert_memory_equal(graph_id_sequence(&l.g, 16, &length), "C", 1);
	assert_int_equal(length, 1);
	assert_null(graph_id_sequence(&l.g, 10, &length));
	assert_null(graph_id_sequence(&l.g, 26, &length));
	assert_int_equal(graph_id_length(&l.g, 19), 0);
	assert_int_equal(graph_visits(&l.g, 42), 4);
	assert_int_equal(graph_visits(&l.g, 36), 0);
	assert_int_equal(graph_visits(&l.g, 0), 0);
	graph_unload(&l);
}

static void test_steps_of_the_example(void **state)
{
	static const struct position expected[] = { { 42, 1 }, { 44, 1 }, { 48, 1 }, { 47, 0 },
		{ 43, 3 } };
	struct loaded_graph l;
	struct walk w;
	uint64_t node;

	(void)state;
	graph_load_sound("tests/data/graph/example-v3.gbz", &l);
	walk_begin(&w, &l.g, 4, false);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(w.at.node, expected[i].node);
		assert_int_equal(w.at.offset, expected[i].offset);
		assert_int_equal(walk_next(&w, &node), 1);
		assert_int_equal(node, expected[i].node);
	}
	assert_int_equal(walk_next(&w, &node), 0);
	assert_int_equal(walk_next(&w, &node), 0);
	graph_unload(&l);
}

static void test_edges_of_the_example(void **state)
{
	struct loaded_graph l;
	struct edge_iter it;
	struct position to;

	(void)state;
	graph_load_sound("tests/data/graph/example-v1.gbz", &l);
	edge_iter_init(&it, &l.g, 48);
	assert_true(edge_iter_next(&it, &to));
	assert_int_equal(to.node, 47);
	assert_true(edge_iter_next(&it, &to));
	assert_int_equal(to.node, 50);
	assert_false(edge_iter_next(&it, &to));
	assert_false(edge_iter_next(&it, &to));
	edge_iter_init(&it, &l.g, 40);
	assert_false(edge_iter_next(&it, &to));
	/* The link that the file of the example has as 23 + 24 -. */
	assert_true(edge_is_canonical(46, 49));
	assert_false(edge_is_canonical(48, 47));
	assert_false(edge_is_canonical(22, GRAPH_ENDMARKER));
	graph_unload(&l);
}

static void test_names_of_the_example(void **state)
{
	struct loaded_graph l;
	struct path_info info;
	struct name value;

	(void)state;
	graph_load_sound("tests/data/graph/example.gbz", &l);
	assert_int_equal(l.g.n_paths, 6);
	graph_path_info(&l.g, 1, &info);
	assert_int_equal(info.sense, PATH_GENERIC);
	assert_name(info.contig, "B");
	assert_int_equal(info.haplotype, 0);
	graph_path_info(&l.g, 5, &info);
	assert_int_equal(info.sense, PATH_HAPLOTYPE);
	assert_name(info.sample, "sample");
	assert_int_equal(info.haplotype, 2);
	assert_true(graph_tag(&l.g.gbwt_tags, "SOURCE", &value));
	assert_name(value, "jltsiren/gbwt");
	assert_false(graph_tag(&l.g.gbwt_tags, "reference_samples", &value));
	assert_int_equal(l.g.n_segments, 0);
	graph_unload(&l);
}

static void test_segments_of_the_translation(void **state)
{
	struct loaded_graph l;
	struct segment s;
	uint64_t i = 99;

	(void)state;
	graph_load_sound("tests/data/graph/translation.gbz", &l);
	assert_int_equal(l.g.n_segments, 8);
	s = graph_segment(&l.g, 0);
	assert_name(s.name, "s11");
	assert_int_equal(s.first, 1);
	assert_int_equal(s.end, 3);
	/* Which no path uses. */
	s = graph_segment(&l.g, 4);
	assert_name(s.name, "");
	assert_true(graph_segment_of(&l.g, 2, &i));
	assert_int_equal(i, 0);
	assert_true(graph_segment_of(&l.g, 11, &i));
	assert_int_equal(i, 7);
	assert_false(graph_segment_of(&l.g, 0, &i));
	assert_false(graph_segment_of(&l.g, 12, &i));
	graph_unload(&l);
}

static void test_laws_hold_for_all_files(void **state)
{
	static const char *const files[] = { "example", "example-v1", "example-v3", "translation",
		"translation-v1", "translation-v3", "stress-v3" };

	(void)state;
	for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char pathname[100];
		struct loaded_graph l;
		struct err err = { 0 };

		snprintf(pathname, sizeof(pathname), "tests/data/graph/%s.gbz", files[i]);
		graph_load_sound(pathname, &l);
		assert_int_equal(image_verify(l.mem, l.size, &err), 0);
		assert_null(graph_broken_law(&l.g));
		graph_unload(&l);
	}
}

static void test_complements_keep_case_and_know_iupac(void **state)
{
	static const char bases[] = "ACGTUacgtuRYKMBDHVSWNQswn-*";
	static const char others[] = "TGCAAtgcaaYRMKVHDBSWNQswnNN";

	(void)state;
	for (unsigned i = 0; i < sizeof(bases) - 1; i++)
		assert_int_equal(base_complement(bases[i]), others[i]);
}

static void test_windows_of_a_sequence(void **state)
{
	/* Ids 1 and 2: two letters of 1, three of 2. */
	static const uint64_t steps[] = { 2, 4, 0 };
	struct gbz_recipe recipe = { .version = 1,
		.steps = steps,
		.n_paths = 1,
		.min_id = 1,
		.max_id = 2,
		.letters = "tSR" };
	struct loaded_graph l;
	char s[8] = "........";

	(void)state;
	load_recipe(&recipe, &l);
	assert_int_equal(graph_write_sequence(&l.g, node_of(2, true), 1, 8, s), 2);
	assert_memory_equal(s, "YY.", 3);
	assert_int_equal(graph_write_sequence(&l.g, node_of(1, true), 0, 1, s), 1);
	assert_memory_equal(s, "SY", 2);
	assert_int_equal(graph_write_sequence(&l.g, node_of(2, false), 3, 8, s), 0);
	assert_int_equal(graph_write_sequence(&l.g, node_of(3, true), 0, 8, s), 0);
	graph_unload(&l);
}

static void test_paths_without_names_are_generic(void **state)
{
	/* The second one is empty. */
	static const uint64_t steps[] = { 6, 8, 0, 0, 9, 0 };
	struct gbz_recipe recipe = { .version = 2,
		.steps = steps,
		.n_paths = 3,
		.min_id = 3,
		.max_id = 4,
		.letters = "AC" };
	struct loaded_graph l;
	struct path_info info;
	struct walk w;
	uint64_t node;
	uint64_t n_steps = 9;
	uint64_t n_bases = 9;

	(void)state;
	load_recipe(&recipe, &l);
	assert_null(graph_broken_law(&l.g));
	graph_path_info(&l.g, 2, &info);
	assert_int_equal(info.sense, PATH_GENERIC);
	assert_name(info.sample, "_gbwt_ref");
	assert_name(info.contig, "2");
	walk_begin(&w, &l.g, 1, false);
	assert_int_equal(walk_next(&w, &node), 0);
	assert_int_equal(graph_path_length(&l.g, 1, &n_steps, &n_bases), 0);
	assert_int_equal(n_steps + n_bases, 0);
	graph_unload(&l);
}

static void test_samples_of_references_are_whole_words(void **state)
{
	static const struct {
		const char *tags;
		enum path_sense sense;
	} cases[] = {
		{ "reference_samples\0s\0", PATH_REFERENCE },
		{ "Reference_Samples\0x s y\0", PATH_REFERENCE },
		{ "reference_samples\0ss\0", PATH_HAPLOTYPE },
		{ "reference_samples\0\0", PATH_HAPLOTYPE },
		{ "reference_samples\0 s\0", PATH_REFERENCE },
		{ "other\0s\0", PATH_HAPLOTYPE },
	};
	static const uint64_t steps[] = { 2, 0 };

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct gbz_recipe recipe = { .version = 1,
			.steps = steps,
			.n_paths = 1,
			.min_id = 1,
			.max_id = 1,
			.letters = "A",
			.named = true,
			.gbwt_tags = cases[i].tags };
		struct loaded_graph l;
		struct path_info info;

		load_recipe(&recipe, &l);
		graph_path_info(&l.g, 0, &info);
		assert_int_equal(info.sense, cases[i].sense);
		graph_unload(&l);
	}
}

/* A node that @n paths visit, between @n_before and @n_behind others; its runs are short. */
static void load_hub(size_t n, uint64_t n_before, uint64_t n_behind, struct loaded_graph *l)
{
	uint64_t *steps = calloc(4 * n, sizeof(*steps));
	struct gbz_recipe recipe = { .version = 1,
		.steps = steps,
		.n_paths = n,
		.min_id = 1,
		.max_id = 1 + n_before + n_behind,
		.letters = "ACGT" };
	uint32_t random = 1;

	for (size_t i = 0; i < n; i++) {
		random = random * 1664525 + 1013904223;
		steps[4 * i] = node_of(2 + (random >> 8) % n_before, false);
		steps[4 * i + 1] = node_of(1, false);
		steps[4 * i + 2] = node_of(2 + n_before + (random >> 16) % n_behind, random >> 31);
	}
	load_recipe(&recipe, l);
	free(steps);
}

static void test_long_records_are_stepped_through(void **state)
{
	static const struct {
		size_t n;
		uint64_t n_before;
		uint64_t n_behind;
	} hubs[] = { { 4000, 2, 1 }, { 4000, 3, 4 }, { 4000, 2, 30 }, { 9000, 3, 126 },
		{ 6000, 3, 150 } };

	(void)state;
	for (unsigned i = 0; i < sizeof(hubs) / sizeof(hubs[0]); i++) {
		struct loaded_graph l;
		struct err err = { 0 };

		load_hub(hubs[i].n, hubs[i].n_before, hubs[i].n_behind, &l);
		assert_int_equal(graph_visits(&l.g, 2), hubs[i].n);
		assert_null(graph_broken_law(&l.g));
		assert_int_equal(image_verify(l.mem, l.size, &err), 0);
		graph_unload(&l);
	}
}

/* Whatever an image is, reading it stays within it and comes to an end. */
static void test_damaged_images_are_read_within_bounds(void **state)
{
	struct loaded_graph l;
	uint32_t random = 7;
	uint8_t *mem;

	(void)state;
	graph_load_sound("tests/data/graph/translation-v1.gbz", &l);
	mem = l.mem;
	for (unsigned i = 0; mem && i < 3000; i++) {
		struct err err = { 0 };
		struct graph g;
		uint64_t steps;
		uint64_t bases;
		uint64_t at;
		uint8_t was;

		random = random * 1664525 + 1013904223;
		at = IMAGE_TABLE_AT + (random >> 8) % (l.size - IMAGE_TABLE_AT);
		was = mem[at];
		mem[at] = (uint8_t)random ^ 0x5a;
		if (image_attach(l.mem, l.size, &g, &err) == 0) {
			struct path_info info;

			for (uint64_t p = 0; p < g.n_paths; p++) {
				graph_path_info(&g, p, &info);
				(void)graph_path_length(&g, p, &steps, &bases);
			}
			for (uint64_t node = 0; node < 40; node++)
				graph_visits(&g, node);
		}
		mem[at] = was;
	}
	graph_unload(&l);
}

static int to_buf(void *arg, const char *text, size_t n)
{
	struct buf *b = arg;

	buf_put(b, text, n);
	return buf_failed(b) ? -ENOMEM : 0;
}

static int refuse(void *arg, const char *text, size_t n)
{
	(void)arg;
	(void)text;
	(void)n;
	return -EPIPE;
}

static void test_gfa_has_header_segments_links_and_paths(void **state)
{
	static const uint64_t steps[] = { 2, 4, 0, 2, 5, 0 };
	static const char expected[] = "H\tVN:Z:1.1\tRS:Z:x\nH\tNM:Z:0123\n"
				       "S\t1\tCC\nS\t2\tAAA\n"
				       "L\t1\t+\t2\t+\t0M\nL\t1\t+\t2\t-\t0M\n"
				       "W\ts\t1\tc\t0\t5\t>1>2\nW\ts\t1\tc\t1\t6\t>1<2\n";
	struct gbz_recipe recipe = { .version = 2,
		.steps = steps,
		.n_paths = 2,
		.min_id = 1,
		.max_id = 2,
		.letters = "AC",
		.tags = "pggname\0"
			"0123\0",
		.gbwt_tags = "reference_samples\0x\0",
		.named = true };
	struct loaded_graph l;
	struct buf text = { 0 };
	struct err err = { 0 };

	(void)state;
	load_recipe(&recipe, &l);
	assert_int_equal(gfa_write(&l.g, to_buf, &text, &err), 0);
	assert_int_equal(text.len, sizeof(expected) - 1);
	assert_memory_equal(text.data, expected, text.len);
	assert_int_equal(gfa_write(&l.g, refuse, NULL, &err), -EPIPE);
	buf_done(&text);
	graph_unload(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nodes_of_the_example),
		cmocka_unit_test(test_steps_of_the_example),
		cmocka_unit_test(test_edges_of_the_example),
		cmocka_unit_test(test_names_of_the_example),
		cmocka_unit_test(test_segments_of_the_translation),
		cmocka_unit_test(test_laws_hold_for_all_files),
		cmocka_unit_test(test_complements_keep_case_and_know_iupac),
		cmocka_unit_test(test_windows_of_a_sequence),
		cmocka_unit_test(test_paths_without_names_are_generic),
		cmocka_unit_test(test_samples_of_references_are_whole_words),
		cmocka_unit_test(test_long_records_are_stepped_through),
		cmocka_unit_test(test_damaged_images_are_read_within_bounds),
		cmocka_unit_test(test_gfa_has_header_segments_links_and_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
