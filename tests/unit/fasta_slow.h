/* SPDX-License-Identifier: MIT */
/* FASTA the slow way, for tests: whole texts, letter by letter, of paths walked from end to end. */
#ifndef GENOFS_TESTS_FASTA_SLOW_H
#define GENOFS_TESTS_FASTA_SLOW_H

#include <stdio.h>

#include "core/pangenome/fasta.h"
#include "tests/unit/gbz_maker.h"
#include "tests/unit/graph_file.h"

/* A graph with the places of all its paths, whose spans have the paths' numbers. */
struct slow_graph {
	struct loaded_graph l;
	struct buf spans;
	struct buf samples;
	struct places places;
};

static inline void slow_graph_places(struct slow_graph *s)
{
	struct err err = { 0 };
	struct path_span last = { 0 };

	s->spans = (struct buf){ 0 };
	s->samples = (struct buf){ 0 };
	for (uint64_t p = 0; p < s->l.g.n_paths; p++)
		if (places_add(&s->l.g, p, &s->spans, &s->samples, &err) < 0)
			fail_msg("%s", err.msg);
	last.first_sample = s->samples.len / sizeof(struct path_sample);
	buf_put(&s->spans, &last, sizeof(last));
	s->places = (struct places){ .spans = (const struct path_span *)s->spans.data,
		.n_spans = s->l.g.n_paths,
		.samples = (const struct path_sample *)s->samples.data };
}

static inline void slow_graph_load(struct slow_graph *s, const char *pathname)
{
	graph_load_sound(pathname, &s->l);
	slow_graph_places(s);
}

static inline void slow_graph_make(struct slow_graph *s, const struct gbz_recipe *recipe)
{
	struct buf file = { 0 };

	make_gbz(recipe, &file);
	graph_load_bytes(file.data, file.len, &s->l);
	slow_graph_places(s);
	buf_done(&file);
}

static inline void slow_graph_done(struct slow_graph *s)
{
	buf_done(&s->spans);
	buf_done(&s->samples);
	graph_unload(&s->l);
}

static inline void slow_node(struct buf *out, const struct graph *g, uint64_t node)
{
	uint64_t n;
	const char *bases = graph_id_sequence(g, node_id(node), &n);

	for (uint64_t i = 0; i < n; i++)
		buf_put_u8(out, (uint8_t)(node_is_reverse(node) ? base_complement(bases[n - 1 - i])
								: bases[i]));
}

/* The bases of a path; in @starts, unless NULL, the position and first base of each step, the
 * position as two numbers. */
static inline void slow_path(
		const struct graph *g, uint64_t path, struct buf *out, struct buf *starts)
{
	struct walk w;
	uint64_t node;

	buf_clear(out);
	walk_begin(&w, g, path, false);
	for (;;) {
		const uint64_t start[] = { w.at.node, w.at.offset, out->len };

		if (walk_next(&w, &node) != 1)
			return;
		if (starts)
			buf_put(starts, start, sizeof(start));
		slow_node(out, g, node);
	}
}

/* The text of a FASTA that is finished. */
static inline void slow_text(const struct slow_graph *s, const struct fasta *f, struct buf *out)
{
	struct buf *paths = calloc(s->l.g.n_paths, sizeof(*paths));

	for (uint64_t p = 0; p < s->l.g.n_paths; p++)
		slow_path(&s->l.g, p, &paths[p], NULL);
	for (uint64_t i = 0; i < fasta_n_records(f); i++) {
		const struct fasta_record *r = fasta_record(f, i);
		uint64_t n = 0;

		buf_put_u8(out, '>');
		buf_put(out, f->texts.data + r->text, r->text_len);
		for (uint64_t k = r->first_piece; k < r[1].first_piece; k++) {
			const struct fasta_piece *p = fasta_piece(f, k);

			if (p->span != FASTA_GAP && !paths[p->span].data)
				abort();
			for (uint64_t b = p->from; b < p->from + p->n; b++, n++) {
				if (n % 60 == 0)
					buf_put_u8(out, '\n');
				buf_put_u8(out, p->span == FASTA_GAP ? 'N'
								     : paths[p->span].data[b]);
			}
		}
		buf_put_u8(out, '\n');
	}
	for (uint64_t p = 0; p < s->l.g.n_paths; p++)
		buf_done(&paths[p]);
	free(paths);
}

/* The .fai of a text with records of at least one base, found by its letters. */
static inline void slow_fai(const struct buf *text, struct buf *out)
{
	const char *at = (const char *)text->data;
	const char *end = at + text->len;

	while (at < end) {
		const char *name = at + 1;
		const char *line = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1;
		size_t offset = (size_t)(line - (const char *)text->data);
		size_t first = strcspn(line, "\n");
		size_t n = 0;

		for (at = line; at < end && *at != '>'; at++)
			n += *at != '\n';
		buf_put(out, name, strcspn(name, " \n"));
		buf_printf(out, "\t%zu\t%zu\t%zu\t%zu\n", n, offset, first, first + 1);
	}
}

#endif
