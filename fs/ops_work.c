/* SPDX-License-Identifier: MIT */
/* Requests that the pool answers, since they may take decoding or working out a graph's tables. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "fs/ops.h"

struct request_job {
	struct pool_job job; /* first: the pool knows the job by it */
	struct request request;
	bool found;       /* @node is what it is about; else that is still to be found */
	struct node node; /* held */
	char name[];      /* the request's */
};

static void request_job_free(struct request_job *j)
{
	node_done(&j->node);
	free(j);
}

static void request_job_run(struct pool_job *job)
{
	struct request_job *j = (struct request_job *)(void *)job;
	struct request *r = &j->request;
	const struct server *s = fuse_req_userdata(r->req);

	if (j->found || tree_node(s->tree, r->ino, &j->node))
		r->answer(r, &j->node);
	else
		fuse_reply_err(r->req, ESTALE);
	request_job_free(j);
}

static void request_job_drop(struct pool_job *job)
{
	struct request_job *j = (struct request_job *)(void *)job;

	fuse_reply_err(j->request.req, EIO);
	request_job_free(j);
}

/* @node: NULL where it is still to be found. */
static void submit(const struct request *r, const struct node *node)
{
	const struct server *s = fuse_req_userdata(r->req);
	size_t name_len = r->name ? strlen(r->name) + 1 : 0;
	struct request_job *j = calloc(1, sizeof(*j) + name_len);

	if (!j) {
		fuse_reply_err(r->req, ENOMEM);
		return;
	}
	j->job.run = request_job_run;
	j->job.drop = request_job_drop;
	j->request = *r;
	if (name_len)
		j->request.name = memcpy(j->name, r->name, name_len);
	if (node) {
		j->found = true;
		j->node = *node;
		if (node->held)
			query_get(node->held);
	}
	if (decode_pool_submit(s->pool, POOL_WANTED, &j->job) < 0)
		request_job_drop(&j->job);
}

void ops_answer(struct request *r)
{
	const struct server *s = fuse_req_userdata(r->req);
	CLEANUP(node_done) struct node node = { .type = NODE_ROOT };
	uint32_t source;
	uint64_t number;

	if (inode_in_graph(r->ino, &source, &number))
		submit(r, NULL);
	else if (!tree_node(s->tree, r->ino, &node))
		fuse_reply_err(r->req, ESTALE);
	else if (tree_is_work(s->tree, &node))
		submit(r, &node);
	else
		r->answer(r, &node);
}

/* ---- queries that are let go of ---- */

struct forget_job {
	struct pool_job job; /* first: the pool knows the job by it */
	struct fuse_session *session;
	uint64_t folder;
	char name[NAME_MAX + 1];
};

static void forget_drop(struct pool_job *job)
{
	free(job);
}

static void forget_run(struct pool_job *job)
{
	struct forget_job *j = (struct forget_job *)(void *)job;

	fuse_lowlevel_notify_inval_entry(j->session, j->folder, j->name, strlen(j->name));
	forget_drop(job);
}

void ops_forget_query(void *server, uint64_t folder, const char *name)
{
	struct server *s = server;
	struct node node;
	struct forget_job *j;

	/* The kernel tells when nobody looks up anything in the folder. Elsewhere than in an `@`
	 * folder a lookup may be waiting for the pool itself. */
	if (!inode_node(folder, &node) || node.type != NODE_AT)
		return;
	j = calloc(1, sizeof(*j));
	if (!j)
		return;
	j->job.run = forget_run;
	j->job.drop = forget_drop;
	j->session = s->session;
	j->folder = folder;
	strncpy(j->name, name, NAME_MAX);
	if (decode_pool_submit(s->pool, POOL_AHEAD, &j->job) < 0)
		forget_drop(&j->job);
}
