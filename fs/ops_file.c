/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "core/base/cleanup.h"
#include "core/base/stats.h"
#include "core/view/view.h"
#include "fs/log.h"
#include "fs/ops.h"
#include "fs/read_stats.h"
#include "fs/stats_files.h"
#include "fs/view_file.h"

enum { MAX_STATS_OPEN = 256 };

/* An open file: what its fuse_file_info.fh points to. */
struct handle {
	struct handle *next;    /* in server.handles */
	struct handle **link;   /* what points to it there */
	struct view_file *view; /* a reference; NULL for a stats file */
	struct buf content;     /* of a stats file, made at open: a reader sees one moment */
};

static struct handle *handle_new(struct server *s)
{
	struct handle *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->next = s->handles;
	h->link = &s->handles;
	if (h->next)
		h->next->link = &h->next;
	s->handles = h;
	return h;
}

static void handle_free(struct server *s, struct handle *h)
{
	*h->link = h->next;
	if (h->next)
		h->next->link = h->link;
	if (h->view) {
		view_file_release(h->view);
		stat_add(STAT_OPEN_FILES, -(uint64_t)1);
	} else {
		s->n_stats_open--;
	}
	buf_done(&h->content);
	free(h);
}

void ops_free_handles(struct server *s)
{
	while (s->handles)
		handle_free(s, s->handles);
}

/* ---- stats files ---- */

static int open_stats(struct server *s, const struct node *node, struct fuse_file_info *fi)
{
	struct handle *h;

	if (s->n_stats_open == MAX_STATS_OPEN)
		return -ENFILE;
	h = handle_new(s);
	if (!h)
		return -ENOMEM;
	s->n_stats_open++;
	stats_files[node->row].write(s->o, s->tree, &h->content);
	if (buf_failed(&h->content)) {
		handle_free(s, h);
		return -ENOMEM;
	}
	fi->fh = (uintptr_t)h;
	fi->direct_io = 1; /* the kernel keeps no pages, and asks past the size, which is 0 */
	fi->noflush = 1;
	return 0;
}

static void read_stats(fuse_req_t req, const struct buf *content, size_t size, uint64_t off)
{
	size_t left = off < content->len ? content->len - (size_t)off : 0;

	fuse_reply_buf(req, left ? (const char *)content->data + off : NULL,
			size < left ? size : left);
}

/* ---- views ---- */

static int open_view(struct server *s, const struct node *node, struct fuse_file_info *fi)
{
	struct dataset d = tree_dataset(s->tree, node);
	struct view_file *f;
	struct handle *h;
	struct err err = { 0 };
	int r = view_file_open(&d, &view_kinds[node->row], &f, &err);

	if (r < 0) {
		log_limited("%s", err.msg);
		return r;
	}
	h = handle_new(s);
	if (!h) {
		view_file_release(f);
		return -ENOMEM;
	}
	h->view = f;
	stat_add(STAT_OPEN_FILES, 1);
	fi->fh = (uintptr_t)h;
	fi->keep_cache = 1; /* or each open would drop the pages of the last one */
	fi->noflush = 1;
	return 0;
}

struct read_job {
	struct pool_job job;
	struct server *server;
	struct view_file *file; /* a reference */
	fuse_req_t req;
	uint64_t off;
	size_t len;     /* within the file, <= REPLY_MAX */
	uint64_t start; /* stat_clock() when it came */
};

static void read_job_free(struct read_job *read)
{
	view_file_put(read->file);
	free(read);
}

/*
 * The bytes of a read, all of them: the kernel takes a short answer for the end of the file, for
 * ever and for all readers.
 */
static int render(const struct read_job *read, char *buf)
{
	const struct view_file *f = read->file;
	struct err err = { 0 };
	ssize_t n = f->kind->read(&f->dataset, buf, read->len, read->off, &err);

	if (n == (ssize_t)read->len)
		return 0;
	if (n >= 0)
		n = err_set(&err, -EIO, "%s: %s: %zd of %zu bytes at %llu",
				store_pathname(f->dataset.store), f->kind->name, n, read->len,
				(unsigned long long)read->off);
	log_limited("%s", err.msg);
	return (int)n;
}

static void refuse_read(fuse_req_t req)
{
	stat_add(STAT_READ_ERRORS, 1);
	fuse_reply_err(req, EIO);
}

static void read_job_run(struct pool_job *job)
{
	struct read_job *read = (struct read_job *)job;
	struct reply_buffers *buffers = read->server->buffers;
	char *buf = reply_buffer_get(buffers);

	if (buf && render(read, buf) == 0) {
		read_stats_add(read->file->kind, read->len, read->start);
		fuse_reply_buf(read->req, buf, read->len);
	} else {
		refuse_read(read->req);
	}
	if (buf)
		reply_buffer_put(buffers, buf);
	read_job_free(read);
}

static void read_job_drop(struct pool_job *job)
{
	struct read_job *read = (struct read_job *)job;

	refuse_read(read->req);
	read_job_free(read);
}

static int submit_read(
		struct server *s, fuse_req_t req, struct view_file *f, uint64_t off, size_t len)
{
	struct read_job *read = calloc(1, sizeof(*read));
	int r;

	if (!read)
		return -ENOMEM;
	view_file_get(f);
	read->job.run = read_job_run;
	read->job.drop = read_job_drop;
	read->server = s;
	read->file = f;
	read->req = req;
	read->off = off;
	read->len = len;
	read->start = stat_clock();
	r = decode_pool_submit(s->pool, POOL_WANTED, &read->job);
	if (r < 0)
		read_job_free(read);
	return r;
}

static void read_view(fuse_req_t req, struct view_file *f, size_t size, uint64_t off)
{
	struct server *s = fuse_req_userdata(req);
	size_t len = size;

	if (off >= f->size) {
		fuse_reply_buf(req, NULL, 0);
		return;
	}
	if (len > f->size - off)
		len = (size_t)(f->size - off);
	if (len == 0) {
		fuse_reply_buf(req, NULL, 0);
		return;
	}
	if (len > REPLY_MAX || submit_read(s, req, f, off, len) < 0) {
		refuse_read(req);
		return;
	}
	view_file_ahead(f, s->pool, off, len);
}

/* ---- both ---- */

static int open_node(struct server *s, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct node node;

	if (!tree_node(s->tree, ino, &node))
		return -ESTALE;
	if ((fi->flags & O_ACCMODE) != O_RDONLY || (fi->flags & O_TRUNC))
		return -EROFS;
	if (node_is_folder(&node))
		return -EISDIR;
	return node.type == NODE_VIEW ? open_view(s, &node, fi) : open_stats(s, &node, fi);
}

static struct handle *handle_of(const struct fuse_file_info *fi)
{
	return (struct handle *)(uintptr_t)fi->fh;
}

void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct server *s = fuse_req_userdata(req);
	int r = open_node(s, ino, fi);

	if (r < 0)
		fuse_reply_err(req, reply_errno(r));
	else if (fuse_reply_open(req, fi) < 0) /* whoever asked is gone: no release will come */
		handle_free(s, handle_of(fi));
}

void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	const struct handle *h = handle_of(fi);

	(void)ino;
	if (h->view)
		read_view(req, h->view, size, (uint64_t)off);
	else
		read_stats(req, &h->content, size, (uint64_t)off);
}

void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	handle_free(fuse_req_userdata(req), handle_of(fi));
	fuse_reply_err(req, 0);
}
