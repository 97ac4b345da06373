/* SPDX-License-Identifier: MIT */
/*
 * The folders and names of the mount, out of the tables of its sources: stores, GTB files, which
 * are stores from here on, and pangenomes.
 *
 *	MNT/.genofs/<stats files>
 *	MNT/<store>/<views> <contig>/<views> blocks/<index>/<views>
 *	...<views>, and beside them @region/<query>/<views> and so on
 *	MNT/<pangenome>/...: core/pangenome/folder.h
 *
 * A tree never changes but for the queries that are alive, so that every function may be called
 * from any thread. Only tree_lookup() of a source or contig hashes a name, and that of a query
 *takes one apart; all else is arithmetic, but for numbers and folders of pangenomes, which may be
 *work (fs/graph_nodes.h).
 *
 * A name of a source or contig is percent-encoded where it could not be a folder's: the bytes '/',
 * '%' and control bytes, a leading '.' (hidden, "..") or '@' (kept for folders that select), and
 * the first byte of what is a file's name there or `blocks`. What is then longer than 255 bytes is
 * cut and ends in '~' and a hash of the whole name.
 */
#ifndef GENOFS_FS_TREE_H
#define GENOFS_FS_TREE_H

#include <limits.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "fs/inode.h"
#include "fs/options.h"

struct decode_pool;
struct pangenome;
struct tree;

/* Of cache_size, beside it: for what all GTB files are read with; the same for their directories,
 * and for the tables of their blocks. */
enum { TREE_GTB_SHARE = 2 };

/**
 * tree_open() - open and validate the sources of @o; waits for pangenomes to be loaded
 * @o:     kept, must outlive the tree
 * @cache: where the datasets' blocks come from
 *
 * Return: 0; -EINVAL for a name that cannot be or comes twice; else as store_open(),
 * gtb_store_open() and pangenome_open().
 */
int tree_open(const struct options *o, struct block_cache *cache, struct tree **out,
		struct err *err);
void tree_close(struct tree *t); /* NULL is nothing to do */
void tree_closep(struct tree **t);

/* The largest of block_cache_need() of the stores, and the store that needs it. */
size_t tree_cache_need(const struct tree *t, const char **pathname);

bool tree_has_graphs(const struct tree *t);
/* Who helps with what is worked out of pangenomes, and with sizes; until it is NULL again. */
void tree_set_pool(struct tree *t, struct decode_pool *pool);
/* The pangenome that a node lies in. */
struct pangenome *tree_graph(const struct tree *t, const struct node *node);

/* "name=pathname" lines of the sources, each after @prefix. */
void tree_write_sources(const struct tree *t, const char *prefix, struct buf *out);

/* Nodes that the functions below fill in may hold a query. */
void node_done(struct node *node);

/* What the inode number @ino stands for. False where nothing, or a query that is gone. */
bool tree_node(const struct tree *t, uint64_t ino, struct node *out);

/* Return: 0; -ENOENT, with a reason in @err where the name is one in an `@` folder; -ENOTDIR;
 * -ENOMEM; -ENFILE; what working out tables of a pangenome returns. */
int tree_lookup(const struct tree *t, const struct node *folder, const char *name, struct node *out,
		struct err *err);

/**
 * tree_entry() - entry @i of a folder's listing, "." and ".." being the first
 *
 * Return: 1; 0 past the end; what working out tables of a pangenome returns.
 */
int tree_entry(const struct tree *t, const struct node *folder, uint64_t i, char name[NAME_MAX + 1],
		struct node *out, struct err *err);

/* Whether knowing the node's size, or opening it, may take decoding, or working out tables of a
 * pangenome. */
bool tree_is_work(const struct tree *t, const struct node *node);

/* What an `@` folder is called, and its README. */
struct at_folder {
	const char *name;
	const char *readme;
};
extern const struct at_folder at_folders[N_QUERY_FOLDERS];

/* Have @dropped told of queries that are let go of: see queries_on_drop(). */
void tree_on_drop(struct tree *t, void (*dropped)(void *arg, uint64_t folder, const char *name),
		void *arg);

/* Return: 0, or what view_kind.size or pg_file_get() said. Without @size it is left 0, and nothing
 * can fail. */
int tree_stat(const struct tree *t, const struct node *node, bool size, struct stat *st,
		struct err *err);
void tree_statfs(const struct tree *t, struct statvfs *out);

/* The dataset that a folder shows or a view is in, as long as the node is held. */
struct dataset tree_dataset(const struct tree *t, const struct node *node);

#endif
