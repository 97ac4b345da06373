/* SPDX-License-Identifier: MIT */
/* Made graphs of a few paths, and the text of their calls. */
#ifndef GENOFS_TESTS_CALLS_WORLD_H
#define GENOFS_TESTS_CALLS_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/gbz_maker.h"
#include "tests/unit/layout_memory.h"

/* A path; sample 0 is the reference. Nodes are as AT has them: 1 CC, 2 GGG, 3 T, 4 AA, 5 CCC, 6 G,
 * 7 TT, 8 AAA, 9 C, 10 GG, 11 TTT, 12 A, 13 CC, 14 GGG, 15 T, 16 AA. */
struct row {
	const char *walk;
	unsigned sample;
	unsigned hap;
	unsigned fragment;
};

enum { ROWS_MAX = 8, STEPS_MAX = 256, ID_MAX = 40 };

/* A graph of rows, and its layout. */
struct world {
	struct loaded_graph l;
	struct image_path_name names[ROWS_MAX];
	struct layout_memory m;
	struct kept *blocks;
	struct calls_input in;
};

static inline size_t parse_walk(const char *walk, uint64_t *steps)
{
	size_t n = 0;

	while (*walk) {
		bool reverse = *walk == '<';
		char *end;

		steps[n++] = node_of(strtoull(walk + 1, &end, 10), reverse);
		walk = end;
	}
	steps[n++] = 0;
	return n;
}

static inline void open_world(
		struct world *w, const struct row *rows, uint64_t block_bp, const char *letters)
{
	uint64_t steps[STEPS_MAX];
	struct gbz_recipe recipe = { .version = 1,
		.steps = steps,
		.min_id = 1,
		.max_id = ID_MAX,
		.letters = letters ? letters : "ACGT",
		.named = true };
	struct buf gbz = { 0 };
	struct err err = { 0 };
	size_t at = 0;

	memset(w, 0, sizeof(*w));
	for (; rows[recipe.n_paths].walk; recipe.n_paths++) {
		const struct row *row = &rows[recipe.n_paths];

		at += parse_walk(row->walk, steps + at);
		w->names[recipe.n_paths] = (struct image_path_name){
			.sample = row->sample, .phase = row->hap, .fragment = row->fragment
		};
	}
	make_gbz(&recipe, &gbz);
	graph_load_bytes(gbz.data, gbz.len, &w->l);
	buf_done(&gbz);
	/* Samples are called by their numbers. */
	w->l.g.path_names = w->names;
	w->l.g.sample_names.starts.n = 0;
	if (layout_memory_make(&w->l.g, "0", block_bp, 0, &w->m, &w->in.contig, &err) < 0 ||
			layout_memory_chains(&w->l.g, w->in.contig, &w->m, &err) < 0)
		fail_msg("%s", err.msg);
	w->in.graph = &w->l.g;
	w->in.catalog = &w->m.catalog;
	w->in.layout = &w->m.layout;
	w->in.chains = &w->m.chains;
	assert_int_equal(call_blocks_new(0, &w->blocks), 0);
}

static inline void close_world(struct world *w)
{
	kept_free(w->blocks);
	layout_memory_done(&w->m);
	graph_unload(&w->l);
}

static inline void append(void *arg, const char *p, size_t n)
{
	buf_put(arg, p, n);
}

/* The text of [low, high), with a NUL behind it. */
static inline char *text_of(struct world *w, uint64_t low, uint64_t high)
{
	char scratch[TEXT_SCRATCH];
	struct text_state state = { 0 };
	struct buf text = { 0 };
	struct err err = { 0 };
	struct text_out o;
	struct calls *c;
	int r;

	w->in.low = low;
	w->in.high = high;
	assert_int_equal(calls_new(&w->in, w->blocks, &c, &err), 0);
	text_out_sink(&o, scratch, append, &text);
	do {
		r = calls_write(c, &state, &o, &err);
		text_flush(&o);
	} while (r > 0);
	if (r < 0)
		fail_msg("%s", err.msg);
	calls_free(c);
	buf_put_u8(&text, 0);
	return (char *)text.data;
}

/* What comes behind the header. */
static inline const char *records_of(const char *text)
{
	const char *records = strstr(text, "\n#CHROM");

	assert_non_null(records);
	return strchr(records + 1, '\n') + 1;
}

#endif
