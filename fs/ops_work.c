/* SPDX-License-Identifier: MIT */
/* Requests about files that the pool answers, since they may take decoding. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/view/view.h"
#include "fs/ops.h"

struct node_job {
	struct pool_job job; /* first: the pool knows the job by it */
	fuse_req_t req;
	struct node node; /* held */
	struct fuse_file_info fi;
	void (*run)(fuse_req_t req, const struct node *node, struct fuse_file_info *fi);
};

bool ops_is_work(const struct node *node)
{
	return node->type == NODE_VIEW && (view_kinds[node->row].decodes || node->query);
}

static void node_job_free(struct node_job *j)
{
	node_done(&j->node);
	free(j);
}

static void node_job_run(struct pool_job *job)
{
	struct node_job *j = (struct node_job *)(void *)job;

	j->run(j->req, &j->node, &j->fi);
	node_job_free(j);
}

static void node_job_drop(struct pool_job *job)
{
	struct node_job *j = (struct node_job *)(void *)job;

	fuse_reply_err(j->req, EIO);
	node_job_free(j);
}

void ops_submit(fuse_req_t req, const struct node *node, const struct fuse_file_info *fi,
		void (*run)(fuse_req_t req, const struct node *node, struct fuse_file_info *fi))
{
	const struct server *s = fuse_req_userdata(req);
	struct node_job *j = calloc(1, sizeof(*j));

	if (!j) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	j->job.run = node_job_run;
	j->job.drop = node_job_drop;
	j->req = req;
	j->node = *node;
	if (node->held)
		query_get(node->held);
	if (fi)
		j->fi = *fi;
	j->run = run;
	if (decode_pool_submit(s->pool, POOL_WANTED, &j->job) < 0)
		node_job_drop(&j->job);
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
