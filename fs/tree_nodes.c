/* SPDX-License-Identifier: MIT */
#include "fs/tree_private.h"

#include <errno.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/view/view.h"
#include "fs/graph_nodes.h"
#include "fs/stats_files.h"
#include "fs/tree_names.h"

#define README_NAME "README"

/* The `@` folders, by enum query_kind. */
const struct at_folder at_folders[N_QUERY_FOLDERS] = {
	[QUERY_REGION] = { "@region",
			"What overlaps a region, as bcftools view -r has it:\n\n"
			"\t@region/chr20:1000001-2000000/\n"
			"\t@region/chr20:1000001-,chr21/\n\n"
			"Positions are 1-based, ranges closed; several are joined by ','. The "
			"contig may\n"
			"be left out in the folder of one. A contig whose name has ':' or ',' is "
			"given in\n"
			"braces: {HLA*01:01}:1-500. Such folders are looked up, not listed.\n" },
	[QUERY_SAMPLES] = { "@samples",
			"Some samples, in the order given, as bcftools view -I -s has them:\n\n"
			"\t@samples/NA12878,NA12891/\n"
			"\t@samples/^NA12878/             all but those\n"
			"\t@samples/eur/                  a list: mount -o samples:eur=FILE\n\n"
			"INFO stays as it is (@samples+ counts AC and AN). A ',' in a name is "
			"given as\n"
			"%2C, a '/' as %2F, a '%' as %25. Such folders are looked up, not "
			"listed.\n" },
	[QUERY_SAMPLES_COUNTED] = { "@samples+",
			"As @samples, with AC and AN counted for the samples that are left, as\n"
			"bcftools view -s has them.\n" },
	[QUERY_PART] = { "@part", "One of n parts, equal by records up to one, for array jobs:\n\n"
				  "\t@part/3-of-16/\n\n"
				  "Such folders are looked up, not listed.\n" },
	[QUERY_WHERE] = { "@where", "Sites that pass filters, joined by ',':\n\n"
				    "\t@where/maf>=0.01,pass/\n"
				    "\t@where/type=snp,ac>=2,missing<0.05,qual>=30/\n\n"
				    "Such folders are looked up, not listed.\n" },
};

/* ---- nodes ---- */

static const struct store *store_of(const struct tree *t, const struct node *node)
{
	return t->sources[node->source].store;
}

static struct node node_of_source(const struct tree *t, uint32_t source)
{
	if (t->sources[source].kind == SOURCE_GRAPH)
		return graph_top(source);
	return (struct node){ .type = NODE_DATASET, .level = DATASET_STORE, .source = source };
}

static struct node node_of_contig(const struct node *in_source, uint32_t contig)
{
	return (struct node){ .type = NODE_DATASET,
		.level = DATASET_CONTIG,
		.source = in_source->source,
		.number = contig };
}

/* Block @index of the contig that @blocks belongs to. */
static struct node node_of_block(const struct tree *t, const struct node *blocks, uint32_t index)
{
	const struct contig_info *contig = store_contig(store_of(t, blocks), blocks->number);

	return (struct node){ .type = NODE_DATASET,
		.level = DATASET_BLOCK,
		.source = blocks->source,
		.number = contig->first_chunk + index };
}

void node_done(struct node *node)
{
	query_put(node->held);
	node->held = NULL;
}

static struct node node_beside(const struct node *dataset, enum node_type type, uint32_t row)
{
	struct node node = *dataset;

	node.type = type;
	node.row = row;
	if (node.held)
		query_get(node.held);
	return node;
}

/* The folder of a query. @q: the reference is the node's from here on. */
static struct node node_of_query(const struct tree *t, struct query *q, uint64_t folder)
{
	struct dataset d = query_dataset(q);
	struct node node = { .type = NODE_DATASET,
		.level = d.level,
		.number = d.contig,
		.query = query_serial(q),
		.held = q,
		.folder = folder };

	while (t->sources[node.source].store != d.store)
		node.source++;
	return node;
}

static struct node parent_of(const struct tree *t, const struct node *folder)
{
	struct node root = { .type = NODE_ROOT };
	struct node above;

	if (folder->type == NODE_GRAPH)
		return graph_parent(tree_graph(t, folder), folder);
	if (folder->type == NODE_AT)
		return node_beside(folder, NODE_DATASET, 0);
	if (folder->query)
		return tree_node(t, folder->folder, &above) ? above : root;
	if (folder->type == NODE_BLOCKS)
		return node_of_contig(folder, folder->number);
	if (folder->type != NODE_DATASET || folder->level == DATASET_STORE)
		return root;
	if (folder->level == DATASET_CONTIG)
		return node_of_source(t, folder->source);
	return (struct node){ .type = NODE_BLOCKS,
		.level = DATASET_CONTIG,
		.source = folder->source,
		.number = store_chunk(store_of(t, folder), folder->number)->contig };
}

bool tree_node(const struct tree *t, uint64_t ino, struct node *out)
{
	struct node node;
	uint32_t source;
	uint64_t number;

	if (inode_in_graph(ino, &source, &number))
		return source < t->n_sources && t->sources[source].kind == SOURCE_GRAPH &&
		       graph_node(t->sources[source].graph, source, number, out);
	if (!inode_node(ino, &node))
		return false;
	if (node.type == NODE_STATS_FILE && node.row >= n_stats_files)
		return false;
	if (node.type == NODE_VIEW && node.row >= n_view_kinds)
		return false;
	if (node.query) {
		uint64_t folder;
		struct query *q = queries_get(t->queries, node.query, &folder);
		struct node of_query;

		if (!q)
			return false;
		of_query = node_of_query(t, q, folder);
		of_query.type = node.type;
		of_query.row = node.row;
		*out = of_query;
		return true;
	}
	if (node.type >= NODE_DATASET) {
		uint32_t n;

		if (node.source >= t->n_sources || t->sources[node.source].kind != SOURCE_STORE)
			return false;
		n = node.level == DATASET_STORE    ? 1
		    : node.level == DATASET_CONTIG ? store_n_contigs(store_of(t, &node))
						   : store_n_chunks(store_of(t, &node));
		if (node.number >= n)
			return false;
	}
	*out = node;
	return true;
}

struct dataset tree_dataset(const struct tree *t, const struct node *node)
{
	const struct dataset *store = &t->sources[node->source].dataset;
	const struct chunk_info *chunk;
	struct dataset contig;

	if (node->held)
		return query_dataset(node->held);
	if (node->level == DATASET_STORE)
		return *store;
	if (node->level == DATASET_CONTIG)
		return dataset_of_contig(store, node->number);
	chunk = store_chunk(store->store, node->number);
	contig = dataset_of_contig(store, chunk->contig);
	return dataset_of_block(&contig, chunk->index);
}

/* ---- lookup ---- */

static int lookup_in_root(const struct tree *t, const char *name, struct node *out)
{
	uint32_t source;

	if (strcmp(name, STATS_FOLDER_NAME) == 0) {
		*out = (struct node){ .type = NODE_STATS_FOLDER };
		return 0;
	}
	if (names_find(t->names, name, strlen(name), &source) < 0)
		return -ENOENT;
	*out = node_of_source(t, source);
	return 0;
}

static int lookup_in_stats(const char *name, struct node *out)
{
	for (unsigned row = 0; row < n_stats_files; row++) {
		if (strcmp(name, stats_files[row].name) != 0)
			continue;
		*out = (struct node){ .type = NODE_STATS_FILE, .row = row };
		return 0;
	}
	return -ENOENT;
}

/* Whether a dataset has the `@` folder of that kind. */
static bool has_at(const struct dataset *d, uint32_t kind)
{
	return kind != QUERY_SAMPLES && kind != QUERY_SAMPLES_COUNTED ? true
								      : dataset_n_samples(d) > 0;
}

static int lookup_query(const struct tree *t, const struct node *folder, const struct dataset *d,
		enum query_kind kind, const char *name, const char *text, struct node *out,
		struct err *err)
{
	struct query_place place = { .folder = inode_of(folder), .name = name, .text = text };
	struct query *q;
	int r = queries_open(t->queries, &place, d, kind, &t->lists, &q, err);

	if (r == 0)
		*out = node_of_query(t, q, place.folder);
	return r;
}

/* Several contigs may be left in a query: it has folders for them. */
static bool has_contigs(const struct dataset *d)
{
	uint32_t first;

	if (d->level != DATASET_STORE)
		return false;
	if (!d->query)
		return true;
	first = query_next_contig(d->query, 0);
	return first != UINT32_MAX && query_next_contig(d->query, first + 1) != UINT32_MAX;
}

static int lookup_contig(const struct tree *t, const struct node *folder, const struct dataset *d,
		const char *name, struct node *out, struct err *err)
{
	CLEANUP(freep) char *text = NULL;
	const struct name *true_name;
	uint32_t contig;

	if (!has_contigs(d) || names_find(t->sources[folder->source].contigs, name, strlen(name),
					       &contig) < 0)
		return -ENOENT;
	if (!d->query) {
		*out = node_of_contig(folder, contig);
		return 0;
	}
	if (query_next_contig(d->query, contig) != contig)
		return -ENOENT;
	true_name = &store_contig(d->store, contig)->name;
	text = strndup(true_name->s, true_name->len);
	if (!text)
		return err_set(err, -ENOMEM, "out of memory");
	return lookup_query(t, folder, d, QUERY_CONTIG, name, text, out, err);
}

static int lookup_in_dataset(const struct tree *t, const struct node *folder, const char *name,
		struct node *out, struct err *err)
{
	unsigned row = tree_find_kind(name);
	struct dataset d = tree_dataset(t, folder);

	if (row < n_view_kinds && view_exists(&view_kinds[row], &d)) {
		*out = node_beside(folder, NODE_VIEW, row);
		return 0;
	}
	for (uint32_t kind = 0; kind < N_QUERY_FOLDERS; kind++)
		if (strcmp(name, at_folders[kind].name) == 0 && has_at(&d, kind)) {
			*out = node_beside(folder, NODE_AT, kind);
			return 0;
		}
	if (folder->level == DATASET_CONTIG && !folder->query && strcmp(name, BLOCKS_NAME) == 0) {
		*out = node_beside(folder, NODE_BLOCKS, 0);
		return 0;
	}
	return lookup_contig(t, folder, &d, name, out, err);
}

static int lookup_in_at(const struct tree *t, const struct node *folder, const char *name,
		struct node *out, struct err *err)
{
	struct dataset d = tree_dataset(t, folder);

	if (strcmp(name, README_NAME) == 0) {
		*out = node_beside(folder, NODE_README, folder->row);
		return 0;
	}
	return lookup_query(t, folder, &d, folder->row, name, name, out, err);
}

static int lookup_in_blocks(
		const struct tree *t, const struct node *folder, const char *name, struct node *out)
{
	uint32_t index;

	if (!tree_parse_block_name(name, &index) ||
			index >= store_contig(store_of(t, folder), folder->number)->n_chunks)
		return -ENOENT;
	*out = node_of_block(t, folder, index);
	return 0;
}

int tree_lookup(const struct tree *t, const struct node *folder, const char *name, struct node *out,
		struct err *err)
{
	switch (folder->type) {
	case NODE_ROOT:
		return lookup_in_root(t, name, out);
	case NODE_STATS_FOLDER:
		return lookup_in_stats(name, out);
	case NODE_DATASET:
		return lookup_in_dataset(t, folder, name, out, err);
	case NODE_AT:
		return lookup_in_at(t, folder, name, out, err);
	case NODE_BLOCKS:
		return lookup_in_blocks(t, folder, name, out);
	case NODE_GRAPH:
		if (!node_is_folder(folder))
			return -ENOTDIR;
		return graph_lookup(tree_graph(t, folder), folder, name, out, err);
	default:
		return -ENOTDIR;
	}
}

/* ---- listing ---- */

static void put_name(char name[NAME_MAX + 1], const char *s)
{
	size_t n = strnlen(s, NAME_MAX);

	memcpy(name, s, n);
	name[n] = '\0';
}

static bool entry_of_root(const struct tree *t, uint64_t i, char *name, struct node *out)
{
	if (i == 0) {
		put_name(name, STATS_FOLDER_NAME);
		*out = (struct node){ .type = NODE_STATS_FOLDER };
		return true;
	}
	if (i > t->n_sources)
		return false;
	put_name(name, t->sources[i - 1].name);
	*out = node_of_source(t, (uint32_t)(i - 1));
	return true;
}

static bool entry_of_stats(uint64_t i, char *name, struct node *out)
{
	if (i >= n_stats_files)
		return false;
	put_name(name, stats_files[i].name);
	*out = (struct node){ .type = NODE_STATS_FILE, .row = (uint32_t)i };
	return true;
}

/* The @i-th contig that a query may have records of. */
static bool entry_of_contigs(const struct tree *t, const struct node *folder,
		const struct dataset *d, uint64_t i, char *name, struct node *out)
{
	uint32_t contig = query_next_contig(d->query, 0);

	while (i-- > 0 && contig != UINT32_MAX)
		contig = query_next_contig(d->query, contig + 1);
	if (contig == UINT32_MAX)
		return false;
	put_name(name, names_get(t->sources[folder->source].contigs, contig)->s);
	/* It has no number before it is looked up: the listing gives it none. */
	*out = (struct node){ .type = NODE_DATASET, .level = DATASET_CONTIG, .unnumbered = true };
	return true;
}

/* The files, the `@` folders, and then the contigs, or the one folder `blocks` of a contig. */
static bool entry_of_dataset(const struct tree *t, const struct node *folder, uint64_t i,
		char *name, struct node *out)
{
	struct dataset d = tree_dataset(t, folder);

	for (uint32_t row = 0; row < n_view_kinds; row++) {
		if (!view_exists(&view_kinds[row], &d))
			continue;
		if (i-- > 0)
			continue;
		put_name(name, view_kinds[row].name);
		*out = node_beside(folder, NODE_VIEW, row);
		return true;
	}
	for (uint32_t kind = 0; kind < N_QUERY_FOLDERS; kind++) {
		if (!has_at(&d, kind))
			continue;
		if (i-- > 0)
			continue;
		put_name(name, at_folders[kind].name);
		*out = node_beside(folder, NODE_AT, kind);
		return true;
	}
	if (folder->level == DATASET_CONTIG && !folder->query && i == 0) {
		put_name(name, BLOCKS_NAME);
		*out = node_beside(folder, NODE_BLOCKS, 0);
		return true;
	}
	if (!has_contigs(&d))
		return false;
	if (d.query)
		return entry_of_contigs(t, folder, &d, i, name, out);
	if (i >= store_n_contigs(d.store))
		return false;
	put_name(name, names_get(t->sources[folder->source].contigs, (uint32_t)i)->s);
	*out = node_of_contig(folder, (uint32_t)i);
	return true;
}

static bool entry_of_at(const struct node *folder, uint64_t i, char *name, struct node *out)
{
	if (i > 0)
		return false;
	put_name(name, README_NAME);
	*out = node_beside(folder, NODE_README, folder->row);
	return true;
}

static bool entry_of_blocks(const struct tree *t, const struct node *folder, uint64_t i, char *name,
		struct node *out)
{
	if (i >= store_contig(store_of(t, folder), folder->number)->n_chunks)
		return false;
	tree_block_name((uint32_t)i, name);
	*out = node_of_block(t, folder, (uint32_t)i);
	return true;
}

int tree_entry(const struct tree *t, const struct node *folder, uint64_t i, char name[NAME_MAX + 1],
		struct node *out, struct err *err)
{
	if (i < 2) {
		put_name(name, i == 0 ? "." : "..");
		*out = i == 0 ? node_beside(folder, folder->type, folder->row)
			      : parent_of(t, folder);
		return 1;
	}
	i -= 2;
	switch (folder->type) {
	case NODE_ROOT:
		return entry_of_root(t, i, name, out);
	case NODE_STATS_FOLDER:
		return entry_of_stats(i, name, out);
	case NODE_DATASET:
		return entry_of_dataset(t, folder, i, name, out);
	case NODE_AT:
		return entry_of_at(folder, i, name, out);
	case NODE_BLOCKS:
		return entry_of_blocks(t, folder, i, name, out);
	case NODE_GRAPH:
		return graph_entry(tree_graph(t, folder), folder, i, name, out, err);
	default:
		return 0;
	}
}

uint32_t tree_n_subfolders(const struct tree *t, const struct node *folder)
{
	struct dataset d;
	uint32_t n = 0;

	if (folder->type == NODE_ROOT)
		return t->n_sources + 1;
	if (folder->type == NODE_BLOCKS)
		return store_contig(store_of(t, folder), folder->number)->n_chunks;
	if (folder->type != NODE_DATASET)
		return 0;
	d = tree_dataset(t, folder);
	for (uint32_t kind = 0; kind < N_QUERY_FOLDERS; kind++)
		n += has_at(&d, kind);
	if (folder->level == DATASET_CONTIG && !folder->query)
		n++; /* blocks */
	if (!has_contigs(&d))
		return n;
	if (!d.query)
		return n + store_n_contigs(d.store);
	for (uint32_t c = query_next_contig(d.query, 0); c != UINT32_MAX;
			c = query_next_contig(d.query, c + 1))
		n++;
	return n;
}
