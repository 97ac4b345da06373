/* SPDX-License-Identifier: MIT */
#include "core/pangenome/catalog.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/cleanup.h"

/* A path on its way to its place. */
struct entry {
	uint64_t fragment;
	uint32_t path;
	uint32_t sample; /* as path names have it; of generic paths without names all the same */
	uint32_t hap;
	uint32_t contig;
	uint32_t sample_first; /* the first path of the sample; of the contig in the haplotype */
	uint32_t contig_first;
	bool reference;
};

#define COMPARE(a, b)                                                                              \
	do {                                                                                       \
		if ((a) != (b))                                                                    \
			return (a) < (b) ? -1 : 1;                                                 \
	} while (0)

static int by_contig(const void *pa, const void *pb)
{
	const struct entry *a = pa;
	const struct entry *b = pb;

	COMPARE(a->sample, b->sample);
	COMPARE(a->hap, b->hap);
	COMPARE(a->contig, b->contig);
	COMPARE(a->path, b->path);
	return 0;
}

static int by_sample(const void *pa, const void *pb)
{
	const struct entry *a = pa;
	const struct entry *b = pb;

	COMPARE(a->sample, b->sample);
	COMPARE(a->path, b->path);
	return 0;
}

static int by_place(const void *pa, const void *pb)
{
	const struct entry *a = pa;
	const struct entry *b = pb;

	COMPARE(a->sample_first, b->sample_first);
	COMPARE(a->hap, b->hap);
	COMPARE(a->contig_first, b->contig_first);
	COMPARE(a->fragment, b->fragment);
	COMPARE(a->path, b->path);
	return 0;
}

static void read_entries(const struct graph *g, struct entry *entries)
{
	for (uint32_t i = 0; i < g->n_paths; i++) {
		struct path_info info;

		graph_path_info(g, i, &info);
		entries[i] = (struct entry){ .fragment = info.fragment,
			.path = i,
			.contig = i,
			.hap = info.haplotype,
			.reference = info.sense != PATH_HAPLOTYPE };
		if (g->n_path_names) {
			entries[i].sample = le32toh(g->path_names[i].sample);
			entries[i].contig = le32toh(g->path_names[i].contig);
		}
	}
}

/* Sort all into their order. */
static void sort_entries(struct entry *entries, uint32_t n)
{
	qsort(entries, n, sizeof(*entries), by_sample);
	for (uint32_t i = 0; i < n; i++)
		entries[i].sample_first = i && entries[i].sample == entries[i - 1].sample
							  ? entries[i - 1].sample_first
							  : entries[i].path;
	qsort(entries, n, sizeof(*entries), by_contig);
	for (uint32_t i = 0; i < n; i++) {
		const struct entry *e = i ? &entries[i - 1] : NULL;

		entries[i].contig_first =
				e && entries[i].sample == e->sample && entries[i].hap == e->hap &&
								entries[i].contig == e->contig
						? e->contig_first
						: entries[i].path;
	}
	qsort(entries, n, sizeof(*entries), by_place);
}

/* What becomes the catalog: arrays that grow, with names as offsets in one text. */
struct making {
	const struct graph *g;
	struct buf samples, haps, references, contigs, text;
};

static void making_done(struct making *m)
{
	buf_done(&m->samples);
	buf_done(&m->haps);
	buf_done(&m->references);
	buf_done(&m->contigs);
	buf_done(&m->text);
}

#define LAST(b, type) ((type *)((b)->data + (b)->len) - 1)
#define COUNT(b, type) ((uint32_t)((b)->len / sizeof(type)))

/* The text's offset stands for the pointer until the text does not move any more. */
static struct name put_name(struct making *m, const char *prefix, struct name name)
{
	struct name n = { .s = (const char *)(uintptr_t)m->text.len };

	n.len = strlen(prefix) + name.len;
	buf_put(&m->text, prefix, strlen(prefix));
	buf_put(&m->text, name.s, name.len);
	buf_put_u8(&m->text, 0);
	return n;
}

static void add_sample(struct making *m, const struct entry *e)
{
	struct catalog_sample s = { .first_hap = COUNT(&m->haps, struct catalog_hap),
		.reference = CATALOG_NONE };
	struct path_info info;

	graph_path_info(m->g, e->path, &info);
	s.name = put_name(m, "", info.sample);
	buf_put(&m->samples, &s, sizeof(s));
}

static void add_hap(struct making *m, const struct entry *e, uint32_t at)
{
	struct catalog_hap h = { .sample = COUNT(&m->samples, struct catalog_sample) - 1,
		.number = e->hap,
		.first_path = at };

	buf_put(&m->haps, &h, sizeof(h));
	if (!buf_failed(&m->samples))
		LAST(&m->samples, struct catalog_sample)->n_haps++;
}

static void fill_haps(struct making *m, const struct entry *entries, uint32_t n, struct catalog *c)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct entry *e = &entries[i];
		bool new_sample = !i || e->sample_first != e[-1].sample_first;

		if (new_sample)
			add_sample(m, e);
		if (new_sample || e->hap != e[-1].hap)
			add_hap(m, e, i);
		if (buf_failed(&m->haps) || buf_failed(&m->samples))
			return;
		LAST(&m->haps, struct catalog_hap)->n_paths++;
		c->paths[i] = e->path;
		c->path_haps[e->path] = COUNT(&m->haps, struct catalog_hap) - 1;
	}
}

static void add_contig(
		struct making *m, const struct entry *e, uint32_t hap, uint32_t at, bool several)
{
	struct catalog_contig c = { .reference = COUNT(&m->references, struct catalog_reference) -
						 1,
		.hap = hap,
		.first_path = at };
	char prefix[16] = "";
	struct path_info info;

	graph_path_info(m->g, e->path, &info);
	if (several)
		snprintf(prefix, sizeof(prefix), "%u#", e->hap);
	c.name = put_name(m, prefix, info.contig);
	buf_put(&m->contigs, &c, sizeof(c));
	LAST(&m->references, struct catalog_reference)->n_contigs++;
}

static void add_reference(struct making *m, const struct entry *entries, uint32_t sample)
{
	struct catalog_sample *s = (struct catalog_sample *)m->samples.data + sample;
	const struct catalog_hap *haps = (const struct catalog_hap *)m->haps.data;
	struct catalog_reference r = { .sample = sample,
		.first_contig = COUNT(&m->contigs, struct catalog_contig) };

	s->reference = COUNT(&m->references, struct catalog_reference);
	buf_put(&m->references, &r, sizeof(r));
	for (uint32_t h = s->first_hap; h < s->first_hap + s->n_haps; h++) {
		uint32_t end = haps[h].first_path + haps[h].n_paths;

		for (uint32_t i = haps[h].first_path; i < end; i++) {
			if (buf_failed(&m->references) || buf_failed(&m->contigs))
				return;
			if (i == haps[h].first_path ||
					entries[i].contig_first != entries[i - 1].contig_first)
				add_contig(m, &entries[i], h, i, s->n_haps > 1);
			if (!buf_failed(&m->contigs))
				LAST(&m->contigs, struct catalog_contig)->n_paths++;
		}
	}
}

static bool has_name(const struct making *m, uint32_t sample, const char *name, size_t len)
{
	const struct catalog_sample *s = (const struct catalog_sample *)m->samples.data + sample;

	return s->name.len == len &&
	       (!len || memcmp(m->text.data + (uintptr_t)s->name.s, name, len) == 0);
}

static int add_chosen(struct making *m, const struct entry *entries, const char *references,
		struct err *err)
{
	uint32_t n = COUNT(&m->samples, struct catalog_sample);

	for (const char *at = references; *at;) {
		size_t len = strcspn(at, ", ");
		uint32_t i = 0;

		while (len && i < n && !has_name(m, i, at, len))
			i++;
		if (len && i == n)
			return err_set(err, -ENOENT, "reference %.*s: the graph has no such sample",
					(int)len, at);
		if (len && ((struct catalog_sample *)m->samples.data)[i].reference == CATALOG_NONE)
			add_reference(m, entries, i);
		at += len + (at[len] != '\0');
	}
	return 0;
}

static int add_references(struct making *m, const struct entry *entries, const char *references,
		struct err *err)
{
	uint32_t n = COUNT(&m->samples, struct catalog_sample);

	if (references)
		return add_chosen(m, entries, references, err);
	for (uint32_t i = 0; i < n; i++) {
		const struct catalog_sample *s = (const struct catalog_sample *)m->samples.data + i;
		const struct catalog_hap *h = (const struct catalog_hap *)m->haps.data;

		if (entries[h[s->first_hap].first_path].reference)
			add_reference(m, entries, i);
	}
	return 0;
}

static void *take(struct buf *b)
{
	void *data = b->data;

	*b = (struct buf){ 0 };
	return data;
}

/* Names are pointers from here on. */
static void hand_over(struct making *m, struct catalog *c)
{
	c->n_samples = COUNT(&m->samples, struct catalog_sample);
	c->n_haps = COUNT(&m->haps, struct catalog_hap);
	c->n_references = COUNT(&m->references, struct catalog_reference);
	c->n_contigs = COUNT(&m->contigs, struct catalog_contig);
	c->samples = take(&m->samples);
	c->haps = take(&m->haps);
	c->references = take(&m->references);
	c->contigs = take(&m->contigs);
	c->text = take(&m->text);
	for (uint32_t i = 0; i < c->n_samples; i++)
		c->samples[i].name.s = c->text + (uintptr_t)c->samples[i].name.s;
	for (uint32_t i = 0; i < c->n_contigs; i++)
		c->contigs[i].name.s = c->text + (uintptr_t)c->contigs[i].name.s;
}

int catalog_make(
		const struct graph *g, const char *references, struct catalog *out, struct err *err)
{
	CLEANUP(catalog_done) struct catalog c = { 0 };
	CLEANUP(making_done) struct making m = { .g = g };
	CLEANUP(freep) struct entry *entries = NULL;
	int r;

	if (g->n_paths >= CATALOG_NONE)
		return err_set(err, -EOVERFLOW, "the graph has more than 2^32 - 2 paths");
	c.n_paths = (uint32_t)g->n_paths;
	entries = calloc(c.n_paths + 1u, sizeof(*entries));
	c.paths = calloc(c.n_paths + 1u, sizeof(*c.paths));
	c.path_haps = calloc(c.n_paths + 1u, sizeof(*c.path_haps));
	if (!entries || !c.paths || !c.path_haps)
		return err_set(err, -ENOMEM, "out of memory");
	read_entries(g, entries);
	sort_entries(entries, c.n_paths);
	fill_haps(&m, entries, c.n_paths, &c);
	if (buf_failed(&m.haps) || buf_failed(&m.samples) || buf_failed(&m.text))
		return err_set(err, -ENOMEM, "out of memory");
	r = add_references(&m, entries, references, err);
	if (r < 0)
		return r;
	if (buf_failed(&m.references) || buf_failed(&m.contigs) || buf_failed(&m.text))
		return err_set(err, -ENOMEM, "out of memory");
	hand_over(&m, &c);
	*out = c;
	c = (struct catalog){ 0 };
	return 0;
}

void catalog_done(struct catalog *c)
{
	free(c->paths);
	free(c->path_haps);
	free(c->samples);
	free(c->haps);
	free(c->references);
	free(c->contigs);
	free(c->text);
	*c = (struct catalog){ 0 };
}

uint32_t catalog_find_sample(const struct catalog *c, const char *name, size_t len)
{
	for (uint32_t i = 0; i < c->n_samples; i++)
		if (c->samples[i].name.len == len && memcmp(c->samples[i].name.s, name, len) == 0)
			return i;
	return CATALOG_NONE;
}
