/* SPDX-License-Identifier: MIT */
/* What tests of a graph's texts share: rows, steps of a path, and graphs whose texts are long. */
#ifndef GENOFS_TESTS_GRAPH_ROWS_H
#define GENOFS_TESTS_GRAPH_ROWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/gbz_maker.h"
#include "tests/unit/graph_file.h"
#include "tests/unit/text_laws.h"

enum { FIELDS_MAX = 8 };

static const char *const graph_files[] = { "example", "example-v1", "example-v3", "translation",
	"translation-v1", "translation-v3", "stress-v3" };

enum { N_GRAPH_FILES = sizeof(graph_files) / sizeof(graph_files[0]) };

static inline void open_graph_file(unsigned i, struct loaded_graph *l)
{
	char pathname[100];

	snprintf(pathname, sizeof(pathname), "tests/data/graph/%s.gbz", graph_files[i]);
	graph_load_sound(pathname, l);
}

/* --- rows --- */

/* A row of walks.tsv. */
struct row {
	uint64_t path;
	uint64_t piece;
	uint64_t start;
	uint64_t end;
	uint64_t first;
	uint64_t last;
	uint64_t steps;
};

/* The next line of @text, which is cut up: its fields. Return: how many; 0 at the end. */
static inline unsigned next_row(char **text, char *fields[FIELDS_MAX])
{
	unsigned n = 0;
	char *line;

	if (!**text)
		return 0;
	line = strsep(text, "\n");
	while (line && n < FIELDS_MAX)
		fields[n++] = strsep(&line, "\t");
	assert_null(line);
	return n;
}

static inline uint64_t number(const char *s)
{
	char *end;
	uint64_t n;

	if (!s)
		abort();
	n = strtoull(s, &end, 10);
	assert_true(end != s && !*end);
	return n;
}

static inline uint64_t step(const char *s)
{
	assert_true(*s == '>' || *s == '<');
	return node_of(number(s + 1), *s == '<');
}

static inline bool is_name(struct name n, const char *s)
{
	return s && n.len == strlen(s) && memcmp(n.s, s, n.len) == 0;
}

/* The steps of a path from base @start of its contig on, @n of them, are @steps. */
static inline void check_steps(
		const struct graph *g, const struct row *row, uint64_t fragment, const char *steps)
{
	uint64_t base = fragment;
	struct walk w;
	uint64_t node = 0;

	walk_begin(&w, g, row->path, false);
	while (base < row->start && walk_next(&w, &node) == 1)
		base += graph_id_length(g, node_id(node));
	assert_int_equal(base, row->start);
	for (uint64_t i = 0; i < row->steps; i++) {
		char text[24];

		assert_int_equal(walk_next(&w, &node), 1);
		if (i == 0)
			assert_int_equal(node, row->first);
		snprintf(text, sizeof(text), "%c%llu", node_is_reverse(node) ? '<' : '>',
				(unsigned long long)node_id(node));
		assert_memory_equal(steps, text, strlen(text));
		steps += strlen(text);
		base += graph_id_length(g, node_id(node));
	}
	assert_int_equal(*steps, '\0');
	assert_int_equal(node, row->last);
	assert_int_equal(base, row->end);
}

/* --- made graphs --- */

static inline void open_recipe(const struct gbz_recipe *recipe, struct loaded_graph *l)
{
	struct buf bytes = { 0 };

	make_gbz(recipe, &bytes);
	graph_load_bytes(bytes.data, bytes.len, l);
	buf_done(&bytes);
}

/* One path that wanders through 64 nodes, so long that its texts are not kept whole. */
static inline void open_long_walk(struct loaded_graph *l)
{
	enum { N_STEPS = 160000 };
	uint64_t *steps = calloc(N_STEPS + 1, sizeof(*steps));
	struct gbz_recipe recipe = { .version = 3,
		.steps = steps,
		.n_paths = 1,
		.min_id = 1000,
		.max_id = 1063,
		.letters = "ACGT",
		.gbwt_tags = "reference_samples\0s\0",
		.named = true };
	uint64_t at = 0;

	for (unsigned i = 0; i < N_STEPS; i++) {
		steps[i] = node_of(1000 + at, at % 7 == 3);
		at = (2 * at + text_random(2)) % 64;
	}
	open_recipe(&recipe, l);
	free(steps);
}

enum { N_SPOKES = 1500, HUB = 2000 };

/* Paths that each go from one node in the middle to another, a contig each; the first node is long.
 */
static inline void open_hub(struct loaded_graph *l)
{
	uint64_t *steps = calloc((size_t)4 * N_SPOKES, sizeof(*steps));
	struct gbz_recipe recipe = { .version = 1,
		.steps = steps,
		.n_paths = N_SPOKES,
		.min_id = 1,
		.max_id = HUB + N_SPOKES,
		.letters = "ACGT",
		.more_letters = 70000 };

	for (size_t i = 0; i < N_SPOKES; i++) {
		steps[4 * i] = node_of(i + 1, false);
		steps[4 * i + 1] = node_of(HUB, false);
		steps[4 * i + 2] = node_of(HUB + 1 + i, i % 2);
	}
	open_recipe(&recipe, l);
	free(steps);
}

#endif
