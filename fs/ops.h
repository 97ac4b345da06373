/* SPDX-License-Identifier: MIT */
/*
 * The kernel's requests, each of which is answered exactly once. They are called by the threads
 * of fs/dispatch, several at a time.
 *
 * Everything but reads is answered at once, out of memory; reads too, where their blocks are there.
 * Others are the pool's, which decodes, renders and answers, so that nothing else ever waits for a
 * decode.
 */
#ifndef GENOFS_FS_OPS_H
#define GENOFS_FS_OPS_H

#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>

#include <pthread.h>

#include "core/block/decode_pool.h"
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

/* Entries and attributes of stores never change; in seconds. */
#define TIMEOUT_FOREVER 1e9

/* Queries may be let go of; what is looked up again comes to life again. */
#define TIMEOUT_QUERY 60.0

static inline double ops_timeout(const struct node *node)
{
	return node->type == NODE_STATS_FILE ? 0 : TIMEOUT_FOREVER;
}

/* What lies in the folder of a query has the query's number, and is gone with it. */
static inline double ops_entry_timeout(const struct node *node)
{
	return node->query && node->type == NODE_DATASET ? TIMEOUT_QUERY : TIMEOUT_FOREVER;
}

/* What it takes to know a file's size, or to open it, may be work: then it is the pool's. */
bool ops_is_work(const struct node *node);
/* Have @run(req, node) done by the pool, which node_done()s it after that; where it cannot be, the
 * request is refused. */
void ops_submit(fuse_req_t req, const struct node *node, const struct fuse_file_info *fi,
		void (*run)(fuse_req_t req, const struct node *node, struct fuse_file_info *fi));

/* Tell the kernel that a query is let go of: for tree_on_drop(), @server being a struct server. */
void ops_forget_query(void *server, uint64_t folder, const char *name);

/* ops_dir.c */
void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name);
void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi);
void op_readdirplus(
		fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi);
void op_statfs(fuse_req_t req, fuse_ino_t ino);

/* ops_file.c */
void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi);
void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
/* What is still open when the mount is gone: the kernel then sends no release for it. */
void ops_free_handles(struct server *s);

#endif
