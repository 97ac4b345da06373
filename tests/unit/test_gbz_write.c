/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/pangenome/gbz_write.h"
#include "tests/unit/gbz_maker.h"
#include "tests/unit/graph_file.h"
#include "tests/unit/pangenome_folder.h"

static struct gbz_writer *writer_of(const struct graph *g)
{
	struct gbz_writer *w = NULL;
	struct err err = { 0 };

	assert_int_equal(gbz_writer_new(g, &w, &err), 0);
	return w;
}

/* The whole file; @out is exactly as long, so that a sanitizer sees what is written behind it. */
static void write_all(const struct graph *g, struct buf *out)
{
	struct gbz_writer *w = writer_of(g);

	*out = (struct buf){ 0 };
	out->len = out->cap = (size_t)gbz_writer_size(w);
	out->data = malloc(out->len);
	gbz_writer_read(w, (char *)out->data, out->len, 0);
	gbz_writer_free(w);
}

/* What was written has the content of what it was written from. */
static void assert_same_content(const struct loaded_graph *a, const struct loaded_graph *b)
{
	struct image_head x = *a->g.head;
	struct image_head y = *b->g.head;

	assert_int_equal(a->size, b->size);
	assert_memory_equal((const char *)a->mem + IMAGE_HEAD_LEN,
			(const char *)b->mem + IMAGE_HEAD_LEN, a->size - IMAGE_HEAD_LEN);
	assert_int_equal(y.gbz_version, 1);
	assert_int_equal(y.gbwt_version, 5);
	assert_int_equal(y.graph_version, 3);
	/* All else but where it came from. */
	x.source_size = y.source_size;
	x.source_mtime = y.source_mtime;
	x.gbz_version = y.gbz_version;
	x.gbwt_version = y.gbwt_version;
	x.graph_version = y.graph_version;
	assert_memory_equal(&x, &y, sizeof(x));
}

static void assert_reads_back(const struct loaded_graph *l)
{
	struct loaded_graph back;
	struct buf file;
	struct buf again;

	write_all(&l->g, &file);
	graph_load_bytes(file.data, file.len, &back);
	assert_same_content(l, &back);
	/* And so does what is written of it, to the byte. */
	write_all(&back.g, &again);
	assert_int_equal(again.len, file.len);
	assert_memory_equal(again.data, file.data, file.len);
	buf_done(&again);
	buf_done(&file);
	graph_unload(&back);
}

static void check_reads_back(const char *pathname, uint64_t block_bp)
{
	struct loaded_graph l;

	(void)block_bp;
	graph_load_sound(pathname, &l);
	assert_reads_back(&l);
	graph_unload(&l);
}

static void test_what_is_written_reads_back_as_the_same_image(void **state)
{
	(void)state;
	each_graph_of_test(check_reads_back, 0);
}

static void load_recipe(const struct gbz_recipe *recipe, struct loaded_graph *l)
{
	struct buf file = { 0 };

	make_gbz(recipe, &file);
	graph_load_bytes(file.data, file.len, l);
	buf_done(&file);
}

static void test_odd_graphs_read_back(void **state)
{
	static const uint64_t steps[] = { 6, 8, 0, 0, 9, 24, 0 };
	static const struct gbz_recipe recipes[] = {
		/* No names, an empty path, ids that do not exist. */
		{ .version = 2,
				.steps = steps,
				.n_paths = 3,
				.min_id = 3,
				.max_id = 12,
				.letters = "AC" },
		/* Names, tags of which one is empty, one letter. */
		{ .version = 3,
				.steps = steps,
				.n_paths = 3,
				.min_id = 3,
				.max_id = 12,
				.letters = "N",
				.named = true,
				.tags = "a\0\0b\0c\0",
				.gbwt_tags = "reference_samples\0s\0" },
		/* Nothing. */
		{ .version = 1, .steps = steps, .min_id = 1, .max_id = 0, .letters = "A" },
		{ .version = 1,
				.steps = steps,
				.min_id = 7,
				.max_id = 6,
				.letters = "A",
				.tags = "a\0\0" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(recipes) / sizeof(recipes[0]); i++) {
		struct loaded_graph l;

		load_recipe(&recipes[i], &l);
		assert_reads_back(&l);
		graph_unload(&l);
	}
}

static void read_file(const char *pathname, struct buf *out)
{
	FILE *f = fopen(pathname, "r");
	char piece[4096];
	size_t n;

	*out = (struct buf){ 0 };
	assert_non_null(f);
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_put(out, piece, n);
	fclose(f);
}

/* Of files that others wrote as version 1: the document array's samples are not there. */
static void test_all_but_samples_is_as_others_write_it(void **state)
{
	static const struct {
		const char *pathname;
		size_t samples_at; /* their length; then as many elements */
		size_t samples;
	} cases[] = {
		{ "tests/data/graph/example-v1.gbz", 688, 38 },
		{ "tests/data/graph/translation-v1.gbz", 640, 38 },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t at = cases[i].samples_at;
		size_t behind = at + 8 + 8 * cases[i].samples;
		struct loaded_graph l;
		struct buf theirs;
		struct buf ours;

		read_file(cases[i].pathname, &theirs);
		graph_load_sound(cases[i].pathname, &l);
		write_all(&l.g, &ours);
		if (!theirs.data)
			abort();
		assert_int_equal(theirs.data[at], cases[i].samples);
		assert_int_equal(ours.len, theirs.len - 8 * cases[i].samples);
		theirs.data[at] = 0;
		assert_memory_equal(ours.data, theirs.data, at + 8);
		assert_memory_equal(ours.data + at + 8, theirs.data + behind, ours.len - at - 8);
		buf_done(&ours);
		buf_done(&theirs);
		graph_unload(&l);
	}
}

static uint64_t below(uint32_t *random, uint64_t n)
{
	*random = *random * 1664525 + 1013904223;
	return (*random >> 4) % n;
}

static void check_parts(const char *pathname, uint64_t block_bp)
{
	uint32_t random = 3;
	struct loaded_graph l;
	struct gbz_writer *w;
	struct buf all;

	(void)block_bp;
	graph_load_sound(pathname, &l);
	write_all(&l.g, &all);
	w = writer_of(&l.g);
	for (unsigned k = 0; k < 2000; k++) {
		size_t from = below(&random, all.len);
		size_t len = below(&random, k % 4 ? 40 : all.len);
		char *part;

		len = len < all.len - from ? len : all.len - from;
		part = malloc(len + 1);
		gbz_writer_read(w, part, len, from);
		assert_memory_equal(part, all.data + from, len);
		free(part);
	}
	gbz_writer_free(w);
	buf_done(&all);
	graph_unload(&l);
}

static void test_any_part_is_that_part_of_the_whole(void **state)
{
	(void)state;
	each_graph_of_test(check_parts, 0);
}

static void test_the_file_of_the_folder_is_what_is_written(void **state)
{
	struct pangenome *p = pangenome_of_test("tests/data/graph/translation-v3.gbz", 1000, NULL);
	struct pg_folder folder = { .level = PG_GRAPH };
	struct err err = { 0 };
	struct pg_file *file;
	struct pg_node node;
	struct buf all;
	char *text;

	(void)state;
	write_all(pangenome_graph(p), &all);
	assert_int_equal(pg_lookup(p, &folder, "graph.v1.gbz", &node, &err), 0);
	assert_int_equal(node.type, PG_IS_FILE);
	assert_int_equal(pg_file_get(p, &node.folder, node.row, &file, &err), 0);
	assert_int_equal(file->size, all.len);
	text = malloc(all.len - 100);
	assert_int_equal(pg_file_read(file, text, all.len - 100, 100, &err), 0);
	assert_memory_equal(text, all.data + 100, all.len - 100);
	free(text);
	pg_file_put(file);
	buf_done(&all);
	pangenome_close(p);
}

/* Whatever an image is, writing it stays within it and comes to an end. */
static void test_damaged_images_are_written_within_bounds(void **state)
{
	struct loaded_graph l;
	uint32_t random = 11;
	uint8_t *mem;

	(void)state;
	graph_load_sound("tests/data/graph/translation-v1.gbz", &l);
	mem = l.mem;
	for (unsigned i = 0; mem && i < 3000; i++) {
		struct gbz_writer *w = NULL;
		struct err err = { 0 };
		char piece[4096];
		struct graph g;
		uint64_t at;
		uint8_t was;

		random = random * 1664525 + 1013904223;
		at = IMAGE_TABLE_AT + (random >> 8) % (l.size - IMAGE_TABLE_AT);
		was = mem[at];
		mem[at] = (uint8_t)random ^ 0x5a;
		if (image_attach(l.mem, l.size, &g, &err) == 0 && gbz_writer_new(&g, &w, &err) == 0)
			for (uint64_t off = 0; off < gbz_writer_size(w) && off < 16384;) {
				uint64_t left = gbz_writer_size(w) - off;
				size_t n = left < sizeof(piece) ? (size_t)left : sizeof(piece);

				gbz_writer_read(w, piece, n, off);
				off += n;
			}
		gbz_writer_free(w);
		mem[at] = was;
	}
	graph_unload(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_written_reads_back_as_the_same_image),
		cmocka_unit_test(test_odd_graphs_read_back),
		cmocka_unit_test(test_all_but_samples_is_as_others_write_it),
		cmocka_unit_test(test_any_part_is_that_part_of_the_whole),
		cmocka_unit_test(test_the_file_of_the_folder_is_what_is_written),
		cmocka_unit_test(test_damaged_images_are_written_within_bounds),
	};

	int r = cmocka_run_group_tests(tests, NULL, NULL);

	test_shm_folder_remove();
	return r;
}
