/* SPDX-License-Identifier: MIT */
/* What there is of what: names of samples and contigs, blocks, components without a reference. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/folder_name.h"
#include "core/pangenome/folder_parts.h"

/* ---- names ---- */

/* Samples have the first numbers of the table, contigs of references those behind them. */
static void sample_key(const char *folder, char *out, size_t size)
{
	snprintf(out, size, "s/%s", folder);
}

static void contig_key(uint32_t reference, const char *folder, char *out, size_t size)
{
	snprintf(out, size, "%u/%s", reference, folder);
}

enum { KEY_MAX = NAME_MAX + 16 };

static int add_name(struct pangenome *p, const char *key, struct err *err)
{
	uint32_t before = names_count(p->folders);
	uint32_t id;
	int r = names_intern(p->folders, key, strlen(key), &id);

	if (r < 0)
		return err_set(err, r, "%s: too many samples and contigs", p->o.source);
	return id == before ? 0
			    : err_set(err, -EBADMSG, "%s: the name of '%s' comes twice",
					      p->o.source, key);
}

int pangenome_name_folders(struct pangenome *p, struct err *err)
{
	const struct catalog *c = &p->catalog;
	char folder[NAME_MAX + 1];
	char key[KEY_MAX];
	int r = names_new(&p->folders);

	if (r < 0)
		return err_set(err, r, "out of memory");
	for (uint32_t i = 0; r == 0 && i < c->n_samples; i++) {
		folder_name_encode(c->samples[i].name.s, c->samples[i].name.len, false, folder);
		sample_key(folder, key, sizeof(key));
		r = add_name(p, key, err);
	}
	for (uint32_t i = 0; r == 0 && i < c->n_contigs; i++) {
		folder_name_encode(c->contigs[i].name.s, c->contigs[i].name.len, false, folder);
		contig_key(c->contigs[i].reference, folder, key, sizeof(key));
		r = add_name(p, key, err);
	}
	return r;
}

/* The folder's name that a number of the table has: what is behind the first '/'. */
void folder_put_name(const struct pangenome *p, uint32_t id, char name[NAME_MAX + 1])
{
	const char *key = names_get(p->folders, id)->s;

	snprintf(name, NAME_MAX + 1, "%s", strchr(key, '/') + 1);
}

bool folder_find_sample(struct pangenome *p, const char *name, uint32_t *sample)
{
	char key[KEY_MAX];

	if (strlen(name) > NAME_MAX)
		return false;
	sample_key(name, key, sizeof(key));
	return names_find(p->folders, key, strlen(key), sample) == 0;
}

bool folder_find_contig(struct pangenome *p, uint32_t reference, const char *name, uint32_t *contig)
{
	char key[KEY_MAX];
	uint32_t id;

	if (strlen(name) > NAME_MAX)
		return false;
	contig_key(reference, name, key, sizeof(key));
	if (names_find(p->folders, key, strlen(key), &id) < 0)
		return false;
	*contig = id - p->catalog.n_samples;
	return true;
}

/* ---- blocks and components ---- */

/* Blocks [first, first + n) of a contig. */
int folder_blocks(
		struct pangenome *p, uint32_t contig, uint64_t *first, uint64_t *n, struct err *err)
{
	uint64_t low = UINT64_MAX;
	uint64_t end = 0;
	const struct places *places;
	int r = pangenome_contig_places(p, contig, &places, err);

	if (r < 0)
		return r;
	for (uint64_t i = 0; i < places->n_spans; i++) {
		const struct path_span *s = &places->spans[i];
		struct path_info info;

		graph_path_info(&p->graph, s->path, &info);
		if (!s->n_bases)
			continue;
		low = info.fragment < low ? info.fragment : low;
		end = info.fragment + s->n_bases > end ? info.fragment + s->n_bases : end;
	}
	*first = end ? low / p->o.block_bp : 0;
	*n = end ? (end - 1) / p->o.block_bp - *first + 1 : 0;
	if (*first + *n > (uint64_t)1 << BLOCK_BITS)
		return err_set(err, -EOVERFLOW,
				"%s: blocks of %llu bases are too many; mount it with a larger "
				"block_bp=",
				p->o.source, (unsigned long long)p->o.block_bp);
	return 0;
}

static void mark_placed(const struct pangenome *p, const struct parts *parts, uint8_t *placed)
{
	const struct catalog *c = &p->catalog;

	for (uint32_t i = 0; i < c->n_contigs; i++)
		for (uint32_t k = 0; k < c->contigs[i].n_paths; k++) {
			uint32_t part = parts->path_parts[c->paths[c->contigs[i].first_path + k]];

			if (part < parts->n_parts)
				placed[part] = 1;
		}
}

/* Components without a reference: found once, kept. */
static int find_unplaced(struct pangenome *p, struct err *err)
{
	CLEANUP(freep) uint32_t *list = NULL;
	CLEANUP(freep) uint8_t *placed = NULL;
	const struct parts *parts;
	uint32_t n = 0;
	int r;

	pthread_mutex_lock(&p->lock);
	r = p->unplaced != NULL;
	pthread_mutex_unlock(&p->lock);
	if (r)
		return 0;
	r = pangenome_parts(p, &parts, err);
	if (r < 0)
		return r;
	placed = calloc(parts->n_parts + 1, 1);
	list = calloc(parts->n_parts + 1, sizeof(*list));
	if (!placed || !list)
		return err_set(err, -ENOMEM, "out of memory");
	mark_placed(p, parts, placed);
	for (uint32_t i = 0; i < parts->n_parts; i++)
		if (!placed[i])
			list[n++] = i;
	pthread_mutex_lock(&p->lock);
	if (!p->unplaced) {
		p->unplaced = list;
		p->n_unplaced = n;
		list = NULL;
	}
	pthread_mutex_unlock(&p->lock);
	return 0;
}

int folder_unplaced(struct pangenome *p, const uint32_t **list, uint32_t *n, struct err *err)
{
	int r = find_unplaced(p, err);

	if (r < 0)
		return r;
	*list = p->unplaced;
	*n = p->n_unplaced;
	return 0;
}
