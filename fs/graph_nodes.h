/* SPDX-License-Identifier: MIT */
/*
 * The folders and files of pangenomes as nodes of the tree, and how pangenomes are opened.
 *
 * What is asked here may take working out tables of a graph, for minutes where it is large: all of
 * it but graph_top(), graph_parent() and graph_stat() of what is no file is the pool's. From any
 * thread.
 */
#ifndef GENOFS_FS_GRAPH_NODES_H
#define GENOFS_FS_GRAPH_NODES_H

#include <sys/stat.h>

#include "core/pangenome/pangenome.h"
#include "fs/inode.h"
#include "fs/options.h"

/**
 * graph_open() - open the pangenome @pathname as the options want it; loading is logged
 * @budget: bytes of its files that are kept
 *
 * Return: as pangenome_open(); -EINVAL where shm= is no folder.
 */
int graph_open(const struct options *o, const char *pathname, size_t budget, struct pangenome **out,
		struct err *err);

/* The folder of a pangenome, by the number of its source. */
struct node graph_top(uint32_t source);
/* False where the number stands for nothing, or a region that is gone. */
bool graph_node(struct pangenome *p, uint32_t source, uint64_t number, struct node *out);
/* Return: 0; as pg_lookup(). */
int graph_lookup(struct pangenome *p, const struct node *folder, const char *name, struct node *out,
		struct err *err);
/* Entry @i without "." and "..". Return: as pg_entry(). */
int graph_entry(struct pangenome *p, const struct node *folder, uint64_t i, char name[NAME_MAX + 1],
		struct node *out, struct err *err);
/* The folder that a folder lies in; of the pangenome's own, the root. */
struct node graph_parent(const struct pangenome *p, const struct node *folder);

/* Type, size and links. Without @size that of a file is left 0, and nothing can fail. */
int graph_stat(struct pangenome *p, const struct node *node, bool size, struct stat *st,
		struct err *err);

/* Whether the file says what is the case at the moment when it is made. */
bool graph_is_momentary(const struct node *node);

#endif
