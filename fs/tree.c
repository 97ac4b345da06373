/* SPDX-License-Identifier: MIT */
#include "fs/tree.h"

#include <errno.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/view/made.h"
#include "core/view/view.h"
#include "fs/stats_files.h"
#include "fs/tree_names.h"

enum {
	BLOCK_SIZE = 128 << 10, /* st_blksize: stdio sizes its buffers by it */
	DISK_BLOCK = 512,       /* what st_blocks counts in */
	MADE_SHARE = 16         /* of cache_size, beside it, one part for indexes */
};

struct source {
	const char *name;      /* of tree.names */
	struct store *store;   /* owned */
	struct names *contigs; /* names of the contigs' folders, numbered as the contigs; owned */
	struct dataset dataset;
};

struct tree {
	const struct options *o;
	struct names *names;    /* names of the sources' folders, numbered as the sources; owned */
	struct source *sources; /* owned */
	uint32_t n_sources;
	struct timespec newest;  /* of the stores' times */
	struct timespec mounted; /* when the tree was made */
	uint64_t total_bytes;    /* of the files in the stores' own folders */
	struct made_files *made; /* owned */
};

/* ---- making one ---- */

/* Give the next number of @names to the folder name that @s becomes. */
static int add_name(
		struct names *names, const char *s, size_t len, bool in_dataset, struct err *err)
{
	char folder[NAME_MAX + 1];
	uint32_t before = names_count(names);
	uint32_t id;
	int r;

	tree_encode_name(s, len, in_dataset, folder);
	r = names_intern(names, folder, strlen(folder), &id);
	if (r < 0)
		return err_set(err, r, "folder '%s': %s", folder, strerror(-r));
	if (id != before)
		return err_set(err, -EINVAL, "the folder '%s' comes twice", folder);
	return 0;
}

static int name_contigs(struct source *source, struct err *err)
{
	int r = names_new(&source->contigs);

	if (r < 0)
		return err_set(err, r, "out of memory");
	for (uint32_t i = 0; i < store_n_contigs(source->store); i++) {
		const struct name *name = &store_contig(source->store, i)->name;

		r = add_name(source->contigs, name->s, name->len, true, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* A name that was chosen must be usable as it is: an encoded one would surprise. */
static int check_given_name(const char *name, struct err *err)
{
	char folder[NAME_MAX + 1];

	tree_encode_name(name, strlen(name), false, folder);
	if (*name == '\0' || strcmp(folder, name) != 0)
		return err_set(err, -EINVAL,
				"NAME '%s' cannot be a folder's here: at most 255 bytes, no '/', "
				"'%%' or control byte, not beginning with '.' or '@'",
				name);
	return 0;
}

static int name_source(struct tree *t, const struct source_arg *arg, struct err *err)
{
	const char *stem = strrchr(arg->pathname, '/');
	size_t len;
	int r;

	if (arg->name) {
		r = check_given_name(arg->name, err);
		return r < 0 ? r : add_name(t->names, arg->name, strlen(arg->name), false, err);
	}
	stem = stem ? stem + 1 : arg->pathname;
	len = strlen(stem);
	if (len > 4 && strcmp(stem + len - 4, ".gst") == 0)
		len -= 4;
	if (len == 0)
		return err_set(err, -EINVAL, "no NAME to be had from it; say NAME=SOURCE");
	r = add_name(t->names, stem, len, false, err);
	if (r == -EINVAL)
		return err_cure(err, r, "tell them apart with NAME=SOURCE");
	return r;
}

static bool is_newer(struct timespec a, struct timespec b)
{
	return a.tv_sec > b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}

static int add_source(struct tree *t, const struct source_arg *arg, struct block_cache *cache,
		struct err *err)
{
	struct source *source = &t->sources[t->n_sources];
	int r;

	r = name_source(t, arg, err);
	if (r < 0)
		return err_prefix(err, r, "%s", arg->pathname);
	r = store_open(arg->pathname, &source->store, err);
	if (r < 0)
		return r;
	source->name = names_get(t->names, t->n_sources)->s;
	t->n_sources++;
	source->dataset = dataset_of_store(source->store, cache);
	source->dataset.made = t->made;
	r = name_contigs(source, err);
	if (r < 0)
		return err_prefix(err, r, "%s", arg->pathname);
	if (is_newer(store_mtime(source->store), t->newest))
		t->newest = store_mtime(source->store);
	return 0;
}

static int add_up_sizes(struct tree *t, struct err *err)
{
	for (uint32_t i = 0; i < t->n_sources; i++) {
		for (unsigned row = 0; row < n_view_kinds; row++) {
			uint64_t size;
			const struct view_kind *k = &view_kinds[row];
			const struct dataset *d = &t->sources[i].dataset;
			int r = 0;

			if (k->lazy || !view_exists(k, d))
				continue;
			r = view_size(k, d, &size, err);

			if (r < 0)
				return err_prefix(err, r, "%s", k->name);
			if (__builtin_add_overflow(t->total_bytes, size, &t->total_bytes))
				t->total_bytes = UINT64_MAX;
		}
	}
	return 0;
}

int tree_open(const struct options *o, struct block_cache *cache, struct tree **out,
		struct err *err)
{
	CLEANUP(tree_closep) struct tree *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return err_set(err, -ENOMEM, "out of memory");
	if (o->n_sources > INODE_MAX_SOURCES)
		return err_set(err, -EINVAL,
				"more than %d sources; mount the rest in another folder",
				INODE_MAX_SOURCES);
	t->o = o;
	clock_gettime(CLOCK_REALTIME, &t->mounted);
	r = names_new(&t->names);
	if (r == 0)
		r = made_files_new(o->cache_size / MADE_SHARE, &t->made);
	if (r < 0)
		return err_set(err, r, "out of memory");
	t->sources = calloc(o->n_sources, sizeof(*t->sources));
	if (!t->sources)
		return err_set(err, -ENOMEM, "out of memory");
	for (unsigned i = 0; i < o->n_sources; i++) {
		r = add_source(t, &o->sources[i], cache, err);
		if (r < 0)
			return r;
	}
	r = add_up_sizes(t, err);
	if (r < 0)
		return r;

	*out = t;
	t = NULL;
	return 0;
}

void tree_close(struct tree *t)
{
	if (!t)
		return;
	for (uint32_t i = 0; i < t->n_sources; i++) {
		names_free(t->sources[i].contigs);
		store_close(t->sources[i].store);
	}
	free(t->sources);
	names_free(t->names);
	made_files_free(t->made);
	free(t);
}

void tree_closep(struct tree **t)
{
	tree_close(*t);
}

size_t tree_cache_need(const struct tree *t, const char **pathname)
{
	size_t most = 0;

	for (uint32_t i = 0; i < t->n_sources; i++) {
		size_t need = block_cache_need(t->sources[i].store);

		if (need < most)
			continue;
		most = need;
		*pathname = store_pathname(t->sources[i].store);
	}
	return most;
}

void tree_write_sources(const struct tree *t, const char *prefix, struct buf *out)
{
	for (uint32_t i = 0; i < t->n_sources; i++)
		buf_printf(out, "%s%s=%s\n", prefix, t->sources[i].name,
				store_pathname(t->sources[i].store));
}

/* ---- nodes ---- */

static const struct store *store_of(const struct tree *t, const struct node *node)
{
	return t->sources[node->source].store;
}

static struct node node_of_source(uint32_t source)
{
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

static struct node node_beside(const struct node *dataset, enum node_type type, uint32_t row)
{
	struct node node = *dataset;

	node.type = type;
	node.row = row;
	return node;
}

static struct node parent_of(const struct tree *t, const struct node *folder)
{
	struct node root = { .type = NODE_ROOT };

	if (folder->type == NODE_BLOCKS)
		return node_of_contig(folder, folder->number);
	if (folder->type != NODE_DATASET || folder->level == DATASET_STORE)
		return root;
	if (folder->level == DATASET_CONTIG)
		return node_of_source(folder->source);
	return (struct node){ .type = NODE_BLOCKS,
		.level = DATASET_CONTIG,
		.source = folder->source,
		.number = store_chunk(store_of(t, folder), folder->number)->contig };
}

bool tree_node(const struct tree *t, uint64_t ino, struct node *out)
{
	struct node node;

	if (!inode_node(ino, &node))
		return false;
	if (node.type == NODE_STATS_FILE && node.row >= n_stats_files)
		return false;
	if (node.type == NODE_VIEW && node.row >= n_view_kinds)
		return false;
	if (node.type >= NODE_DATASET) {
		uint32_t n;

		if (node.source >= t->n_sources)
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
	*out = node_of_source(source);
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

static int lookup_in_dataset(
		const struct tree *t, const struct node *folder, const char *name, struct node *out)
{
	unsigned row = tree_find_kind(name);
	struct dataset d = tree_dataset(t, folder);
	uint32_t contig;

	if (row < n_view_kinds && view_exists(&view_kinds[row], &d)) {
		*out = node_beside(folder, NODE_VIEW, row);
		return 0;
	}
	if (folder->level == DATASET_CONTIG && strcmp(name, BLOCKS_NAME) == 0) {
		*out = node_beside(folder, NODE_BLOCKS, 0);
		return 0;
	}
	if (folder->level != DATASET_STORE || names_find(t->sources[folder->source].contigs, name,
							      strlen(name), &contig) < 0)
		return -ENOENT;
	*out = node_of_contig(folder, contig);
	return 0;
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

int tree_lookup(const struct tree *t, const struct node *folder, const char *name, struct node *out)
{
	switch (folder->type) {
	case NODE_ROOT:
		return lookup_in_root(t, name, out);
	case NODE_STATS_FOLDER:
		return lookup_in_stats(name, out);
	case NODE_DATASET:
		return lookup_in_dataset(t, folder, name, out);
	case NODE_BLOCKS:
		return lookup_in_blocks(t, folder, name, out);
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
	*out = node_of_source((uint32_t)(i - 1));
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

/* The files, then the contigs of a store, or the one folder `blocks` of a contig. */
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
	if (folder->level == DATASET_CONTIG && i == 0) {
		put_name(name, BLOCKS_NAME);
		*out = node_beside(folder, NODE_BLOCKS, 0);
		return true;
	}
	if (folder->level != DATASET_STORE || i >= store_n_contigs(store_of(t, folder)))
		return false;
	put_name(name, names_get(t->sources[folder->source].contigs, (uint32_t)i)->s);
	*out = node_of_contig(folder, (uint32_t)i);
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

bool tree_entry(const struct tree *t, const struct node *folder, uint64_t i,
		char name[NAME_MAX + 1], struct node *out)
{
	if (i < 2) {
		put_name(name, i == 0 ? "." : "..");
		*out = i == 0 ? *folder : parent_of(t, folder);
		return true;
	}
	i -= 2;
	switch (folder->type) {
	case NODE_ROOT:
		return entry_of_root(t, i, name, out);
	case NODE_STATS_FOLDER:
		return entry_of_stats(i, name, out);
	case NODE_DATASET:
		return entry_of_dataset(t, folder, i, name, out);
	case NODE_BLOCKS:
		return entry_of_blocks(t, folder, i, name, out);
	default:
		return false;
	}
}

/* ---- attributes ---- */

static uint32_t n_subfolders(const struct tree *t, const struct node *folder)
{
	if (folder->type == NODE_ROOT)
		return t->n_sources + 1;
	if (folder->type == NODE_BLOCKS)
		return store_contig(store_of(t, folder), folder->number)->n_chunks;
	if (folder->type == NODE_STATS_FOLDER || folder->level == DATASET_BLOCK)
		return 0;
	return folder->level == DATASET_CONTIG ? 1 : store_n_contigs(store_of(t, folder));
}

static struct timespec time_of(const struct tree *t, const struct node *node)
{
	if (node->type == NODE_ROOT)
		return t->newest;
	if (node->type < NODE_DATASET)
		return t->mounted;
	return store_mtime(store_of(t, node));
}

int tree_stat(const struct tree *t, const struct node *node, struct stat *st, struct err *err)
{
	mode_t mode = t->o->mode;

	memset(st, 0, sizeof(*st));
	st->st_ino = inode_of(node);
	st->st_uid = t->o->uid;
	st->st_gid = t->o->gid;
	st->st_blksize = BLOCK_SIZE;
	st->st_mtim = time_of(t, node);
	st->st_ctim = st->st_mtim;
	st->st_atim = st->st_mtim;
	if (node_is_folder(node)) {
		st->st_mode = S_IFDIR | mode | mode >> 2; /* x where r */
		st->st_nlink = 2 + n_subfolders(t, node);
		return 0;
	}
	st->st_mode = S_IFREG | mode;
	st->st_nlink = 1;
	if (node->type == NODE_VIEW) {
		struct dataset d = tree_dataset(t, node);
		uint64_t size;
		int r = view_size(&view_kinds[node->row], &d, &size, err);

		if (r < 0)
			return r;
		st->st_size = (off_t)size;
		st->st_blocks = (blkcnt_t)(size / DISK_BLOCK + (size % DISK_BLOCK != 0));
	}
	return 0;
}

void tree_statfs(const struct tree *t, struct statvfs *out)
{
	memset(out, 0, sizeof(*out));
	out->f_bsize = BLOCK_SIZE;
	out->f_frsize = DISK_BLOCK;
	out->f_blocks = t->total_bytes / DISK_BLOCK + (t->total_bytes % DISK_BLOCK != 0);
	out->f_files = (fsfilcnt_t)t->n_sources * n_view_kinds;
	out->f_namemax = NAME_MAX;
}
