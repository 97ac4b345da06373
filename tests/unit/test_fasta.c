/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/fasta_slow.h"

static uint64_t random_state = 20240607;

/* Below @n. */
static uint64_t draw(uint64_t n)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return n ? (random_state >> 33) % n : 0;
}

/* Most lengths are around the ends of lines, some around those of what is read at a time. */
static uint64_t draw_length(uint64_t most)
{
	static const uint64_t steps[] = { 60, 60, 120, 600, 61, 15360, 15616, 16384, 32768 };
	uint64_t step = steps[draw(sizeof(steps) / sizeof(*steps))];
	uint64_t n = step * draw(4) + draw(5);

	n = n > 2 ? n - 2 : draw(3);
	return n < most ? n : most;
}

/* One piece of a path, or of none, at times with the position at which it begins. */
static void add_random_piece(struct fasta *f, const struct slow_graph *s)
{
	uint64_t path = draw(s->l.g.n_paths);
	uint64_t n_bases = s->places.spans[path].n_bases;
	struct buf bases = { 0 };
	struct buf starts = { 0 };
	const uint64_t *start;
	struct position at;
	uint64_t from;

	if (!draw(4) || !n_bases) {
		fasta_add_piece(f, FASTA_GAP, 0, draw_length(100000), NULL);
		return;
	}
	if (draw(2)) {
		from = draw(4) ? draw(n_bases) : 0;
		fasta_add_piece(f, path, from, draw_length(n_bases - from), NULL);
		return;
	}
	slow_path(&s->l.g, path, &bases, &starts);
	if (!starts.data)
		abort();
	start = (const uint64_t *)starts.data + 3 * draw(starts.len / (3 * sizeof(*start)));
	at = (struct position){ start[0], start[1] };
	fasta_add_piece(f, path, start[2], draw_length(n_bases - start[2]), &at);
	buf_done(&bases);
	buf_done(&starts);
}

static void make_random(struct fasta *f, const struct slow_graph *s)
{
	struct err err = { 0 };
	uint64_t n = draw(12);
	char name[64];

	for (uint64_t i = 0; i < n; i++) {
		/* Some are called the same, some have words behind the name. */
		snprintf(name, sizeof(name), "r%llu%s", (unsigned long long)draw(2 * n),
				draw(3) ? "" : " with words=a,b");
		fasta_add_record(f, name, strlen(name));
		for (uint64_t k = draw(5); k; k--)
			add_random_piece(f, s);
	}
	assert_int_equal(fasta_finish(f, &err), 0);
}

/* In memory of exactly its size, so that a sanitizer sees what is written outside. */
static void assert_reads(const struct slow_graph *s, const struct fasta *f, const struct buf *text,
		uint64_t off, size_t len)
{
	struct err err = { 0 };
	char *got = malloc(len + !len);

	if (fasta_read(f, &s->l.g, &s->places, got, len, off, &err) < 0)
		fail_msg("%s", err.msg);
	assert_memory_equal(got, text->data + off, len);
	free(got);
}

static void assert_index(const struct fasta *f, const struct buf *text)
{
	CLEANUP(freep) char *scratch = malloc(TEXT_SCRATCH);
	struct buf expected = { 0 };
	struct text_out o;
	char *got;

	slow_fai(text, &expected);
	got = malloc(expected.len + 1);
	text_out_window(&o, scratch, got, expected.len + 1, 0);
	for (uint64_t i = 0; i < fasta_n_records(f); i++)
		fasta_fai_line(f, i, &o);
	text_flush(&o);
	assert_int_equal(o.total, expected.len);
	if (expected.len)
		assert_memory_equal(got, expected.data, expected.len);
	buf_done(&expected);
	free(got);
}

static void assert_random(const struct slow_graph *s, unsigned n, unsigned n_short)
{
	for (unsigned i = 0; i < n; i++) {
		struct fasta f = { 0 };
		struct buf text = { 0 };

		make_random(&f, s);
		slow_text(s, &f, &text);
		assert_int_equal(f.size, text.len);
		if (text.len)
			assert_reads(s, &f, &text, 0, text.len);
		assert_index(&f, &text);
		for (unsigned k = 0; k < 100 && text.len; k++) {
			uint64_t off = draw(text.len);
			uint64_t len = draw(3) ? draw_length(text.len - off)
					       : draw(text.len - off + 1);

			assert_reads(s, &f, &text, off, len);
		}
		/* All begins of short reads: every place in a line, every end of a head. */
		for (uint64_t off = 0; off < text.len && off < n_short; off++)
			assert_reads(s, &f, &text, off, off + 70 < text.len ? 70 : text.len - off);
		fasta_done(&f);
		buf_done(&text);
	}
}

static void test_reads_of_files(void **state)
{
	static const char *const files[] = { "tests/data/graph/example.gbz",
		"tests/data/graph/translation-v3.gbz", "tests/data/graph/stress-v3.gbz" };

	(void)state;
	for (unsigned i = 0; i < sizeof(files) / sizeof(*files); i++) {
		struct slow_graph s;

		slow_graph_load(&s, files[i]);
		assert_random(&s, 30, 2000);
		slow_graph_done(&s);
	}
}

/* Paths of many samples each, of nodes of 1 to 3 bases, in both directions. */
static void make_long_paths(struct slow_graph *s)
{
	enum { STEPS = 40000, PATHS = 2, IDS = 100 };
	uint64_t *steps = malloc((size_t)(STEPS + 1) * PATHS * sizeof(*steps));
	struct gbz_recipe recipe = { .version = 3,
		.steps = steps,
		.n_paths = PATHS,
		.min_id = 3,
		.max_id = 3 + IDS - 1,
		.letters = "ACGTTGCAANRY",
		.named = true };
	size_t at = 0;

	for (unsigned p = 0; p < PATHS; p++) {
		uint64_t node = 0;

		/* From a node to the one beside it, at times to any. */
		for (unsigned i = 0; i < STEPS; i++) {
			node = draw(20) ? (node + 2) % (2UL * IDS) : draw(2UL * IDS);
			steps[at++] = 6 + node;
		}
		steps[at++] = 0;
	}
	slow_graph_make(s, &recipe);
	free(steps);
}

static void test_reads_of_long_paths(void **state)
{
	struct slow_graph s;

	(void)state;
	make_long_paths(&s);
	assert_true(s.samples.len / sizeof(struct path_sample) >= 6);
	assert_random(&s, 4, 100);
	slow_graph_done(&s);
}

static void test_a_walk_goes_on_where_the_last_piece_ended(void **state)
{
	struct slow_graph s;
	struct fasta f = { 0 };
	struct buf text = { 0 };
	struct err err = { 0 };

	(void)state;
	make_long_paths(&s);
	/* In order with gaps, backwards, and the same again. */
	for (uint64_t i = 0; i < 300; i++) {
		uint64_t from = i < 100 ? 700 * i : i < 200 ? 700 * (200 - i) : 4321;

		fasta_add_record(&f, "r", 1);
		fasta_add_piece(&f, i / 7 % 2, from, 1 + i, NULL);
	}
	assert_int_equal(fasta_finish(&f, &err), 0);
	slow_text(&s, &f, &text);
	assert_int_equal(f.size, text.len);
	for (size_t len = 2500; len < text.len; len *= 3)
		for (uint64_t off = 0; off < text.len; off += len)
			assert_reads(&s, &f, &text, off,
					off + len < text.len ? len : text.len - off);
	fasta_done(&f);
	buf_done(&text);
	slow_graph_done(&s);
}

static void add_gap(struct fasta *f, const char *text, uint64_t n)
{
	fasta_add_record(f, text, strlen(text));
	if (n)
		fasta_add_piece(f, FASTA_GAP, 0, n, NULL);
}

static void assert_is_called(const struct fasta *f, uint64_t i, const char *name)
{
	struct name n = fasta_name(f, i);

	assert_int_equal(n.len, strlen(name));
	assert_memory_equal(n.s, name, n.len);
}

static void test_equal_names_are_told_apart(void **state)
{
	struct fasta f = { 0 };
	struct err err = { 0 };
	const char *text;

	(void)state;
	add_gap(&f, "a", 1);
	add_gap(&f, "a#2", 1);
	add_gap(&f, "a words", 1);
	add_gap(&f, "b", 1);
	add_gap(&f, "a", 0);
	add_gap(&f, "a", 1);
	add_gap(&f, "a#2", 1);
	add_gap(&f, "b", 1);
	assert_int_equal(fasta_finish(&f, &err), 0);
	assert_int_equal(fasta_n_records(&f), 7);
	assert_is_called(&f, 0, "a");
	assert_is_called(&f, 1, "a#2");
	assert_is_called(&f, 2, "a#3");
	assert_is_called(&f, 3, "b");
	assert_is_called(&f, 4, "a#4");
	assert_is_called(&f, 5, "a#2#2");
	assert_is_called(&f, 6, "b#2");
	text = (const char *)f.texts.data + fasta_record(&f, 2)->text;
	assert_int_equal(fasta_record(&f, 2)->text_len, 9);
	assert_memory_equal(text, "a#3 words", 9);
	fasta_done(&f);
}

static void test_records_without_bases_are_left_out(void **state)
{
	struct fasta f = { 0 };
	struct fasta none = { 0 };
	struct err err = { 0 };
	struct graph g = { 0 };
	struct places p = { 0 };
	char got[64];

	(void)state;
	add_gap(&f, "a", 0);
	add_gap(&f, "b", 2);
	add_gap(&f, "c", 0);
	add_gap(&f, "d", 3);
	add_gap(&f, "e", 0);
	assert_int_equal(fasta_finish(&f, &err), 0);
	assert_int_equal(f.size, 13);
	assert_int_equal(fasta_read(&f, &g, &p, got, 13, 0, &err), 0);
	assert_memory_equal(got, ">b\nNN\n>d\nNNN\n", 13);
	fasta_done(&f);
	add_gap(&none, "a", 0);
	assert_int_equal(fasta_finish(&none, &err), 0);
	assert_int_equal(fasta_n_records(&none), 0);
	assert_int_equal(none.size, 0);
	fasta_done(&none);
}

/* What samtools 1.16 made of the same records. */
static void test_index_is_that_of_samtools(void **state)
{
	static const char expected[] = "x\t121\t3\t60\t61\n"
				       "y\t60\t130\t60\t61\n"
				       "z\t2\t196\t2\t3\n"
				       "1\t1\t218\t1\t2\n";
	CLEANUP(freep) char *scratch = malloc(TEXT_SCRATCH);
	struct fasta f = { 0 };
	struct err err = { 0 };
	struct text_out o;
	char got[200];

	(void)state;
	add_gap(&f, "x", 121);
	add_gap(&f, "y", 60);
	add_gap(&f, "z z", 2);
	add_gap(&f, "1 count=1 names=a", 1);
	assert_int_equal(fasta_finish(&f, &err), 0);
	text_out_window(&o, scratch, got, sizeof(got), 0);
	for (uint64_t i = 0; i < 4; i++)
		fasta_fai_line(&f, i, &o);
	text_flush(&o);
	assert_int_equal(o.total, sizeof(expected) - 1);
	assert_memory_equal(got, expected, sizeof(expected) - 1);
	fasta_done(&f);
}

static void test_a_long_file_is_read_at_its_end(void **state)
{
	struct fasta f = { 0 };
	struct err err = { 0 };
	struct graph g = { 0 };
	struct places p = { 0 };
	const uint64_t n = (uint64_t)1 << 61;
	char got[4];

	(void)state;
	add_gap(&f, "a", n);
	add_gap(&f, "b", n);
	assert_int_equal(fasta_finish(&f, &err), 0);
	/* 2^61 is 32 more than a multiple of 60. */
	assert_int_equal(f.size, 2 * (3 + n + n / 60 + 1));
	assert_int_equal(fasta_read(&f, &g, &p, got, 3, f.size - 3, &err), 0);
	assert_memory_equal(got, "NN\n", 3);
	assert_int_equal(fasta_read(&f, &g, &p, got, 4, f.size / 2 - 2, &err), 0);
	assert_memory_equal(got, "N\n>b", 4);
	fasta_done(&f);
}

static void test_what_no_file_can_hold_is_refused(void **state)
{
	struct fasta f = { 0 };
	struct err err = { 0 };

	(void)state;
	add_gap(&f, "a", UINT64_MAX);
	add_gap(&f, "b", 1);
	assert_int_equal(fasta_finish(&f, &err), -EOVERFLOW);
	fasta_done(&f);
	add_gap(&f, "a", UINT64_MAX - 3);
	fasta_add_piece(&f, FASTA_GAP, 0, 10, NULL);
	assert_int_equal(fasta_finish(&f, &err), -EOVERFLOW);
	fasta_done(&f);
	for (unsigned i = 0; i < 3; i++)
		add_gap(&f, "a", INT64_MAX / 2);
	assert_int_equal(fasta_finish(&f, &err), -EOVERFLOW);
	fasta_done(&f);
}

static void test_places_that_are_not_there_are_refused(void **state)
{
	/* A span that does not exist, one that ends before, bases behind it, a wrong position. */
	static const struct position nowhere = { 99999, 0 };
	static const struct position unvisited = { 22, 77777 };
	struct slow_graph s;
	char got[300];

	(void)state;
	slow_graph_load(&s, "tests/data/graph/example.gbz");
	for (unsigned i = 0; i < 5; i++) {
		struct fasta f = { 0 };
		struct err err = { 0 };

		fasta_add_record(&f, "a", 1);
		fasta_add_piece(&f, i == 0 ? s.l.g.n_paths : 0, i == 1 ? 1000 : 0, 200,
				i == 2   ? &nowhere
				: i == 3 ? &unvisited
					 : NULL);
		assert_int_equal(fasta_finish(&f, &err), 0);
		assert_int_equal(fasta_read(&f, &s.l.g, &s.places, got, 150, 0, &err), -EBADMSG);
		assert_non_null(strstr(err.msg, "the path of a is damaged"));
		fasta_done(&f);
	}
	slow_graph_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_of_files),
		cmocka_unit_test(test_reads_of_long_paths),
		cmocka_unit_test(test_a_walk_goes_on_where_the_last_piece_ended),
		cmocka_unit_test(test_equal_names_are_told_apart),
		cmocka_unit_test(test_records_without_bases_are_left_out),
		cmocka_unit_test(test_index_is_that_of_samtools),
		cmocka_unit_test(test_a_long_file_is_read_at_its_end),
		cmocka_unit_test(test_what_no_file_can_hold_is_refused),
		cmocka_unit_test(test_places_that_are_not_there_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
