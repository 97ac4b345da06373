/* SPDX-License-Identifier: MIT */
/*
 * The kernel's requests, each of which is answered exactly once. They are called by the threads
 * of fs/dispatch, several at a time.
 *
 * Everything but reads is answered at once, out of memory; reads too, where their blocks are there.
 * Others are the pool's, which decodes, renders and answers, so that nothing else ever waits for a
 * decode. All that lies in a pangenome is the pool's, even to say what an inode number stands for.
 */
#ifndef GENOFS_FS_OPS_H
#define GENOFS_FS_OPS_H

#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>

#include <pthread.h>

#include "core/block/decode_pool.h"
#include "fs/graph_nodes.h"
#include "fs/options.h"
#include "fs/reply.h"
#include "fs/tree.h"

/* What the operations work on: fuse_req_userdata(). */
struct server {
	const struct options *o;
	int control;               /* to the supervisor */
	struct block_cache *cache; /* this and all below are owned */
	struct tree *tree;
	struct fuse_session *session;
	struct decode_pool *pool;
	struct dispatch *dispatch;
	struct reply_buffers *buffers; /* the pool's */
	bool no_opendir;               /* the kernel can do without OPENDIR; since INIT */
	bool mount_gone;               /* the kernel said so */
	pthread_mutex_t lock;
	struct handle *handles; /* the open files; by lock */
	unsigned n_stats_open;  /* handles of stats files; by lock */
};

extern const struct fuse_lowlevel_ops fs_ops;

/* Entries and attributes of sources never change; in seconds. */
#define TIMEOUT_FOREVER 1e9

/* Queries may be let go of; what is looked up again comes to life again. */
#define TIMEOUT_QUERY 60.0

static inline double ops_timeout(const struct node *node)
{
	return node->type == NODE_STATS_FILE || graph_is_momentary(node) ? 0 : TIMEOUT_FOREVER;
}

/*
 * What lies in the folder of a query has the query's number, and is gone with it. So it is with
 * regions of pangenomes, of which the kernel cannot be told that they are gone: it would wait for
 * lookups in their folder, and those for the pool. So they are looked up each time.
 */
static inline double ops_entry_timeout(const struct node *node)
{
	if (node->query && node->type == NODE_DATASET)
		return TIMEOUT_QUERY;
	return node->type == NODE_GRAPH && node_is_folder(node) &&
					       node->graph.folder.level == PG_REGION
			       ? 0
			       : TIMEOUT_FOREVER;
}

/* A request about a file, or about what is in a folder. */
struct request {
	fuse_req_t req;
	fuse_ino_t ino; /* of it */
	/* Replies, once, where there is such a node. */
	void (*answer)(struct request *r, const struct node *node);
	struct fuse_file_info fi; /* of an open */
	const char *name;         /* of a lookup, else NULL */
	size_t size;              /* of a listing: bytes at most, */
	off_t off;                /* from this entry on, */
	bool plus;                /* with attributes */
};

/* Have it answered: at once, or by the pool where tree_is_work(). @r is copied with its name. */
void ops_answer(struct request *r);

/* Tell the kernel that a query is let go of: for tree_on_drop(), @server being a struct server. */
void ops_forget_query(void *server, uint64_t folder, const char *name);

/* ops_dir.c */
void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name);
void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi);
void op_readdirplus(
		fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi);
void op_readlink(fuse_req_t req, fuse_ino_t ino);
void op_statfs(fuse_req_t req, fuse_ino_t ino);

/* ops_file.c */
void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi);
void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
/* What is still open when the mount is gone: the kernel then sends no release for it. */
void ops_free_handles(struct server *s);

#endif
