/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/stats.h"
#include "core/view/view.h"
#include "fs/dispatch.h"
#include "fs/log.h"
#include "fs/ops.h"
#include "fs/read_stats.h"
#include "fs/stats_files.h"
#include "fs/view_file.h"

enum { MAX_STATS_OPEN = 256 };

/* An open file: what its fuse_file_info.fh points to. */
struct handle {
	struct handle *next;    /* in server.handles */
	struct handle **link;   /* what points to it there; both by the server's lock */
	struct view_file *view; /* a reference; NULL for a stats file */
	struct buf content;     /* of a stats file, made at open: a reader sees one moment */
};

/* For a view, or where that is NULL for a stats file. Return: 0; -ENOMEM; -ENFILE. */
static int handle_new(struct server *s, struct view_file *view, struct handle **out)
{
	struct handle *h = calloc(1, sizeof(*h));

	if (!h)
		return -ENOMEM;
	h->view = view;
	pthread_mutex_lock(&s->lock);
	if (!view && s->n_stats_open == MAX_STATS_OPEN) {
		pthread_mutex_unlock(&s->lock);
		free(h);
		return -ENFILE;
	}
	h->next = s->handles;
	h->link = &s->handles;
	if (h->next)
		h->next->link = &h->next;
	s->handles = h;
	s->n_stats_open += !view;
	pthread_mutex_unlock(&s->lock);
	stat_add(STAT_OPEN_FILES, view != NULL);
	*out = h;
	return 0;
}

static void handle_free(struct server *s, struct handle *h)
{
	pthread_mutex_lock(&s->lock);
	*h->link = h->next;
	if (h->next)
		h->next->link = h->link;
	s->n_stats_open -= !h->view;
	pthread_mutex_unlock(&s->lock);
	if (h->view) {
		view_file_release(h->view);
		stat_add(STAT_OPEN_FILES, -(uint64_t)1);
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
	int r = handle_new(s, NULL, &h);

	if (r < 0)
		return r;
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

/* From a copy: once it is answered, the file may be released by another thread. */
static void read_stats(fuse_req_t req, const struct buf *content, size_t size, uint64_t off)
{
	size_t len = off < content->len ? content->len - (size_t)off : 0;
	char *buf = dispatch_buffer();

	if (!buf) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	len = len < size ? len : size;
	len = len < REPLY_MAX ? len : REPLY_MAX; /* of a direct read, fewer is no end */
	if (len)
		memcpy(buf, content->data + off, len);
	fuse_reply_buf(req, buf, len);
}

/* ---- views ---- */

/* Say how many records the file does not have, where there are any. */
static void note_left_out(const struct view_file *f)
{
	uint64_t n = f->kind->left_out ? f->kind->left_out(&f->dataset, f->size) : 0;

	if (!n)
		return;
	stat_add(STAT_LEFT_OUT, n);
	log_limited("%s: %s: %llu records have more than two alleles and are left out",
			store_pathname(f->dataset.store), f->kind->name, (unsigned long long)n);
}

static int open_view(struct server *s, const struct node *node, struct fuse_file_info *fi)
{
	struct dataset d = tree_dataset(s->tree, node);
	struct view_file *f = NULL;
	struct handle *h = NULL;
	struct err err = { 0 };
	int r = dataset_prepare(&d, &err);

	if (r == 0)
		r = view_file_open(&d, &view_kinds[node->row], &f, &err);
	if (r < 0) {
		log_limited("%s", err.msg);
		return r;
	}
	r = handle_new(s, f, &h);
	if (r < 0) {
		view_file_release(f);
		return r;
	}
	fi->fh = (uintptr_t)h;
	assert(f);
	note_left_out(f);
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
static int render(const struct view_file *f, char *buf, size_t len, uint64_t off)
{
	struct err err = { 0 };
	ssize_t n = view_read(f->kind, &f->dataset, buf, len, off, &err);

	if (n == (ssize_t)len)
		return 0;
	if (n >= 0)
		n = err_set(&err, -EIO, "%s: %s: %zd of %zu bytes at %llu",
				store_pathname(f->dataset.store), f->kind->name, n, len,
				(unsigned long long)off);
	log_limited("%s", err.msg);
	return (int)n;
}

static void refuse_read(fuse_req_t req)
{
	stat_add(STAT_READ_ERRORS, 1);
	fuse_reply_err(req, EIO);
}

/* Into a buffer that may be NULL, and from there to the kernel. */
static void answer(fuse_req_t req, const struct view_file *f, char *buf, size_t len, uint64_t off,
		uint64_t start)
{
	if (buf && render(f, buf, len, off) == 0) {
		read_stats_add(f->kind, len, start);
		fuse_reply_buf(req, buf, len);
	} else {
		refuse_read(req);
	}
}

static void read_job_run(struct pool_job *job)
{
	struct read_job *read = (struct read_job *)job;
	struct reply_buffers *buffers = read->server->buffers;
	char *buf = reply_buffer_get(buffers);

	answer(read->req, read->file, buf, read->len, read->off, read->start);
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

static int submit_read(struct server *s, fuse_req_t req, struct view_file *f, uint64_t off,
		size_t len, uint64_t start)
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
	read->start = start;
	r = decode_pool_submit(s->pool, POOL_WANTED, &read->job);
	if (r < 0)
		read_job_free(read);
	return r;
}

static void read_view(fuse_req_t req, struct view_file *f, size_t size, uint64_t off)
{
	struct server *s = fuse_req_userdata(req);
	uint64_t start = stat_clock();
	struct chunk_range chunks;
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
	if (len > REPLY_MAX) {
		refuse_read(req);
		return;
	}
	/* Once it is answered, the file may be released by another thread. */
	view_file_get(f);
	chunks = view_file_chunks(f, off, len);
	if (view_file_has(f, chunks)) {
		view_file_ahead(f, s->pool, off, len, chunks);
		answer(req, f, dispatch_buffer(), len, off, start);
	} else if (submit_read(s, req, f, off, len, start) == 0) {
		view_file_ahead(f, s->pool, off, len, chunks);
	} else {
		refuse_read(req);
	}
	view_file_put(f);
}

/* ---- both ---- */

static int open_readme(struct server *s, const struct node *node, struct fuse_file_info *fi)
{
	struct handle *h;
	int r = handle_new(s, NULL, &h);

	if (r < 0)
		return r;
	buf_put(&h->content, at_folders[node->row].readme, strlen(at_folders[node->row].readme));
	if (buf_failed(&h->content)) {
		handle_free(s, h);
		return -ENOMEM;
	}
	fi->fh = (uintptr_t)h;
	fi->keep_cache = 1;
	fi->noflush = 1;
	return 0;
}

static int open_node(struct server *s, const struct node *node, struct fuse_file_info *fi)
{
	if ((fi->flags & O_ACCMODE) != O_RDONLY || (fi->flags & O_TRUNC))
		return -EROFS;
	if (node_is_folder(node))
		return -EISDIR;
	if (node->type == NODE_README)
		return open_readme(s, node, fi);
	return node->type == NODE_VIEW ? open_view(s, node, fi) : open_stats(s, node, fi);
}

static struct handle *handle_of(const struct fuse_file_info *fi)
{
	return (struct handle *)(uintptr_t)fi->fh;
}

static void reply_open(fuse_req_t req, const struct node *node, struct fuse_file_info *fi)
{
	struct server *s = fuse_req_userdata(req);
	int r = open_node(s, node, fi);

	if (r < 0)
		fuse_reply_err(req, reply_errno(r));
	else if (fuse_reply_open(req, fi) < 0) /* whoever asked is gone: no release will come */
		handle_free(s, handle_of(fi));
}

void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	const struct server *s = fuse_req_userdata(req);
	CLEANUP(node_done) struct node node = { .type = NODE_ROOT };

	if (!tree_node(s->tree, ino, &node))
		fuse_reply_err(req, ESTALE);
	else if (ops_is_work(&node))
		ops_submit(req, &node, fi, reply_open);
	else
		reply_open(req, &node, fi);
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
