/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
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

/* What is read of a source: one of these. */
struct readable {
	struct view_file *view;
	struct pg_file *graph;
};

/* An open file: what its fuse_file_info.fh points to. */
struct handle {
	struct handle *next;  /* in server.handles */
	struct handle **link; /* what points to it there; both by the server's lock */
	struct readable file; /* a reference; neither for a stats file */
	struct buf content;   /* of a stats file, made at open: a reader sees one moment */
};

static bool is_of_source(const struct readable *file)
{
	return file->view || file->graph;
}

static void readable_release(const struct readable *file)
{
	if (file->view)
		view_file_release(file->view);
	else
		pg_file_put(file->graph);
}

/* For a file of a source, whose reference is the handle's from here on, or a stats file. Return: 0;
 * -ENOMEM; -ENFILE, and the reference is the caller's still. */
static int handle_new(struct server *s, struct readable file, struct handle **out)
{
	const bool counts = is_of_source(&file);
	struct handle *h = calloc(1, sizeof(*h));

	if (!h)
		return -ENOMEM;
	h->file = file;
	pthread_mutex_lock(&s->lock);
	if (!counts && s->n_stats_open == MAX_STATS_OPEN) {
		pthread_mutex_unlock(&s->lock);
		free(h);
		return -ENFILE;
	}
	h->next = s->handles;
	h->link = &s->handles;
	if (h->next)
		h->next->link = &h->next;
	s->handles = h;
	s->n_stats_open += !counts;
	pthread_mutex_unlock(&s->lock);
	stat_add(STAT_OPEN_FILES, counts);
	*out = h;
	return 0;
}

static void handle_free(struct server *s, struct handle *h)
{
	pthread_mutex_lock(&s->lock);
	*h->link = h->next;
	if (h->next)
		h->next->link = h->link;
	s->n_stats_open -= !is_of_source(&h->file);
	pthread_mutex_unlock(&s->lock);
	if (is_of_source(&h->file)) {
		readable_release(&h->file);
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
	int r = handle_new(s, (struct readable){ 0 }, &h);

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

/* ---- files of stores ---- */

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
	r = handle_new(s, (struct readable){ .view = f }, &h);
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

/* ---- files of pangenomes ---- */

static int open_graph(struct server *s, const struct node *node, struct fuse_file_info *fi)
{
	struct pg_file *f;
	struct handle *h;
	struct err err = { 0 };
	int r = pg_file_get(
			tree_graph(s->tree, node), &node->graph.folder, node->graph.row, &f, &err);

	if (r < 0) {
		log_limited("%s", err.msg);
		return r;
	}
	r = handle_new(s, (struct readable){ .graph = f }, &h);
	if (r < 0) {
		pg_file_put(f);
		return r;
	}
	fi->fh = (uintptr_t)h;
	fi->noflush = 1;
	/* What is of the moment has another size the next time. */
	if (graph_is_momentary(node))
		fi->direct_io = 1;
	else
		fi->keep_cache = 1;
	return 0;
}

/* ---- reads of both ---- */

/* So often a read waits without a thread; then it has one, and the blocks that it has got stay. */
enum { READ_WAITS_MAX = 8 };

struct read_job {
	struct pool_job job;
	struct block_waiter waiter;
	struct err err;   /* code < 0: the decode that it waited for failed */
	unsigned n_waits; /* without its thread */
	struct server *server;
	/* Of a view a reference. A file of a pangenome is its handle's, which stays until the read
	 * is answered. */
	struct readable file;
	struct chunk_range chunks; /* of a view, that it wants */
	fuse_req_t req;
	uint64_t off;
	size_t len;     /* within the file, <= REPLY_MAX */
	uint64_t start; /* stat_clock() when it came */
};

static void read_job_free(struct read_job *read)
{
	if (read->file.view)
		view_file_put(read->file.view);
	free(read);
}

/*
 * The bytes of a read, all of them: the kernel takes a short answer for the end of the file, for
 * ever and for all readers.
 */
static int render_view(
		const struct view_file *f, char *buf, size_t len, uint64_t off, struct err *err)
{
	ssize_t n = view_read(f->kind, &f->dataset, buf, len, off, err);

	if (n == (ssize_t)len)
		return 0;
	if (n >= 0)
		n = err_set(err, -EIO, "%s: %s: %zd of %zu bytes at %llu",
				store_pathname(f->dataset.store), f->kind->name, n, len,
				(unsigned long long)off);
	return (int)n;
}

static int render(const struct readable *f, char *buf, size_t len, uint64_t off)
{
	struct err err = { 0 };
	int r = f->view ? render_view(f->view, buf, len, off, &err)
			: pg_file_read(f->graph, buf, len, off, &err);

	if (r < 0)
		log_limited("%s", err.msg);
	return r;
}

static void refuse_read(fuse_req_t req)
{
	stat_add(STAT_READ_ERRORS, 1);
	fuse_reply_err(req, EIO);
}

/* Into a buffer that may be NULL, and from there to the kernel. */
static void answer(fuse_req_t req, const struct readable *f, char *buf, size_t len, uint64_t off,
		uint64_t start)
{
	if (buf && render(f, buf, len, off) == 0) {
		read_stats_add(f->view ? f->view->kind : NULL, len, start);
		fuse_reply_buf(req, buf, len);
	} else {
		refuse_read(req);
	}
}

static void read_job_resume(struct block_waiter *w, const struct err *err)
{
	struct read_job *read = (struct read_job *)((char *)w - offsetof(struct read_job, waiter));

	if (err)
		read->err = *err;
	decode_pool_resume(read->server->pool, &read->job);
}

/* A thread that waited for another's decode could do nothing else meanwhile. */
static bool wait_without_thread(struct read_job *read)
{
	read->waiter.ready = read_job_resume;
	return read->file.view && read->n_waits++ < READ_WAITS_MAX &&
	       view_file_await(read->file.view, read->chunks, &read->waiter);
}

static void read_job_run(struct pool_job *job)
{
	struct read_job *read = (struct read_job *)job;
	struct reply_buffers *buffers = read->server->buffers;
	char *buf;

	if (read->err.code < 0) {
		log_limited("%s", read->err.msg);
		refuse_read(read->req);
		read_job_free(read);
		return;
	}
	if (wait_without_thread(read))
		return;
	buf = reply_buffer_get(buffers);
	answer(read->req, &read->file, buf, read->len, read->off, read->start);
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

static int submit_read(struct server *s, fuse_req_t req, struct readable f,
		struct chunk_range chunks, uint64_t off, size_t len, uint64_t start)
{
	struct read_job *read = calloc(1, sizeof(*read));
	int r;

	if (!read)
		return -ENOMEM;
	if (f.view)
		view_file_get(f.view);
	read->job.run = read_job_run;
	read->job.drop = read_job_drop;
	read->server = s;
	read->file = f;
	read->chunks = chunks;
	read->req = req;
	read->off = off;
	read->len = len;
	read->start = start;
	r = decode_pool_submit(s->pool, POOL_WANTED, &read->job);
	if (r < 0)
		read_job_free(read);
	return r;
}

/* @len: > 0, within the file. */
static void read_view(fuse_req_t req, struct view_file *f, size_t len, uint64_t off)
{
	const struct readable file = { .view = f };
	struct server *s = fuse_req_userdata(req);
	uint64_t start = stat_clock();
	struct chunk_range chunks;
	unsigned n_asked = 0;

	/* Once it is answered, the file may be released by another thread. */
	view_file_get(f);
	chunks = view_file_chunks(f, off, len);
	if (view_file_has(f, chunks)) {
		n_asked = view_file_ahead(f, s->pool, off, len, chunks);
		/* First the answer: a thread that is woken may take this one's processor. */
		answer(req, &file, dispatch_buffer(), len, off, start);
	} else if (submit_read(s, req, file, chunks, off, len, start) == 0) {
		n_asked = view_file_ahead(f, s->pool, off, len, chunks);
	} else {
		refuse_read(req);
	}
	decode_pool_wake(s->pool, n_asked);
	view_file_put(f);
}

static void read_file(fuse_req_t req, const struct readable *f, size_t size, uint64_t off)
{
	uint64_t file_size = f->view ? f->view->size : f->graph->size;
	uint64_t left = off < file_size ? file_size - off : 0;
	size_t len = size < left ? size : (size_t)left;

	if (len == 0)
		fuse_reply_buf(req, NULL, 0);
	else if (len <= REPLY_MAX && f->view)
		read_view(req, f->view, len, off);
	else if (len <= REPLY_MAX && f->graph->at_hand)
		answer(req, f, dispatch_buffer(), len, off, stat_clock());
	else if (len > REPLY_MAX ||
			submit_read(fuse_req_userdata(req), req, *f, (struct chunk_range){ 0, 0 },
					off, len, stat_clock()) < 0)
		refuse_read(req);
}

/* ---- all ---- */

static int open_readme(struct server *s, const struct node *node, struct fuse_file_info *fi)
{
	const char *text =
			node->type == NODE_GRAPH ? pg_region_readme : at_folders[node->row].readme;
	struct handle *h;
	int r = handle_new(s, (struct readable){ 0 }, &h);

	if (r < 0)
		return r;
	buf_put(&h->content, text, strlen(text));
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
	if (node->type == NODE_GRAPH && node->graph.type == PG_IS_LINK)
		return -EINVAL; /* the kernel follows it */
	if (node->type == NODE_README ||
			(node->type == NODE_GRAPH && node->graph.type == PG_IS_README))
		return open_readme(s, node, fi);
	if (node->type == NODE_GRAPH)
		return open_graph(s, node, fi);
	return node->type == NODE_VIEW ? open_view(s, node, fi) : open_stats(s, node, fi);
}

static struct handle *handle_of(const struct fuse_file_info *fi)
{
	return (struct handle *)(uintptr_t)fi->fh;
}

static void answer_open(struct request *q, const struct node *node)
{
	struct server *s = fuse_req_userdata(q->req);
	int r = open_node(s, node, &q->fi);

	if (r < 0)
		fuse_reply_err(q->req, reply_errno(r));
	else if (fuse_reply_open(q->req, &q->fi) < 0) /* who asked is gone: no release comes */
		handle_free(s, handle_of(&q->fi));
}

void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct request q = { .req = req, .ino = ino, .answer = answer_open, .fi = *fi };

	ops_answer(&q);
}

void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	const struct handle *h = handle_of(fi);

	(void)ino;
	if (is_of_source(&h->file))
		read_file(req, &h->file, size, (uint64_t)off);
	else
		read_stats(req, &h->content, size, (uint64_t)off);
}

void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	handle_free(fuse_req_userdata(req), handle_of(fi));
	fuse_reply_err(req, 0);
}
