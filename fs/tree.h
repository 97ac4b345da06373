/* SPDX-License-Identifier: MIT */
/*
 * The folders and names of the mount, out of the tables of its stores.
 *
 *	MNT/.genofs/<stats files>
 *	MNT/<source>/<views> <contig>/<views> blocks/<index>/<views>
 *
 * A tree never changes, so that every function may be called from any thread. Only tree_lookup() of
 * a source or contig hashes a name; all else is arithmetic.
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

struct tree;

/**
 * tree_open() - open and validate the stores of @o
 * @o:     kept, must outlive the tree
 * @cache: where the datasets' blocks come from
 *
 * Return: 0; -EINVAL for a name that cannot be or comes twice; else as store_open().
 */
int tree_open(const struct options *o, struct block_cache *cache, struct tree **out,
		struct err *err);
void tree_close(struct tree *t); /* NULL is nothing to do */
void tree_closep(struct tree **t);

/* The largest of block_cache_need() of the stores, and the store that needs it. */
size_t tree_cache_need(const struct tree *t, const char **pathname);

/* "name=pathname" lines of the sources, each after @prefix. */
void tree_write_sources(const struct tree *t, const char *prefix, struct buf *out);

/* What the inode number @ino stands for. False where nothing. */
bool tree_node(const struct tree *t, uint64_t ino, struct node *out);

/* Return: 0; -ENOENT; -ENOTDIR. */
int tree_lookup(const struct tree *t, const struct node *folder, const char *name,
		struct node *out);

/**
 * tree_entry() - entry @i of a folder's listing, "." and ".." being the first
 *
 * Return: false past the end.
 */
bool tree_entry(const struct tree *t, const struct node *folder, uint64_t i,
		char name[NAME_MAX + 1], struct node *out);

/* Return: 0, or what view_kind.size said. */
int tree_stat(const struct tree *t, const struct node *node, struct stat *st, struct err *err);
void tree_statfs(const struct tree *t, struct statvfs *out);

/* The dataset that a folder shows or a view is in. */
struct dataset tree_dataset(const struct tree *t, const struct node *node);

#endif
