/* SPDX-License-Identifier: MIT */
#include "core/pangenome/graph_tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"

/* A contig of the catalog that has a path in a component. Ordered by both. */
struct part_contig {
	uint32_t part;
	uint32_t contig;
};

static int by_part(const void *a, const void *b)
{
	const struct part_contig *x = a;
	const struct part_contig *y = b;

	if (x->part != y->part)
		return x->part < y->part ? -1 : 1;
	return x->contig < y->contig ? -1 : x->contig > y->contig;
}

/* Append those there are, each once. */
static void add_part_contigs(const struct catalog *c, const struct parts *parts, struct buf *out)
{
	struct part_contig last = { PARTS_NONE, CATALOG_NONE };
	struct part_contig *all;
	size_t kept = 0;
	size_t n;

	for (uint32_t i = 0; i < c->n_contigs; i++) {
		const struct catalog_contig *contig = &c->contigs[i];

		for (uint32_t k = 0; k < contig->n_paths; k++) {
			uint32_t path = c->paths[contig->first_path + k];
			struct part_contig item = { parts->path_parts[path], i };

			/* The fragments of a contig are mostly of one component. */
			if (item.part == PARTS_NONE || by_part(&item, &last) == 0)
				continue;
			buf_put(out, &item, sizeof(item));
			last = item;
		}
	}
	if (buf_failed(out) || !out->len)
		return;
	all = (struct part_contig *)out->data;
	n = out->len / sizeof(*all);
	qsort(all, n, sizeof(*all), by_part);
	for (size_t i = 0; i < n; i++)
		if (!i || by_part(&all[i], &all[kept - 1]) != 0)
			all[kept++] = all[i];
	out->len = kept * sizeof(*all);
}

/* The first item of component @part, or of one behind it. */
static size_t find_part(const struct part_contig *all, size_t n, uint32_t part)
{
	size_t low = 0;

	while (low < n) {
		size_t mid = low + (n - low) / 2;

		if (all[mid].part < part)
			low = mid + 1;
		else
			n = mid;
	}
	return low;
}

/* The contigs of component @part: the first, and @n, how many. */
static const struct part_contig *contigs_of_part(const struct table *t, uint32_t part, uint64_t *n)
{
	const struct part_contig *all = (const struct part_contig *)t->items.data;
	size_t n_all = t->items.len / sizeof(*all);
	size_t first = find_part(all, n_all, part);

	*n = find_part(all, n_all, part + 1) - first;
	return *n ? all + first : NULL;
}

/* reference:contig */
static void text_contig(struct text_out *o, const struct catalog *c, uint32_t contig)
{
	const struct catalog_contig *it = &c->contigs[contig];

	text_name(o, c->samples[c->references[it->reference].sample].name);
	text_char(o, ':');
	text_name(o, it->name);
}

/* --- paths.tsv --- */

static int by_path(const void *a, const void *b)
{
	const struct path_span *x = a;
	const struct path_span *y = b;

	return x->path < y->path ? -1 : x->path > y->path;
}

static void add_spans(const struct places *p, struct buf *out)
{
	buf_put(out, p->spans, p->n_spans * sizeof(*p->spans));
}

/* Rows are spans. */
static int gather_paths(struct pg_file *f, struct table *t, struct err *err)
{
	const struct places *places;
	int r = pangenome_parts(f->pangenome, &t->parts, err);

	if (r < 0)
		return r;
	add_part_contigs(t->catalog, t->parts, &t->items);
	if (f->folder.level == PG_SAMPLE) {
		const struct catalog_sample *s = &t->catalog->samples[f->folder.number];

		for (uint32_t i = 0; r == 0 && i < s->n_haps; i++) {
			r = pangenome_hap_places(f->pangenome, s->first_hap + i, &places, err);
			if (r == 0)
				add_spans(places, &t->rows);
		}
	} else {
		r = pangenome_all_places(f->pangenome, &places, err);
		if (r == 0)
			add_spans(places, &t->rows);
	}
	if (r == 0 && !buf_failed(&t->rows) && t->rows.len)
		qsort(t->rows.data, t->rows.len / sizeof(struct path_span),
				sizeof(struct path_span), by_path);
	return r;
}

static void write_part_and_contigs(const struct table *t, uint32_t part, struct text_out *out)
{
	const struct part_contig *contigs;
	uint64_t n = 0;

	if (part == PARTS_NONE) {
		text_words(out, "\t.\t.\n");
		return;
	}
	text_tab_number(out, part);
	text_char(out, '\t');
	contigs = contigs_of_part(t, part, &n);
	for (uint64_t i = 0; i < n && i < CONTIGS_OF_A_PATH; i++) {
		if (i)
			text_char(out, ',');
		text_contig(out, t->catalog, contigs[i].contig);
	}
	if (!n)
		text_char(out, '.');
	text_words(out, n > CONTIGS_OF_A_PATH ? ",...\n" : "\n");
}

static int write_path(const void *of, uint64_t row, uint64_t *item, uint64_t stop,
		struct text_out *out, struct err *err)
{
	const struct table *t = of;
	const struct path_span *span = (const struct path_span *)t->rows.data + row;
	struct path_info info;

	(void)item;
	(void)stop;
	(void)err;
	graph_path_info(t->graph, span->path, &info);
	text_i64(out, (int64_t)span->path);
	text_char(out, '\t');
	text_words(out, path_sense_name(info.sense));
	text_char(out, '\t');
	text_name(out, info.sample);
	text_tab_number(out, info.haplotype);
	text_char(out, '\t');
	text_name(out, info.contig);
	text_tab_number(out, info.fragment);
	text_tab_number(out, info.fragment + span->n_bases);
	text_tab_number(out, span->n_steps);
	write_part_and_contigs(t, t->parts->path_parts[span->path], out);
	return 1;
}

static int write_paths(
		const void *of, struct text_state *state, struct text_out *out, struct err *err)
{
	const struct table *t = of;

	return table_write(of,
			"#path_id\tsense\tsample\thap\tcontig\tstart\tend\tsteps\tcomponent\tref_"
			"contig\n",
			t->rows.len / sizeof(struct path_span), write_path, state, out, err);
}

int paths_tsv_make(struct pg_file *f, struct err *err)
{
	return table_make(f, gather_paths, write_paths, err);
}

/* --- samples.txt, contigs.txt --- */

static int write_sample(const void *of, uint64_t row, uint64_t *item, uint64_t stop,
		struct text_out *out, struct err *err)
{
	const struct pg_file *f = of;

	(void)item;
	(void)stop;
	(void)err;
	text_name(out, pangenome_catalog(f->pangenome)->samples[row].name);
	text_char(out, '\n');
	return 1;
}

int samples_txt_write(
		const void *of, struct text_state *state, struct text_out *out, struct err *err)
{
	const struct pg_file *f = of;

	return table_write(of, NULL, pangenome_catalog(f->pangenome)->n_samples, write_sample,
			state, out, err);
}

/* A path and the number of its contig. */
struct named_path {
	uint32_t contig;
	uint32_t path;
};

static int by_contig(const void *a, const void *b)
{
	const struct named_path *x = a;
	const struct named_path *y = b;

	if (x->contig != y->contig)
		return x->contig < y->contig ? -1 : 1;
	return x->path < y->path ? -1 : x->path > y->path;
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a;
	const uint32_t *y = b;

	return *x < *y ? -1 : *x > *y;
}

int first_paths_of_contigs(const struct graph *g, struct buf *out, struct err *err)
{
	CLEANUP(freep) struct named_path *paths = NULL;
	size_t before = out->len;

	if (!g->n_paths)
		return 0;
	if (g->n_paths > UINT32_MAX)
		return err_set(err, -EOVERFLOW, "more than 2^32 paths");
	paths = calloc(g->n_paths, sizeof(*paths));
	if (!paths)
		return err_set(err, -ENOMEM, "out of memory");
	/* Paths without names are contigs by themselves. */
	for (uint32_t i = 0; i < g->n_paths; i++)
		paths[i] = (struct named_path){
			g->n_path_names ? le32toh(g->path_names[i].contig) : i, i
		};
	qsort(paths, g->n_paths, sizeof(*paths), by_contig);
	for (uint64_t i = 0; i < g->n_paths; i++)
		if (!i || paths[i].contig != paths[i - 1].contig)
			buf_put(out, &paths[i].path, sizeof(paths[i].path));
	if (buf_failed(out))
		return err_set(err, -ENOMEM, "out of memory");
	qsort(out->data + before, (out->len - before) / sizeof(uint32_t), sizeof(uint32_t),
			by_number);
	return 0;
}

static int gather_contigs(struct pg_file *f, struct table *t, struct err *err)
{
	(void)f;
	return first_paths_of_contigs(t->graph, &t->rows, err);
}

static int write_contig(const void *of, uint64_t row, uint64_t *item, uint64_t stop,
		struct text_out *out, struct err *err)
{
	const struct table *t = of;
	struct path_info info;
	uint32_t path;

	(void)item;
	(void)stop;
	(void)err;
	memcpy(&path, t->rows.data + row * sizeof(path), sizeof(path));
	graph_path_info(t->graph, path, &info);
	text_name(out, info.contig);
	text_char(out, '\n');
	return 1;
}

static int write_contigs(
		const void *of, struct text_state *state, struct text_out *out, struct err *err)
{
	const struct table *t = of;

	return table_write(of, NULL, t->rows.len / sizeof(uint32_t), write_contig, state, out, err);
}

int contigs_txt_make(struct pg_file *f, struct err *err)
{
	return table_make(f, gather_contigs, write_contigs, err);
}

/* --- tags.tsv --- */

static int write_tag(const void *of, uint64_t row, uint64_t *item, uint64_t stop,
		struct text_out *out, struct err *err)
{
	const struct pg_file *f = of;
	const struct graph *g = pangenome_graph(f->pangenome);
	uint64_t n_first = graph_n_strings(&g->tags) / 2;
	bool gbwt = row >= n_first;
	const struct graph_strings *tags = gbwt ? &g->gbwt_tags : &g->tags;

	(void)item;
	(void)stop;
	(void)err;
	row -= gbwt ? n_first : 0;
	text_words(out, gbwt ? "gbwt\t" : "gbz\t");
	text_name(out, graph_string(tags, 2 * row));
	text_char(out, '\t');
	text_name(out, graph_string(tags, 2 * row + 1));
	text_char(out, '\n');
	return 1;
}

int tags_tsv_write(const void *of, struct text_state *state, struct text_out *out, struct err *err)
{
	const struct pg_file *f = of;
	const struct graph *g = pangenome_graph(f->pangenome);

	return table_write(of, "#scope\tkey\tvalue\n",
			graph_n_strings(&g->tags) / 2 + graph_n_strings(&g->gbwt_tags) / 2,
			write_tag, state, out, err);
}

/* --- components.tsv --- */

static int gather_components(struct pg_file *f, struct table *t, struct err *err)
{
	int r = pangenome_parts(f->pangenome, &t->parts, err);

	if (r == 0)
		add_part_contigs(t->catalog, t->parts, &t->items);
	return r;
}

static int write_component(const void *of, uint64_t row, uint64_t *item, uint64_t stop,
		struct text_out *out, struct err *err)
{
	const struct table *t = of;
	const struct part *part = &t->parts->parts[row];
	uint64_t n;
	const struct part_contig *contigs = contigs_of_part(t, (uint32_t)row, &n);
	uint64_t i = *item;

	(void)err;
	if (!i) {
		text_i64(out, (int64_t)row);
		text_tab_number(out, part->n_nodes);
		text_tab_number(out, part->n_bases);
		text_tab_number(out, part->n_edges);
		text_tab_number(out, part->n_paths);
		text_tab_number(out, part->min_id);
		text_char(out, '\t');
	}
	if (!n)
		text_char(out, '.');
	/* One at least, so that it goes on. */
	while (i < n) {
		if (i)
			text_char(out, ',');
		text_contig(out, t->catalog, contigs[i].contig);
		*item = ++i;
		if (i < n && text_written(out) >= stop)
			return 0;
	}
	text_char(out, '\n');
	return 1;
}

static int write_components(
		const void *of, struct text_state *state, struct text_out *out, struct err *err)
{
	const struct table *t = of;

	return table_write(of, "#component\tnodes\tbases\tedges\tpaths\tmin_node\tref_contigs\n",
			t->parts->n_parts, write_component, state, out, err);
}

int components_tsv_make(struct pg_file *f, struct err *err)
{
	return table_make(f, gather_components, write_components, err);
}
