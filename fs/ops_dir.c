/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/view/view.h"
#include "fs/log.h"
#include "fs/ops.h"

static int stat_node(const struct server *s, const struct node *node, struct stat *st)
{
	struct err err = { 0 };
	int r = tree_stat(s->tree, node, true, st, &err);

	if (r < 0)
		log_limited("%s", err.msg);
	return r;
}

static int make_entry(const struct server *s, const struct node *node, struct fuse_entry_param *e)
{
	memset(e, 0, sizeof(*e));
	e->ino = inode_of(node);
	e->entry_timeout = ops_entry_timeout(node);
	e->attr_timeout = ops_timeout(node);
	return stat_node(s, node, &e->attr);
}

static void reply_entry(fuse_req_t req, const struct node *node)
{
	struct fuse_entry_param e;
	int r = make_entry(fuse_req_userdata(req), node, &e);

	if (r < 0)
		fuse_reply_err(req, reply_errno(r));
	else
		fuse_reply_entry(req, &e);
}

/* To find a name must cost nothing: its attributes are not to be kept, so that the kernel asks for
 * them when somebody wants the size. */
static void reply_without_size(fuse_req_t req, const struct node *node)
{
	const struct server *s = fuse_req_userdata(req);
	struct fuse_entry_param e = { .ino = inode_of(node),
		.entry_timeout = ops_entry_timeout(node) };

	tree_stat(s->tree, node, false, &e.attr, NULL);
	fuse_reply_entry(req, &e);
}

static void refuse(fuse_req_t req, int r, const struct err *err)
{
	if (err->code)
		log_limited("%s", err->msg);
	fuse_reply_err(req, reply_errno(r));
}

/* A name that is not there comes as an entry with inode 0, which the kernel remembers. */
static void reply_no_entry(fuse_req_t req, const struct err *err)
{
	struct fuse_entry_param e = { .entry_timeout = TIMEOUT_FOREVER };

	if (err->code)
		log_limited("%s", err->msg);
	fuse_reply_entry(req, &e);
}

static void answer_lookup(struct request *q, const struct node *folder)
{
	const struct server *s = fuse_req_userdata(q->req);
	CLEANUP(node_done) struct node node = { .type = NODE_ROOT };
	struct err err = { 0 };
	int r = tree_lookup(s->tree, folder, q->name, &node, &err);

	if (r == -ENOENT)
		reply_no_entry(q->req, &err);
	else if (r < 0)
		refuse(q->req, r, &err);
	else if (tree_is_work(s->tree, &node))
		reply_without_size(q->req, &node);
	else
		reply_entry(q->req, &node);
}

void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct request q = { .req = req, .ino = parent, .answer = answer_lookup, .name = name };

	ops_answer(&q);
}

static void answer_getattr(struct request *q, const struct node *node)
{
	struct stat st;
	int r = stat_node(fuse_req_userdata(q->req), node, &st);

	if (r < 0)
		fuse_reply_err(q->req, reply_errno(r));
	else
		fuse_reply_attr(q->req, &st, ops_timeout(node));
}

void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct request q = { .req = req, .ino = ino, .answer = answer_getattr };

	(void)fi;
	ops_answer(&q);
}

static void answer_readlink(struct request *q, const struct node *node)
{
	const struct server *s = fuse_req_userdata(q->req);
	const char *target = NULL;

	if (node->type == NODE_GRAPH && node->graph.type == PG_IS_LINK)
		target = pg_link_target(tree_graph(s->tree, node));
	if (target)
		fuse_reply_readlink(q->req, target);
	else
		fuse_reply_err(q->req, EINVAL);
}

void op_readlink(fuse_req_t req, fuse_ino_t ino)
{
	struct request q = { .req = req, .ino = ino, .answer = answer_readlink };

	ops_answer(&q);
}

/* ENOSYS tells a kernel that can (5.1) to open folders by itself from now on, and to keep their
 * listings. */
void op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	const struct server *s = fuse_req_userdata(req);

	(void)ino;
	if (s->no_opendir) {
		fuse_reply_err(req, ENOSYS);
		return;
	}
	fi->keep_cache = 1;
	fi->cache_readdir = 1;
	fuse_reply_open(req, fi);
}

/* What has no number yet gets one that nothing has: 0 would hide it. */
static uint64_t listed_ino(const struct node *node)
{
	return node->unnumbered ? UINT32_MAX : inode_of(node);
}

static mode_t listed_type(const struct node *node)
{
	if (node->type == NODE_GRAPH && node->graph.type == PG_IS_LINK)
		return S_IFLNK;
	return node_is_folder(node) ? S_IFDIR : S_IFREG;
}

static size_t add_plain(fuse_req_t req, char *buf, size_t room, const char *name,
		const struct node *node, off_t next)
{
	struct stat st = { .st_ino = listed_ino(node), .st_mode = listed_type(node) };

	return fuse_add_direntry(req, buf, room, name, &st, next);
}

/* An entry whose attributes cost more than a listing may goes without them; so does one whose
 * attributes cannot be had: the listing stays whole, and a stat says why. */
static bool is_lazy(const struct server *s, const struct node *node)
{
	return tree_is_work(s->tree, node) ||
	       (node->type == NODE_VIEW && view_kinds[node->row].lazy);
}

static size_t add_plus(fuse_req_t req, char *buf, size_t room, const char *name,
		const struct node *node, off_t next)
{
	const struct server *s = fuse_req_userdata(req);
	struct fuse_entry_param e;

	if (node->unnumbered || is_lazy(s, node) || make_entry(s, node, &e) < 0) {
		e = (struct fuse_entry_param){ .attr.st_ino = listed_ino(node) };
		e.attr.st_mode = listed_type(node);
	}
	return fuse_add_direntry_plus(req, buf, room, name, &e, next);
}

/* Entries into @buf, as many as fit. Return: bytes, or a negative errno. */
static ssize_t list(const struct request *q, const struct node *folder, char *buf, struct err *err)
{
	const struct server *s = fuse_req_userdata(q->req);
	char name[NAME_MAX + 1];
	struct node node;
	size_t used = 0;
	off_t off = q->off;
	int r;

	if (!node_is_folder(folder))
		return -ENOTDIR;
	while ((r = tree_entry(s->tree, folder, (uint64_t)off, name, &node, err)) > 0) {
		const size_t room = q->size - used;
		size_t n = q->plus ? add_plus(q->req, buf + used, room, name, &node, off + 1)
				   : add_plain(q->req, buf + used, room, name, &node, off + 1);

		node_done(&node);
		if (n > room)
			break;
		used += n;
		off++;
	}
	/* What there is goes first: the next listing begins with what failed. */
	return r < 0 && !used ? r : (ssize_t)used;
}

static void answer_listing(struct request *q, const struct node *folder)
{
	CLEANUP(freep) char *buf = malloc(q->size);
	struct err err = { 0 };
	ssize_t n = buf ? list(q, folder, buf, &err) : -ENOMEM;

	if (n < 0)
		refuse(q->req, (int)n, &err);
	else
		fuse_reply_buf(q->req, buf, (size_t)n);
}

void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	struct request q = {
		.req = req, .ino = ino, .answer = answer_listing, .size = size, .off = off
	};

	(void)fi;
	ops_answer(&q);
}

void op_readdirplus(
		fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	struct request q = { .req = req,
		.ino = ino,
		.answer = answer_listing,
		.size = size,
		.off = off,
		.plus = true };

	(void)fi;
	ops_answer(&q);
}

void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	const struct server *s = fuse_req_userdata(req);
	struct statvfs fs;

	(void)ino;
	tree_statfs(s->tree, &fs);
	fuse_reply_statfs(req, &fs);
}
