/* SPDX-License-Identifier: MIT */
#include "mount-helpers/job/job_mount.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/mounts.h"
#include "core/base/words.h"
#include "mount-helpers/job/folder.h"
#include "mount-helpers/job/fuse_mount.h"

struct job_mount {
	char *mnt; /* absolute; owned */
	enum job_way way;
	int folder;   /* what is mounted on; owned */
	pid_t server; /* a child; -1 for none */
	int lease;    /* of a shared mount, the caller's; -1 for none */
	bool mounted;
	unsigned readahead;          /* KiB; 0: another sets it */
	const struct job_user *user; /* the caller's */
};

static int remove_folder(void *arg, int *fd, struct err *err)
{
	const struct job_mount *m = arg;

	(void)fd;
	(void)err;
	folder_remove(m->mnt, m->folder);
	return 0;
}

static void job_mount_freep(struct job_mount **m)
{
	int none;

	if (!*m)
		return;
	if ((*m)->mounted)
		mounts_detach((*m)->mnt, true, true);
	if ((*m)->folder >= 0 && (*m)->user)
		user_run((*m)->user, remove_folder, *m, &none, NULL);
	else if ((*m)->folder >= 0)
		folder_remove((*m)->mnt, (*m)->folder);
	if ((*m)->folder >= 0)
		close((*m)->folder);
	free((*m)->mnt);
	free(*m);
}

/* Without looking at it: it need not be there, or may be a mount that hangs. */
static char *absolute(const char *pathname)
{
	CLEANUP(freep) char *here = NULL;
	char *out;

	if (*pathname == '/')
		return strdup(pathname);
	here = getcwd(NULL, 0);
	if (!here || asprintf(&out, "%s/%s", strcmp(here, "/") == 0 ? "" : here, pathname) < 0)
		return NULL;
	return out;
}

/* ---- as the user ---- */

/* A source that the mount covers would be looked for in the mount itself, for ever. */
static int refuse_beneath(const char *what, const char *mnt, struct err *err)
{
	CLEANUP(freep) char *real = realpath(what, NULL);
	size_t n = strlen(mnt);

	if (!real || strncmp(real, mnt, n) != 0 || (real[n] != '/' && n > 1))
		return 0;
	return err_set(err, -EINVAL, "%s lies beneath %s, which the mount covers; mount elsewhere",
			what, mnt);
}

static int refuse_files_beneath(const struct server_args *server, const char *mnt, struct err *err)
{
	const char *list = server->options ? server->options : "";
	const char *end = list + strlen(list);
	CLEANUP(freep) char *word = malloc(strlen(list) + 1);
	int r = 0;

	if (!word)
		return err_set(err, -ENOMEM, "out of memory");
	while (r == 0 && words_next(&list, end, word)) {
		const char *value = strchr(word, '=');

		if (value)
			r = refuse_beneath(value + 1, mnt, err);
	}
	for (size_t i = 0; r == 0 && i < server->n_sources; i++) {
		r = refuse_beneath(words_source(server->sources[i]), mnt, err);
	}
	return r;
}

struct look_up {
	const struct job_request *request;
	const char *mnt;
};

static int look_up(void *arg, int *fd, struct err *err)
{
	const struct look_up *l = arg;
	const struct server_args *server = &l->request->server;
	CLEANUP(freep) char *real = NULL;
	int r = folder_open(l->mnt, server->user != NULL, fd, err);

	if (r < 0)
		return r;
	real = realpath(l->mnt, NULL);
	if (!real)
		return err_set(err, -errno, "%s: %m", l->mnt);
	return refuse_files_beneath(server, real, err);
}

/* The table of mounts has the folder's own name, without symbolic links. */
static int take_real_name(struct job_mount *m, struct err *err)
{
	char by_fd[64];
	char real[PATH_MAX];
	ssize_t n;

	snprintf(by_fd, sizeof(by_fd), "/proc/self/fd/%d", m->folder);
	n = readlink(by_fd, real, sizeof(real) - 1);
	if (n < 0)
		return err_set(err, -errno, "%s: %m", by_fd);
	real[n] = '\0';
	free(m->mnt);
	m->mnt = strdup(real);
	return m->mnt ? 0 : err_set(err, -ENOMEM, "out of memory");
}

static int open_folder(struct job_mount *m, const struct job_request *request, struct err *err)
{
	struct look_up l = { request, m->mnt };
	int r;

	if (request->server.user)
		r = user_run(request->server.user, look_up, &l, &m->folder, err);
	else
		r = look_up(&l, &m->folder, err);
	return r < 0 ? r : take_real_name(m, err);
}

/* ---- the mount ---- */

static int mount_there(
		struct job_mount *m, const struct job_request *request, int *fuse, struct err *err)
{
	const struct job_user *user = request->server.user;
	char by_fd[64];
	struct fuse_mount f = {
		.way = m->way,
		/* That very folder, also where its name has been given to another */
		.at = m->way == JOB_WAY_FUSERMOUNT ? m->mnt : by_fd,
		.tag = request->tag,
		.uid = user ? user->uid : geteuid(),
		.gid = user ? user->gid : getegid(),
	};
	int r = fuse_mount_options_parse(request->server.options, &f.options);

	if (r < 0)
		return err_set(err, r, "out of memory");
	m->readahead = f.options.readahead;
	if (m->way == JOB_WAY_USER)
		f.options.allow_other = false; /* there are no others in there */
	snprintf(by_fd, sizeof(by_fd), "/proc/self/fd/%d", m->folder);
	if (m->way == JOB_WAY_FUSERMOUNT)
		folder_let_write(m->folder, true);
	r = fuse_mount_make(&f, fuse, err);
	if (m->way == JOB_WAY_FUSERMOUNT)
		folder_let_write(m->folder, false);
	if (r < 0)
		return err_prefix(err, r, "%s", m->mnt);
	m->mounted = true;
	return 0;
}

static int serve_there(struct job_mount *m, const struct job_request *request, struct err *err)
{
	CLEANUP(closep) int fuse = -1;
	int r = mount_there(m, request, &fuse, err);

	return r < 0 ? r : server_start(&request->server, fuse, &m->server, err);
}

static int move_there(struct job_mount *m, const struct job_share *share, struct err *err)
{
	if (m->way == JOB_WAY_FUSERMOUNT)
		return err_set(err, -EPERM, "%s: no namespace to share a mount in", m->mnt);
	if (move_mount(share->tree, "", m->folder, "",
			    MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return err_set(err, -errno, "%s: mounting: %m", m->mnt);
	m->mounted = true;
	return 0;
}

int job_mount_new(const struct job_request *request, struct job_mount **out, struct err *why,
		struct err *err)
{
	CLEANUP(job_mount_freep) struct job_mount *m = calloc(1, sizeof(*m));
	int r;

	if (!m)
		return err_set(err, -ENOMEM, "out of memory");
	m->folder = -1;
	m->server = -1;
	m->lease = request->share ? request->share->lease : -1;
	m->user = request->server.user;
	m->mnt = absolute(request->mnt);
	if (!m->mnt)
		return err_set(err, -errno, "%s: %m", request->mnt);
	r = namespace_enter(&m->way, why, err);
	if (r == 0)
		r = open_folder(m, request, err);
	if (r == 0 && request->share)
		r = move_there(m, request->share, err);
	else if (r == 0)
		r = serve_there(m, request, err);
	if (r < 0)
		return r;

	*out = m;
	m = NULL;
	return 0;
}

enum job_way job_mount_way(const struct job_mount *m)
{
	return m->way;
}

const char *job_mount_at(const struct job_mount *m)
{
	return m->mnt;
}

pid_t job_mount_server(const struct job_mount *m)
{
	return m->server;
}

int job_mount_lease(const struct job_mount *m)
{
	return m->lease;
}

int job_mount_wait(const struct job_mount *m)
{
	struct statvfs fs;
	struct stat st;

	if (statvfs(m->mnt, &fs) < 0) {
		int r = -errno;

		/* The mount is dead before its supervisor has said why. */
		if (r == -ENOTCONN && m->server > 0)
			server_wait(m->server);
		return r;
	}
	if (m->readahead && stat(m->mnt, &st) == 0)
		mounts_set_readahead(st.st_dev, m->readahead); /* as root, else it stays small */
	return 0;
}

int job_mount_end(struct job_mount *m, bool server_ended)
{
	int r = 0;

	/* Somebody whom the command left behind may be in there. */
	if (m->mounted && mounts_detach(m->mnt, true, true) == 0)
		m->mounted = false;
	if (m->server >= 0 && !server_ended)
		r = server_end(m->server);
	job_mount_freep(&m);
	return r;
}
