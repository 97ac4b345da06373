/* SPDX-License-Identifier: MIT */
#include "fs/graph_nodes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/deadline.h"
#include "core/base/stats.h"
#include "fs/log.h"

enum { LOG_EVERY = 10 }; /* seconds, while a graph is loaded */

/* ---- opening ---- */

struct loading {
	const char *pathname;
	uint64_t next; /* stat_clock() when it is time for a line again */
};

static void log_progress(void *arg, uint64_t done, uint64_t total)
{
	struct loading *l = arg;
	uint64_t now = stat_clock();

	if (now < l->next || !total)
		return;
	l->next = now + (uint64_t)LOG_EVERY * NS_PER_S;
	log_line("%s: is loaded into memory: %.0f %%", l->pathname,
			100.0 * (double)done / (double)total);
}

/* The list of references as the catalog wants it; NULL where none is named. Return: 0; -ENOMEM. */
static int list_references(const struct options *o, char **out)
{
	char *list = o->reference ? strdup(o->reference) : NULL;

	if (o->reference && !list)
		return -ENOMEM;
	for (char *p = list; p && *p; p++)
		if (*p == '+')
			*p = ',';
	*out = list;
	return 0;
}

int graph_open(const struct options *o, const char *pathname, size_t budget, struct pangenome **out,
		struct err *err)
{
	CLEANUP(freep) char *references = NULL;
	/* The server leaves the folder that it was started in, and opens objects later too. */
	CLEANUP(freep) char *folder = realpath(o->shm, NULL);
	struct loading loading = { .pathname = pathname,
		.next = stat_clock() + (uint64_t)LOG_EVERY * NS_PER_S };
	struct pangenome_options options = { .source = pathname,
		.folder = folder,
		.block_bp = o->block_bp,
		.gap_bp = o->gap_bp,
		.budget = budget,
		.progress = log_progress,
		.arg = &loading };

	if (!folder)
		return err_set(err, -errno, "shm=%s: %m", o->shm);
	if (list_references(o, &references) < 0)
		return err_set(err, -ENOMEM, "out of memory");
	options.references = references;
	return pangenome_open(&options, out, err);
}

/* ---- nodes ---- */

static struct node as_node(uint32_t source, const struct pg_node *graph)
{
	return (struct node){ .type = NODE_GRAPH, .source = source, .graph = *graph };
}

static struct node folder_node(uint32_t source, struct pg_folder folder)
{
	const struct pg_node graph = { .folder = folder, .type = PG_IS_FOLDER };

	return as_node(source, &graph);
}

struct node graph_top(uint32_t source)
{
	return folder_node(source, (struct pg_folder){ .level = PG_GRAPH });
}

bool graph_node(struct pangenome *p, uint32_t source, uint64_t number, struct node *out)
{
	struct pg_node graph;

	if (!pg_of_number(p, number, &graph))
		return false;
	*out = as_node(source, &graph);
	return true;
}

int graph_lookup(struct pangenome *p, const struct node *folder, const char *name, struct node *out,
		struct err *err)
{
	struct pg_node graph;
	int r = pg_lookup(p, &folder->graph.folder, name, &graph, err);

	if (r == 0)
		*out = as_node(folder->source, &graph);
	return r;
}

int graph_entry(struct pangenome *p, const struct node *folder, uint64_t i, char name[NAME_MAX + 1],
		struct node *out, struct err *err)
{
	struct pg_node graph;
	int r = pg_entry(p, &folder->graph.folder, i, name, &graph, err);

	if (r > 0)
		*out = as_node(folder->source, &graph);
	return r;
}

struct node graph_parent(const struct pangenome *p, const struct node *folder)
{
	if (folder->graph.folder.level == PG_GRAPH)
		return (struct node){ .type = NODE_ROOT };
	return folder_node(folder->source, pg_parent(p, &folder->graph.folder));
}

/* ---- attributes ---- */

static int size_of_file(
		struct pangenome *p, const struct pg_node *file, uint64_t *size, struct err *err)
{
	struct pg_file *f;
	int r = pg_file_get(p, &file->folder, file->row, &f, err);

	if (r < 0)
		return r;
	*size = f->size;
	pg_file_put(f);
	return 0;
}

int graph_stat(struct pangenome *p, const struct node *node, bool size_too, struct stat *st,
		struct err *err)
{
	const char *target;
	uint64_t size = 0;
	int r = 0;

	st->st_nlink = 1; /* of a folder: how many are in it is not said, since it may be work */
	switch (node->graph.type) {
	case PG_IS_FOLDER:
		st->st_mode = S_IFDIR;
		break;
	case PG_IS_LINK:
		target = pg_link_target(p);
		st->st_mode = S_IFLNK;
		size = target ? strlen(target) : 0;
		break;
	case PG_IS_README:
		st->st_mode = S_IFREG;
		size = strlen(pg_region_readme);
		break;
	case PG_IS_FILE:
		st->st_mode = S_IFREG;
		if (size_too)
			r = size_of_file(p, &node->graph, &size, err);
		break;
	}
	st->st_size = (off_t)size;
	return r;
}

bool graph_is_momentary(const struct node *node)
{
	return node->type == NODE_GRAPH && node->graph.type == PG_IS_FILE &&
	       pg_file_kinds[node->graph.row].momentary;
}
