/* SPDX-License-Identifier: MIT */
#include "core/pangenome/info.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/json.h"
#include "core/base/time_text.h"
#include "core/graph/graph_json.h"
#include "core/pangenome/contig_tables.h"
#include "core/pangenome/graph_tables.h"
#include "core/pangenome/pangenome.h"
#include "core/shm/shm_manage.h"

static void put_name(struct buf *b, struct name name)
{
	json_put_string(b, name.s, name.len);
}

/* --- of the graph --- */

static void put_tags(struct buf *b, const struct graph_strings *tags)
{
	buf_put_u8(b, '{');
	for (uint64_t i = 0; i + 1 < graph_n_strings(tags); i += 2) {
		buf_printf(b, "%s", i ? ", " : "");
		put_name(b, graph_string(tags, i));
		buf_printf(b, ": ");
		put_name(b, graph_string(tags, i + 1));
	}
	buf_put_u8(b, '}');
}

static void put_references(struct buf *b, const struct catalog *c)
{
	buf_put_u8(b, '[');
	for (uint32_t i = 0; i < c->n_references; i++) {
		buf_printf(b, "%s", i ? ", " : "");
		put_name(b, c->samples[c->references[i].sample].name);
	}
	buf_put_u8(b, ']');
}

/* What graph_json() says: who holds it is left out where that cannot be told. */
static int put_graph(struct buf *b, struct pangenome *p, struct err *err)
{
	CLEANUP(buf_done) struct buf pids = { 0 };
	const struct shm_object *object = pangenome_object(p);
	const char *folder = pangenome_options(p)->folder;
	struct shm_wanted wanted = { .folder = folder, .name = shm_object_name(object) };
	int r = shm_holders(&wanted, &pids, NULL);

	if (r == -ENOMEM || buf_failed(&pids))
		return err_set(err, -ENOMEM, "out of memory");
	graph_json(b, pangenome_graph(p), object, folder ? folder : SHM_FOLDER,
			r < 0 ? NULL : &pids);
	return 0;
}

static int write_graph(struct pg_file *f, struct buf *b, struct err *err)
{
	CLEANUP(buf_done) struct buf contigs = { 0 };
	const struct graph *g = pangenome_graph(f->pangenome);
	const struct catalog *c = pangenome_catalog(f->pangenome);
	const struct shm_header *h = shm_object_header(pangenome_object(f->pangenome));
	char time[TIME_TEXT_LEN];
	int r = first_paths_of_contigs(g, &contigs, err);

	buf_put_u8(b, '{');
	if (r == 0)
		r = put_graph(b, f->pangenome, err);
	if (r < 0)
		return r;
	buf_printf(b, ",\n \"samples\": %u, \"haplotypes\": %u, \"contigs\": %zu,\n", c->n_samples,
			c->n_haps, contigs.len / sizeof(uint32_t));
	buf_printf(b, " \"references\": ");
	put_references(b, c);
	buf_printf(b,
			",\n \"block_bp\": %" PRIu64 ",\n"
			" \"checksum\": {\"xxh3\": \"%016" PRIx64
			"\", \"state\": \"verified when it was made\", \"at\": \"%s\"},\n",
			pangenome_options(f->pangenome)->block_bp, h->payload_checksum,
			time_text(h->created, time));
	buf_printf(b, " \"tags\": {\"gbz\": ");
	put_tags(b, &g->tags);
	buf_printf(b, ",\n  \"gbwt\": ");
	put_tags(b, &g->gbwt_tags);
	buf_printf(b, "}}\n");
	return 0;
}

/* --- of a contig --- */

/* What is in the blocks of a contig, and how the paths of its components run. */
struct contig_sums {
	uint64_t fragment_bases;
	uint64_t n_nodes;
	uint64_t n_node_bases;
	uint64_t n_paths;
	uint64_t n_inverted;
	uint64_t n_inverted_paths;
	uint64_t n_backward;
	uint64_t n_backward_paths;
};

static void sum_nodes(const struct graph *g, const struct layout *l, const struct layout_contig *c,
		struct contig_sums *sums)
{
	uint64_t first = l->order_starts[c->first_slot];
	uint64_t end = l->order_starts[c->first_slot + c->n_blocks];

	sums->n_nodes = end - first;
	for (uint64_t i = first; i < end; i++)
		sums->n_node_bases += graph_id_length(g, layout_id(l, int_array_get(&l->order, i)));
}

static void sum_paths(const struct layout *l, const struct parts *parts,
		const struct buf *components, struct contig_sums *sums)
{
	for (uint64_t i = 0; i < l->places.n_spans; i++) {
		const struct layout_path *path = &l->paths[i];

		if (!contig_parts_have(components, parts, l->places.spans[i].path))
			continue;
		sums->n_paths++;
		sums->n_inverted += path->n_inverted;
		sums->n_inverted_paths += path->n_inverted > 0;
		sums->n_backward += path->n_backward;
		sums->n_backward_paths += path->n_backward > 0;
	}
}

static int write_contig(struct pg_file *f, struct buf *b, struct err *err)
{
	CLEANUP(buf_done) struct buf components = { 0 };
	const struct graph *g = pangenome_graph(f->pangenome);
	const struct catalog *c = pangenome_catalog(f->pangenome);
	const struct catalog_contig *contig = &c->contigs[f->folder.number];
	const struct layout_contig *placed;
	struct contig_sums sums = { 0 };
	const struct parts *parts = NULL;
	const struct places *fragments = NULL;
	const struct layout *l = NULL;
	uint32_t in_layout = 0;
	int r = contig_parts(f->pangenome, &f->folder, &components, err);

	if (r == 0)
		r = pangenome_parts(f->pangenome, &parts, err);
	if (r == 0)
		r = pangenome_contig_places(f->pangenome, f->folder.number, &fragments, err);
	if (r == 0)
		r = contig_layout(f, &l, &in_layout, err);
	if (r < 0)
		return r;
	assert(parts && fragments && l);
	sum_paths(l, parts, &components, &sums);
	placed = &l->contigs[in_layout];
	sum_nodes(g, l, placed, &sums);
	for (uint64_t i = 0; i < fragments->n_spans; i++)
		sums.fragment_bases += fragments->spans[i].n_bases;

	buf_printf(b, "{\"reference\": ");
	put_name(b, c->samples[c->references[contig->reference].sample].name);
	buf_printf(b, ", \"contig\": ");
	put_name(b, contig->name);
	buf_printf(b,
			",\n \"fragments\": %u, \"bases\": %" PRIu64 ", \"length\": %" PRIu64
			",\n \"block_bp\": %" PRIu64 ", \"blocks\": %" PRIu64
			", \"nodes\": %" PRIu64 ", \"node_bases\": %" PRIu64
			",\n \"components\": %zu, \"paths\": %" PRIu64 ",\n",
			contig->n_paths, sums.fragment_bases, placed->end, l->block_bp,
			placed->n_blocks, sums.n_nodes, sums.n_node_bases,
			components.len / sizeof(uint32_t), sums.n_paths);
	buf_printf(b,
			" \"inverted\": %" PRIu64 ", \"inverted_paths\": %" PRIu64
			", \"backward\": %" PRIu64 ", \"backward_paths\": %" PRIu64 "}\n",
			sums.n_inverted, sums.n_inverted_paths, sums.n_backward,
			sums.n_backward_paths);
	return 0;
}

static int write_unplaced(struct pg_file *f, struct buf *b, struct err *err)
{
	const struct parts *parts;
	const struct part *part;
	int r = pangenome_parts(f->pangenome, &parts, err);

	if (r < 0)
		return r;
	if (f->folder.number >= parts->n_parts)
		return err_set(err, -ENOENT, "there is no component %u", f->folder.number);
	part = &parts->parts[f->folder.number];
	buf_printf(b,
			"{\"component\": %u, \"nodes\": %" PRIu64 ", \"bases\": %" PRIu64
			", \"edges\": %" PRIu64 ", \"paths\": %" PRIu64 "}\n",
			f->folder.number, part->n_nodes, part->n_bases, part->n_edges,
			part->n_paths);
	return 0;
}

/* --- the file --- */

int info_make(struct pg_file *f, struct err *err)
{
	struct buf *b = calloc(1, sizeof(*b));
	int r;

	if (!b)
		return err_set(err, -ENOMEM, "out of memory");
	if (f->folder.level == PG_GRAPH)
		r = write_graph(f, b, err);
	else if (f->folder.level == PG_CONTIG)
		r = write_contig(f, b, err);
	else
		r = write_unplaced(f, b, err);
	if (r == 0 && buf_failed(b))
		r = err_set(err, -ENOMEM, "out of memory");
	f->made = b;
	if (r < 0) {
		info_free(f);
		return r;
	}
	f->size = b->len;
	f->made_bytes = sizeof(*b) + b->cap;
	return 0;
}

int info_read(const struct pg_file *f, char *buf, size_t len, uint64_t off, struct err *err)
{
	const struct buf *b = f->made;

	(void)err;
	memcpy(buf, b->data + off, len);
	return 0;
}

void info_free(struct pg_file *f)
{
	if (f->made)
		buf_done(f->made);
	free(f->made);
	f->made = NULL;
}
