/* SPDX-License-Identifier: MIT */
#include "fs/tree_private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/gtb/gtb_store.h"
#include "core/store/measured.h"
#include "core/view/made.h"
#include "core/view/view.h"
#include "fs/graph_nodes.h"
#include "fs/stats_files.h"
#include "fs/tree_names.h"

enum {
	BLOCK_SIZE = 128 << 10, /* st_blksize: stdio sizes its buffers by it */
	DISK_BLOCK = 512,       /* what st_blocks counts in */
	LIST_PIECE = 64 << 10,
	LIST_BYTES_MAX = 64 << 20, /* more than a million names */
	/* Of cache_size, beside it: for indexes, for queries, and for files of all pangenomes */
	MADE_SHARE = 16
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

static bool ends_in(const char *s, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len > n && memcmp(s + len - n, end, n) == 0;
}

/* What a file's name is without, as its folder's. */
static const struct {
	enum source_kind kind;
	const char *end;
} stem_ends[] = { { SOURCE_STORE, ".gst" }, { SOURCE_STORE, ".gtb" }, { SOURCE_GRAPH, ".gbz" } };

enum { N_STEM_ENDS = sizeof(stem_ends) / sizeof(stem_ends[0]) };

static int name_source(struct tree *t, const struct source_arg *arg, struct err *err)
{
	const bool is_store = t->sources[t->n_sources].kind == SOURCE_STORE;
	const char *stem = strrchr(arg->pathname, '/');
	size_t len;
	int r;

	if (arg->name) {
		r = check_given_name(arg->name, err);
		return r < 0 ? r : add_name(t->names, arg->name, strlen(arg->name), false, err);
	}
	stem = stem ? stem + 1 : arg->pathname;
	if (strncmp(arg->pathname, SHM_PREFIX, strlen(SHM_PREFIX)) == 0 && !is_store)
		stem = arg->pathname + strlen(SHM_PREFIX);
	len = strlen(stem);
	for (unsigned i = 0; i < N_STEM_ENDS; i++)
		if (len && t->sources[t->n_sources].kind == stem_ends[i].kind &&
				ends_in(stem, len, stem_ends[i].end)) {
			len -= strlen(stem_ends[i].end);
			break;
		}
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

static int open_store(
		const struct tree *t, struct source *source, const char *pathname, struct err *err)
{
	const struct gtb_options gtb = { .contigs = t->o->contigs,
		.memory = t->o->cache_size / TREE_GTB_SHARE / (t->n_gtbs + !t->n_gtbs) };

	return source->is_gtb ? gtb_store_open(pathname, &gtb, &source->store, err)
			      : store_open(pathname, &source->store, err);
}

static int add_store(struct tree *t, struct source *source, const char *pathname,
		struct block_cache *cache, struct err *err)
{
	int r = open_store(t, source, pathname, err);

	if (r < 0)
		return r;
	source->dataset = dataset_of_store(source->store, cache);
	source->dataset.made = t->made;
	r = name_contigs(source, err);
	return r < 0 ? err_prefix(err, r, "%s", pathname) : 0;
}

static int add_graph(
		const struct tree *t, struct source *source, const char *pathname, struct err *err)
{
	if (source - t->sources >= INODE_GRAPH_SOURCES)
		return err_set(err, -EINVAL,
				"%s: a pangenome must be among the first %d sources; mount it in "
				"another folder",
				pathname, INODE_GRAPH_SOURCES);
	return graph_open(t->o, pathname, t->o->cache_size / MADE_SHARE / t->n_graphs,
			&source->graph, err);
}

static struct timespec source_mtime(const struct source *source)
{
	return source->kind == SOURCE_GRAPH ? pangenome_mtime(source->graph)
					    : store_mtime(source->store);
}

static int open_source(struct tree *t, const struct source_arg *arg, struct block_cache *cache,
		struct err *err)
{
	struct source *source = &t->sources[t->n_sources];
	int r;

	r = name_source(t, arg, err);
	if (r < 0)
		return err_prefix(err, r, "%s", arg->pathname);
	source->name = names_get(t->names, t->n_sources)->s;
	t->n_sources++;
	r = source->kind == SOURCE_GRAPH ? add_graph(t, source, arg->pathname, err)
					 : add_store(t, source, arg->pathname, cache, err);
	if (r < 0)
		return r;
	if (is_newer(source_mtime(source), t->newest))
		t->newest = source_mtime(source);
	return 0;
}

static int add_source(struct tree *t, const struct source_arg *arg, struct block_cache *cache,
		struct err *err)
{
	int r = open_source(t, arg, cache, err);

	if (r < 0 && arg->listed) {
		err_prefix(err, r, "%s", arg->listed);
		if (r == -ENOENT) /* perhaps it was never meant as a list */
			err_cure(err, r, "a text file lists sources, one [NAME=]SOURCE a line");
	}
	return r;
}

static int add_sources(struct tree *t, struct block_cache *cache, struct err *err)
{
	int r = 0;

	t->sources = calloc(t->o->n_sources, sizeof(*t->sources));
	if (!t->sources)
		return err_set(err, -ENOMEM, "out of memory");
	for (unsigned i = 0; i < t->o->n_sources; i++) {
		const char *pathname = t->o->sources[i].pathname;

		if (pangenome_is_source(pathname)) {
			t->sources[i].kind = SOURCE_GRAPH;
			t->n_graphs++;
		} else {
			t->sources[i].is_gtb = gtb_looks_like(pathname);
			t->n_gtbs += t->sources[i].is_gtb;
		}
	}
	for (unsigned i = 0; r == 0 && i < t->o->n_sources; i++)
		r = add_source(t, &t->o->sources[i], cache, err);
	return r;
}

/* ---- lists of samples ---- */

/* The file's bytes, with a newline at the end. */
static int read_list(const char *pathname, char **out, size_t *len, struct err *err)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	CLEANUP(closep) int fd = open(pathname, O_RDONLY | O_CLOEXEC);
	ssize_t n = 1;

	if (fd < 0)
		return err_set(err, -errno, "%s: %m", pathname);
	while (n > 0) {
		if (text.len > LIST_BYTES_MAX)
			return err_set(err, -EFBIG, "%s: too long for a list of samples", pathname);
		if (!buf_reserve(&text, LIST_PIECE))
			return err_set(err, -ENOMEM, "out of memory");
		n = read(fd, text.data + text.len, LIST_PIECE);
		if (n < 0)
			return err_set(err, -errno, "%s: %m", pathname);
		text.len += (size_t)n;
	}
	if (text.len && text.data[text.len - 1] != '\n')
		buf_put_u8(&text, '\n');
	if (buf_failed(&text))
		return err_set(err, -ENOMEM, "out of memory");
	*len = text.len;
	*out = (char *)text.data;
	text.data = NULL;
	return 0;
}

static int read_lists(struct tree *t, struct err *err)
{
	struct sample_list *lists = calloc(t->o->n_lists + 1u, sizeof(*lists));
	int r = 0;

	if (!lists)
		return err_set(err, -ENOMEM, "out of memory");
	t->lists.lists = lists;
	for (unsigned i = 0; r == 0 && i < t->o->n_lists; i++) {
		lists[i].name = t->o->lists[i].name;
		r = read_list(t->o->lists[i].pathname, &lists[i].text, &lists[i].len, err);
		t->lists.n += r == 0;
	}
	return r;
}

/* Whether it takes decoding to know the size of the file. */
static bool is_measured(const struct view_kind *k, const struct store *s)
{
	return store_measured(s) && !k->counted;
}

bool tree_is_work(const struct tree *t, const struct node *node)
{
	if (node->type == NODE_GRAPH)
		return node->graph.type == PG_IS_FILE;
	if (node->type != NODE_VIEW)
		return false;
	return node->query || view_kinds[node->row].decodes ||
	       is_measured(&view_kinds[node->row], t->sources[node->source].store);
}

static int add_up_sizes(struct tree *t, struct err *err)
{
	for (uint32_t i = 0; i < t->n_sources; i++) {
		for (unsigned row = 0; row < n_view_kinds; row++) {
			uint64_t size;
			const struct view_kind *k = &view_kinds[row];
			const struct dataset *d = &t->sources[i].dataset;
			int r = 0;

			if (t->sources[i].kind != SOURCE_STORE || k->lazy || !view_exists(k, d) ||
					is_measured(k, d->store))
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
	if (r == 0)
		r = queries_new(o->cache_size / MADE_SHARE, t->made, &t->queries);
	if (r < 0)
		return err_set(err, r, "out of memory");
	r = add_sources(t, cache, err);
	if (r == 0)
		r = read_lists(t, err);
	if (r == 0)
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
	queries_free(t->queries);
	for (unsigned i = 0; i < t->lists.n; i++)
		free(t->lists.lists[i].text);
	free(t->lists.lists);
	for (uint32_t i = 0; i < t->n_sources; i++) {
		names_free(t->sources[i].contigs);
		store_close(t->sources[i].store);
		pangenome_close(t->sources[i].graph);
	}
	free(t->sources);
	names_free(t->names);
	kept_free(t->made);
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
		size_t need = 0;

		if (t->sources[i].kind == SOURCE_STORE)
			need = block_cache_need(t->sources[i].store);
		if (need < most || !need)
			continue;
		most = need;
		*pathname = store_pathname(t->sources[i].store);
	}
	return most;
}

void tree_write_sources(const struct tree *t, const char *prefix, struct buf *out)
{
	for (uint32_t i = 0; i < t->n_sources; i++)
		buf_printf(out, "%s%s=%s\n", prefix, t->sources[i].name, t->o->sources[i].pathname);
}

bool tree_has_graphs(const struct tree *t)
{
	return t->n_graphs > 0;
}

void tree_set_pool(struct tree *t, struct decode_pool *pool)
{
	for (uint32_t i = 0; i < t->n_sources; i++)
		if (t->sources[i].kind == SOURCE_GRAPH)
			pangenome_set_pool(t->sources[i].graph, pool);
		else
			t->sources[i].dataset.pool = pool;
}

struct pangenome *tree_graph(const struct tree *t, const struct node *node)
{
	return t->sources[node->source].graph;
}

/* ---- attributes ---- */

static struct timespec time_of(const struct tree *t, const struct node *node)
{
	if (node->type == NODE_ROOT)
		return t->newest;
	if (node->type < NODE_DATASET)
		return t->mounted;
	return source_mtime(&t->sources[node->source]);
}

/* Type, size and links of what is not in a pangenome. */
static int stat_file(const struct tree *t, const struct node *node, bool size_too, struct stat *st,
		struct err *err)
{
	uint64_t size = 0;
	int r = 0;

	if (node_is_folder(node)) {
		st->st_mode = S_IFDIR;
		st->st_nlink = 2 + tree_n_subfolders(t, node);
		return 0;
	}
	st->st_mode = S_IFREG;
	st->st_nlink = 1;
	if (node->type == NODE_README)
		size = strlen(at_folders[node->row].readme);
	if (node->type == NODE_VIEW && size_too) {
		struct dataset d = tree_dataset(t, node);

		r = dataset_prepare(&d, err);
		if (r == 0)
			r = view_size(&view_kinds[node->row], &d, &size, err);
	}
	st->st_size = (off_t)size;
	return r;
}

int tree_stat(const struct tree *t, const struct node *node, bool size, struct stat *st,
		struct err *err)
{
	mode_t mode = t->o->mode;
	int r;

	memset(st, 0, sizeof(*st));
	st->st_ino = inode_of(node);
	st->st_uid = t->o->uid;
	st->st_gid = t->o->gid;
	st->st_blksize = BLOCK_SIZE;
	st->st_mtim = time_of(t, node);
	st->st_ctim = st->st_mtim;
	st->st_atim = st->st_mtim;
	r = node->type == NODE_GRAPH ? graph_stat(tree_graph(t, node), node, size, st, err)
				     : stat_file(t, node, size, st, err);
	if (S_ISDIR(st->st_mode))
		st->st_mode |= mode | mode >> 2; /* x where r */
	else
		st->st_mode |= S_ISLNK(st->st_mode) ? 0777 : mode;
	st->st_blocks = (blkcnt_t)(st->st_size / DISK_BLOCK + (st->st_size % DISK_BLOCK != 0));
	return r;
}

void tree_on_drop(struct tree *t, void (*dropped)(void *arg, uint64_t folder, const char *name),
		void *arg)
{
	queries_on_drop(t->queries, dropped, arg);
}

void tree_statfs(const struct tree *t, struct statvfs *out)
{
	memset(out, 0, sizeof(*out));
	out->f_bsize = BLOCK_SIZE;
	out->f_frsize = DISK_BLOCK;
	out->f_blocks = t->total_bytes / DISK_BLOCK + (t->total_bytes % DISK_BLOCK != 0);
	out->f_files = (fsfilcnt_t)(t->n_sources - t->n_graphs) * n_view_kinds;
	out->f_namemax = NAME_MAX;
}
