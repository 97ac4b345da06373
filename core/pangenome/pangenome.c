/* SPDX-License-Identifier: MIT */
#include "core/pangenome/pangenome.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/checksum.h"
#include "core/base/cleanup.h"
#include "core/base/deadline.h"
#include "core/block/decode_pool.h"
#include "core/block/team.h"
#include "core/pangenome/calls.h"
#include "core/pangenome/pangenome_private.h"

#define SHM_PREFIX "shm:"

enum { WHAT_LEN = 64, PATHS_AT_ONCE = 16 };

bool pangenome_is_source(const char *source)
{
	uint32_t tag = 0;
	int fd;

	if (strncmp(source, SHM_PREFIX, strlen(SHM_PREFIX)) == 0)
		return true;
	fd = open(source, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe is none */
	if (fd < 0)
		return false;
	if (read(fd, &tag, sizeof(tag)) != (ssize_t)sizeof(tag))
		tag = 0;
	close(fd);
	return le32toh(tag) == GBZ_TAG;
}

/* ---- opening ---- */

static int copy_options(struct pangenome *p, const struct pangenome_options *o, struct err *err)
{
	p->o = *o;
	p->o.source = strdup(o->source);
	p->o.folder = o->folder ? strdup(o->folder) : NULL;
	p->o.references = o->references ? strdup(o->references) : NULL;
	if (!p->o.gap_bp)
		p->o.gap_bp = o->block_bp;
	if (!p->o.source || (o->folder && !p->o.folder) || (o->references && !p->o.references))
		return err_set(err, -ENOMEM, "out of memory");
	return o->block_bp ? 0 : err_set(err, -EINVAL, "block_bp must be 1 or more");
}

static void told(void *arg, uint64_t done, uint64_t total)
{
	const struct pangenome *p = arg;

	if (p->o.progress)
		p->o.progress(p->o.arg, done, total);
}

static int open_object(struct pangenome *p, struct err *err)
{
	const char *source = p->o.source;
	struct graph_load load = {
		.pathname = source, .folder = p->o.folder, .progress = told, .arg = p
	};
	int r;

	if (strncmp(source, SHM_PREFIX, strlen(SHM_PREFIX)) == 0)
		r = graph_object_attach(p->o.folder, source + strlen(SHM_PREFIX), &p->object, err);
	else
		r = graph_object_load(&load, &p->object, err);
	if (r < 0)
		return r;
	r = image_attach(shm_payload(p->object), shm_payload_size(p->object), &p->graph, err);
	return r < 0 ? err_prefix(err, r, "%s", source) : 0;
}

/* The file that the graph was loaded from leads to its own bytes as long as it is that file. */
static int find_source(struct pangenome *p, struct err *err)
{
	const struct shm_identity *s = &shm_object_header(p->object)->source;
	struct stat st;

	p->mtime = (struct timespec){ .tv_sec = (time_t)(s->mtime / NS_PER_S),
		.tv_nsec = (long)(s->mtime % NS_PER_S) };
	if (!*s->path || stat(s->path, &st) < 0 || (uint64_t)st.st_size != s->size ||
			(int64_t)st.st_mtim.tv_sec * NS_PER_S + st.st_mtim.tv_nsec != s->mtime)
		return 0;
	p->target = strdup(s->path);
	return p->target ? 0 : err_set(err, -ENOMEM, "out of memory");
}

static int make_tables(struct pangenome *p, struct err *err)
{
	const struct catalog *c = &p->catalog;

	p->hap_places = calloc(c->n_haps + 1u, sizeof(*p->hap_places));
	p->contig_places = calloc(c->n_contigs + 1u, sizeof(*p->contig_places));
	p->chains = calloc(c->n_contigs + 1u, sizeof(*p->chains));
	p->layouts = calloc(c->n_contigs + 1u, sizeof(*p->layouts));
	p->groups = calloc(c->n_contigs + 1u, sizeof(*p->groups));
	if (!p->hap_places || !p->contig_places || !p->chains || !p->layouts || !p->groups)
		return err_set(err, -ENOMEM, "out of memory");
	for (uint32_t i = 0; i < c->n_contigs; i++)
		p->groups[i] = CATALOG_NONE;
	return 0;
}

static void pangenome_closep(struct pangenome **p)
{
	pangenome_close(*p);
}

int pangenome_open(const struct pangenome_options *o, struct pangenome **out, struct err *err)
{
	CLEANUP(pangenome_closep) struct pangenome *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return err_set(err, -ENOMEM, "out of memory");
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->made, NULL);
	r = copy_options(p, o, err);
	if (r == 0)
		r = open_object(p, err);
	if (r == 0)
		r = find_source(p, err);
	if (r == 0)
		r = catalog_make(&p->graph, p->o.references, &p->catalog, err);
	if (r == 0)
		r = make_tables(p, err);
	if (r == 0)
		r = pangenome_name_folders(p, err);
	if (r == 0)
		r = pangenome_keep_files(p, err);
	if (r == 0 && call_blocks_new(p->o.budget / 4, &p->calls) < 0)
		r = err_set(err, -ENOMEM, "out of memory");
	if (r < 0)
		return r;
	*out = p;
	p = NULL;
	return 0;
}

static void lazy_done(struct lazy *lazy, uint32_t n)
{
	for (uint32_t i = 0; lazy && i < n; i++)
		if (lazy[i].ready)
			index_done(&lazy[i].index);
}

void pangenome_close(struct pangenome *p)
{
	if (!p)
		return;
	pangenome_drop_files(p);
	lazy_done(&p->parts, 1);
	lazy_done(&p->all_places, 1);
	lazy_done(p->hap_places, p->catalog.n_haps);
	lazy_done(p->contig_places, p->catalog.n_contigs);
	lazy_done(p->chains, p->catalog.n_contigs);
	lazy_done(p->layouts, p->catalog.n_contigs);
	free(p->hap_places);
	free(p->contig_places);
	free(p->chains);
	free(p->layouts);
	free(p->groups);
	kept_free(p->calls);
	free(p->unplaced);
	free(p->target);
	names_free(p->folders);
	catalog_done(&p->catalog);
	shm_detach(p->object);
	free((char *)(uintptr_t)p->o.source);
	free((char *)(uintptr_t)p->o.folder);
	free((char *)(uintptr_t)p->o.references);
	pthread_cond_destroy(&p->made);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

void pangenome_set_pool(struct pangenome *p, struct decode_pool *pool)
{
	p->pool = pool;
}

struct kept *pangenome_call_blocks(const struct pangenome *p)
{
	return p->calls;
}

const struct graph *pangenome_graph(const struct pangenome *p)
{
	return &p->graph;
}

const struct catalog *pangenome_catalog(const struct pangenome *p)
{
	return &p->catalog;
}

const struct pangenome_options *pangenome_options(const struct pangenome *p)
{
	return &p->o;
}

const struct shm_object *pangenome_object(const struct pangenome *p)
{
	return p->object;
}

struct timespec pangenome_mtime(const struct pangenome *p)
{
	return p->mtime;
}

/* ---- indexes ---- */

/* How one is made, and what it is opened as. */
struct recipe {
	const char *what;
	int (*build)(void *arg, struct index_parts *out, struct err *err);
	int (*open)(const struct graph *g, struct lazy *lazy, struct err *err);
	void *arg;
};

static int make(struct pangenome *p, struct lazy *lazy, const struct recipe *recipe,
		struct err *err)
{
	struct index_home home = {
		.folder = p->o.folder, .graph_name = shm_object_name(p->object), .graph = &p->graph
	};
	int r = index_get(&home, recipe->what, recipe->build, recipe->arg, &lazy->index, err);

	if (r < 0)
		return r;
	r = recipe->open(&p->graph, lazy, err);
	if (r < 0)
		index_done(&lazy->index);
	return r;
}

struct waiting {
	struct pangenome *p;
	const struct lazy *lazy;
};

static bool is_made(void *arg)
{
	const struct waiting *w = arg;
	bool made;

	pthread_mutex_lock(&w->p->lock);
	made = !w->lazy->making;
	pthread_mutex_unlock(&w->p->lock);
	return made;
}

/* With the lock: until nobody makes it, helping who does. */
static void wait_for(struct pangenome *p, const struct lazy *lazy)
{
	struct waiting w = { p, lazy };

	if (!p->pool) {
		pthread_cond_wait(&p->made, &p->lock);
		return;
	}
	pthread_mutex_unlock(&p->lock);
	decode_pool_help(p->pool, is_made, &w);
	pthread_mutex_lock(&p->lock);
}

/* Once for all threads; after a failure the next one who asks tries again. */
static int lazy_get(struct pangenome *p, struct lazy *lazy, const struct recipe *recipe,
		struct err *err)
{
	bool ready;
	int r = 0;

	pthread_mutex_lock(&p->lock);
	while (lazy->making)
		wait_for(p, lazy);
	ready = lazy->ready;
	lazy->making = !ready;
	pthread_mutex_unlock(&p->lock);
	if (ready)
		return 0;
	r = make(p, lazy, recipe, err);
	pthread_mutex_lock(&p->lock);
	lazy->making = false;
	lazy->ready = r == 0;
	pthread_cond_broadcast(&p->made);
	pthread_mutex_unlock(&p->lock);
	if (p->pool)
		decode_pool_done(p->pool);
	return r < 0 ? err_prefix(err, r, "%s", p->o.source) : 0;
}

static int build_parts(void *arg, struct index_parts *out, struct err *err)
{
	return parts_build(arg, out, err);
}

static int open_parts(const struct graph *g, struct lazy *lazy, struct err *err)
{
	return parts_of_index(g, &lazy->index, &lazy->parts, err);
}

int pangenome_parts(struct pangenome *p, const struct parts **out, struct err *err)
{
	struct recipe recipe = { "parts", build_parts, open_parts, &p->graph };
	int r = lazy_get(p, &p->parts, &recipe, err);

	if (r == 0)
		*out = &p->parts.parts;
	return r;
}

/* ---- places of paths ---- */

enum { PLACES_SPANS, PLACES_SAMPLES, PLACES_N_SECTIONS };

/* Paths that are walked, some at a time. */
struct walking {
	struct pangenome *p;
	const uint32_t *paths; /* NULL: all of the graph */
	uint64_t n;
	bool lengths_only;
	struct walked {
		struct buf spans;
		struct buf samples;
	} * walked; /* owned */
	uint64_t n_walked;
};

static void walking_done(struct walking *w)
{
	for (uint64_t i = 0; w->walked && i < w->n_walked; i++) {
		buf_done(&w->walked[i].spans);
		buf_done(&w->walked[i].samples);
	}
	free(w->walked);
}

static int walk_some(void *arg, uint64_t i)
{
	struct walking *w = arg;
	uint64_t end = (i + 1) * PATHS_AT_ONCE < w->n ? (i + 1) * PATHS_AT_ONCE : w->n;
	int r = 0;

	for (uint64_t k = i * PATHS_AT_ONCE; r == 0 && k < end; k++) {
		r = places_add(&w->p->graph, w->paths ? w->paths[k] : k, &w->walked[i].spans,
				&w->walked[i].samples, NULL);
		if (w->lengths_only)
			buf_clear(&w->walked[i].samples);
	}
	return r;
}

static void gather(struct walking *w, struct index_parts *out)
{
	struct buf *spans = &out->sections[PLACES_SPANS];
	struct buf *samples = &out->sections[PLACES_SAMPLES];
	struct path_span last = { 0 };

	for (uint64_t i = 0; i < w->n_walked; i++) {
		struct walked *from = &w->walked[i];
		struct path_span *s = (struct path_span *)from->spans.data;
		uint64_t before = samples->len / sizeof(struct path_sample);

		for (uint64_t k = 0; k < from->spans.len / sizeof(*s); k++)
			s[k].first_sample = w->lengths_only ? 0 : s[k].first_sample + before;
		buf_put(spans, from->spans.data, from->spans.len);
		buf_put(samples, from->samples.data, from->samples.len);
	}
	last.first_sample = samples->len / sizeof(struct path_sample);
	buf_put(spans, &last, sizeof(last));
}

static int build_places(void *arg, struct index_parts *out, struct err *err)
{
	CLEANUP(walking_done) struct walking w = *(const struct walking *)arg;
	int r;

	w.n_walked = (w.n + PATHS_AT_ONCE - 1) / PATHS_AT_ONCE;
	w.walked = calloc(w.n_walked + 1, sizeof(*w.walked));
	if (!w.walked)
		return err_set(err, -ENOMEM, "out of memory");
	r = team_run(w.p->pool, w.n_walked, walk_some, &w);
	if (r < 0)
		return err_set(err, r,
				r == -ENOMEM ? "out of memory"
					     : "a path is damaged; load the graph again");
	gather(&w, out);
	out->widths[PLACES_SPANS] = sizeof(struct path_span);
	out->widths[PLACES_SAMPLES] = sizeof(struct path_sample);
	out->n = PLACES_N_SECTIONS;
	return 0;
}

static int open_places(const struct graph *g, struct lazy *lazy, struct err *err)
{
	struct places p;
	uint64_t n_samples;

	p.spans = index_table(&lazy->index, PLACES_SPANS, sizeof(struct path_span), &p.n_spans);
	p.samples = index_table(
			&lazy->index, PLACES_SAMPLES, sizeof(struct path_sample), &n_samples);
	if (!p.spans || !p.samples || !p.n_spans ||
			p.spans[p.n_spans - 1].first_sample != n_samples)
		return err_set(err, -EBADMSG, "the index of paths is damaged");
	p.n_spans--;
	for (uint64_t i = 0; i < p.n_spans; i++)
		if (p.spans[i].path >= g->n_paths ||
				p.spans[i].first_sample > p.spans[i + 1].first_sample)
			return err_set(err, -EBADMSG, "the index of paths is damaged");
	lazy->places = p;
	return 0;
}

static int get_places(struct pangenome *p, struct lazy *lazy, const char *what,
		const struct walking *w, const struct places **out, struct err *err)
{
	struct recipe recipe = { what, build_places, open_places, (void *)(uintptr_t)w };
	int r = lazy_get(p, lazy, &recipe, err);

	if (r == 0)
		*out = &lazy->places;
	return r;
}

int pangenome_hap_places(
		struct pangenome *p, uint32_t hap, const struct places **out, struct err *err)
{
	const struct catalog_hap *h = &p->catalog.haps[hap];
	struct walking w = { .p = p, .paths = p->catalog.paths + h->first_path, .n = h->n_paths };
	char what[WHAT_LEN];

	snprintf(what, sizeof(what), "hap-%u", hap);
	return get_places(p, &p->hap_places[hap], what, &w, out, err);
}

/* What numbers of contigs depend on. */
static void reference_suffix(const struct pangenome *p, char out[16])
{
	const char *names = p->o.references;

	out[0] = '\0';
	if (names)
		snprintf(out, 16, "-%08x", (unsigned)(checksum(names, strlen(names)) & UINT32_MAX));
}

int pangenome_contig_places(
		struct pangenome *p, uint32_t contig, const struct places **out, struct err *err)
{
	const struct catalog_contig *c = &p->catalog.contigs[contig];
	struct walking w = { .p = p, .paths = p->catalog.paths + c->first_path, .n = c->n_paths };
	char what[WHAT_LEN];
	char suffix[16];

	reference_suffix(p, suffix);
	snprintf(what, sizeof(what), "ref-%u%s", contig, suffix);
	return get_places(p, &p->contig_places[contig], what, &w, out, err);
}

int pangenome_all_places(struct pangenome *p, const struct places **out, struct err *err)
{
	struct walking w = { .p = p, .n = p->graph.n_paths, .lengths_only = true };

	return get_places(p, &p->all_places, "paths", &w, out, err);
}

/* ---- layouts ---- */

static int build_layout(void *arg, struct index_parts *out, struct err *err)
{
	return layout_build(arg, out, err);
}

static int open_layout(const struct graph *g, struct lazy *lazy, struct err *err)
{
	return layout_of_index(g, &lazy->index, &lazy->layout, err);
}

/* The group of a contig, found once. */
static int group_of(
		struct pangenome *p, const struct layout_input *in, uint32_t *out, struct err *err)
{
	uint32_t group;

	pthread_mutex_lock(&p->lock);
	group = p->groups[in->contig];
	pthread_mutex_unlock(&p->lock);
	if (group == CATALOG_NONE) {
		group = layout_group(in);
		if (group == CATALOG_NONE)
			return err_set(err, -ENOMEM, "out of memory");
		pthread_mutex_lock(&p->lock);
		p->groups[in->contig] = group;
		pthread_mutex_unlock(&p->lock);
	}
	*out = group;
	return 0;
}

int pangenome_component(struct pangenome *p, uint32_t component, struct index_parts *parts,
		struct layout *out, struct err *err)
{
	struct layout_input in = { .graph = &p->graph,
		.catalog = &p->catalog,
		.contig = CATALOG_NONE,
		.component = component,
		.block_bp = p->o.block_bp,
		.pool = p->pool };
	struct index index;
	int r = pangenome_parts(p, &in.parts, err);

	if (r == 0)
		r = layout_build(&in, parts, err);
	if (r == 0)
		r = index_of_parts(parts, &index, err);
	return r < 0 ? r : layout_of_index(&p->graph, &index, out, err);
}

int pangenome_layout(struct pangenome *p, uint32_t contig, const struct layout **out,
		uint32_t *in_layout, struct err *err)
{
	struct layout_input in = { .graph = &p->graph,
		.catalog = &p->catalog,
		.contig = contig,
		.block_bp = p->o.block_bp,
		.pool = p->pool };
	struct recipe recipe = { NULL, build_layout, open_layout, &in };
	const struct layout *l;
	char what[WHAT_LEN];
	char suffix[16];
	uint32_t group = contig;
	int r = pangenome_parts(p, &in.parts, err);

	if (r == 0)
		r = group_of(p, &in, &group, err);
	if (r < 0)
		return r;
	reference_suffix(p, suffix);
	snprintf(what, sizeof(what), "blocks-%u-%llu%s", group, (unsigned long long)p->o.block_bp,
			suffix);
	recipe.what = what;
	r = lazy_get(p, &p->layouts[group], &recipe, err);
	if (r < 0)
		return r;
	l = &p->layouts[group].layout;
	for (uint32_t i = 0; i < l->n_contigs; i++)
		if (l->contigs[i].contig == contig) {
			*out = l;
			*in_layout = i;
			return 0;
		}
	return err_set(err, -EBADMSG, "%s: the index of blocks is damaged", p->o.source);
}

/* ---- chains ---- */

static int build_chains(void *arg, struct index_parts *out, struct err *err)
{
	return call_chains_build(arg, out, err);
}

static int open_chains(const struct graph *g, struct lazy *lazy, struct err *err)
{
	return call_chains_of_index(g, &lazy->index, &lazy->chains, err);
}

int pangenome_call_chains(struct pangenome *p, uint32_t contig, const struct call_chains **out,
		struct err *err)
{
	struct chains_input in = { .graph = &p->graph, .catalog = &p->catalog, .pool = p->pool };
	struct recipe recipe = { NULL, build_chains, open_chains, &in };
	char what[WHAT_LEN];
	char suffix[16];
	int r = pangenome_layout(p, contig, &in.layout, &in.contig, err);

	reference_suffix(p, suffix);
	snprintf(what, sizeof(what), "chains-%u%s", contig, suffix);
	recipe.what = what;
	if (r == 0)
		r = lazy_get(p, &p->chains[contig], &recipe, err);
	if (r == 0)
		*out = &p->chains[contig].chains;
	return r;
}
