/* SPDX-License-Identifier: MIT */
#include "mount-helpers/job/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/job_tag.h"
#include "core/base/mounts.h"
#include "core/base/standard_fds.h"
#include "mount-helpers/job/fuse_mount.h"
#include "mount-helpers/job/report.h"

enum {
	MAX_USERS = 4096,
	JOINING_MS = 10, /* how often to look whether somebody who has the lock has joined */
	FD_SIGNALS = 0,  /* places in keeper.fds */
	FD_READY,
	FD_LISTENING,
	FD_USERS
};

struct keeper {
	const struct job_request *request;
	struct share_place *place;
	int log; /* the server's standard error; owned */
	pid_t server;
	pid_t prober;
	bool ready;
	unsigned n_fds;
	struct pollfd fds[FD_USERS + MAX_USERS];
};

static struct keeper keeper; /* of the process; too large for its stack */

/* ---- users ---- */

static int send_mount(const struct keeper *k, int user)
{
	/* Each has one of its own: it can be put into a tree once. */
	CLEANUP(closep)
	int tree = open_tree(AT_FDCWD, k->place->pathname, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	struct err err = { 0 };
	int r = 0;

	if (tree < 0)
		r = err_set(&err, errno == ENOSYS || errno == EPERM ? -ENOTSUP : -errno,
				"open_tree: %m");
	return report_send(user, r, &err, tree);
}

static void drop_user(struct keeper *k, unsigned i)
{
	close(k->fds[i].fd);
	k->fds[i] = k->fds[--k->n_fds];
}

static void add_user(struct keeper *k, int fd)
{
	if (k->n_fds == FD_USERS + MAX_USERS || (k->ready && send_mount(k, fd) < 0)) {
		close(fd);
		return;
	}
	k->fds[k->n_fds++] = (struct pollfd){ .fd = fd, .events = POLLIN };
}

static bool accept_users(struct keeper *k)
{
	bool any = false;
	int fd;

	while ((fd = accept4(k->fds[FD_LISTENING].fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		add_user(k, fd);
		any = true;
	}
	return any;
}

/* They send nothing: what can be read is their end. */
static void look_at_users(struct keeper *k)
{
	for (unsigned i = k->n_fds; i-- > FD_USERS;)
		if (k->fds[i].revents)
			drop_user(k, i);
}

static void tell_users(struct keeper *k, int r, const struct err *err)
{
	for (unsigned i = k->n_fds; i-- > FD_USERS;)
		if (r < 0)
			report_send(k->fds[i].fd, r, err, -1);
		else if (send_mount(k, k->fds[i].fd) < 0)
			drop_user(k, i);
}

/* ---- ends ---- */

__attribute__((noreturn)) static void end(struct keeper *k, bool server_ended)
{
	mounts_detach(k->place->pathname, true, true);
	if (k->server > 0 && !server_ended)
		server_end(k->server);
	_exit(0);
}

/* Nobody uses it. Whoever has the lock may be about to, and is waited for. */
static void try_to_end(struct keeper *k)
{
	int lock = share_place_try_lock(k->place, k->place->key);

	if (lock == -EWOULDBLOCK)
		return;
	if (lock >= 0 && accept_users(k)) {
		close(lock);
		return;
	}
	mounts_detach(k->place->pathname, true, true); /* it covers the folder's name */
	if (lock >= 0)
		share_place_remove(k->place, k->place->key);
	end(k, false);
}

/* The first line that the server said. */
static void read_log(const struct keeper *k, struct err *err)
{
	char text[400];
	ssize_t n = pread(k->log, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	err_set(err, -ENOTCONN, "%s", *text ? text : "the server ended");
}

static void on_children(struct keeper *k)
{
	struct signalfd_siginfo info;
	struct err err = { 0 };

	while (read(k->fds[FD_SIGNALS].fd, &info, sizeof(info)) == sizeof(info))
		;
	if (k->prober > 0 && waitpid(k->prober, NULL, WNOHANG) == k->prober)
		k->prober = -1;
	if (waitpid(k->server, NULL, WNOHANG) != k->server)
		return;
	if (!k->ready) {
		read_log(k, &err);
		tell_users(k, -ENOTCONN, &err);
	}
	end(k, true); /* which users notice; who is next finds nobody, and begins anew */
}

/* ---- the start ---- */

/* A process waits for the first answer, which may take minutes, so that we need not. */
static void start_prober(struct keeper *k, int tree, unsigned readahead)
{
	struct statvfs fs;
	struct stat st;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return;
	k->fds[FD_READY].fd = ends[0];
	k->prober = fork();
	if (k->prober == 0) {
		if (fstatvfs(tree, &fs) < 0)
			_exit(1);
		if (fstat(tree, &st) == 0)
			mounts_set_readahead(st.st_dev, readahead);
		if (write(ends[1], "r", 1) != 1)
			_exit(1);
		_exit(0);
	}
	close(ends[1]);
}

static void on_ready(struct keeper *k)
{
	char byte;

	k->ready = read(k->fds[FD_READY].fd, &byte, 1) == 1;
	close(k->fds[FD_READY].fd);
	k->fds[FD_READY].fd = -1;
	if (k->ready)
		tell_users(k, 0, NULL);
}

static int mount_and_serve(struct keeper *k, struct err *err)
{
	const struct job_request *request = k->request;
	struct server_args server = request->server;
	struct fuse_mount f = { .at = k->place->pathname, .uid = geteuid(), .gid = getegid() };
	char tag[JOB_TAG_MAX];
	CLEANUP(closep) int fuse = -1;
	CLEANUP(closep) int tree = -1;
	struct err why;
	int r = namespace_enter(&f.way, &why, err);

	if (r < 0)
		return r;
	if (f.way == JOB_WAY_FUSERMOUNT)
		return err_set(err, -ENOTSUP, "no namespace: %s", why.msg);
	if (!job_tag(tag))
		snprintf(tag, sizeof(tag), "genofs:pid=%ld", (long)getpid());
	f.tag = tag;
	r = fuse_mount_options_parse(server.options, &f.options);
	if (r < 0)
		return err_set(err, r, "out of memory");
	if (f.way == JOB_WAY_USER)
		f.options.allow_other = false;
	r = fuse_mount_make(&f, &fuse, err);
	if (r < 0)
		return r;
	tree = open(f.at, O_PATH | O_DIRECTORY | O_CLOEXEC);
	server.log = k->log;
	r = server_start(&server, fuse, &k->server, err);
	if (r < 0)
		return r;
	close(fuse);
	fuse = -1;
	start_prober(k, tree, f.options.readahead);
	return chdir("/") < 0 ? err_set(err, -errno, "/: %m") : 0;
}

/* What is said to a job is not said to us, who may be needed until the last of it has ended. */
static int take_signals(void)
{
	static const int ignored[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM,
		SIGXCPU, SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE };
	sigset_t set;

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_SETMASK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

void keeper_run(const struct job_request *request, struct share_place *place, int listening,
		int first)
{
	struct keeper *k = &keeper;
	struct err err = { 0 };
	int r;

	close_standard_fds();
	k->request = request;
	k->place = place;
	k->prober = k->server = -1;
	k->log = memfd_create("genofs-log", MFD_CLOEXEC);
	k->fds[FD_SIGNALS] = (struct pollfd){ .fd = take_signals(), .events = POLLIN };
	k->fds[FD_READY] = (struct pollfd){ .fd = -1, .events = POLLIN };
	k->fds[FD_LISTENING] = (struct pollfd){ .fd = listening, .events = POLLIN };
	k->n_fds = FD_USERS;
	add_user(k, first);
	r = mount_and_serve(k, &err);
	if (r < 0) {
		tell_users(k, r, &err);
		end(k, false);
	}
	for (;;) {
		bool idle = k->n_fds == FD_USERS;

		if (poll(k->fds, k->n_fds, idle ? JOINING_MS : -1) < 0 && errno != EINTR)
			end(k, false);
		look_at_users(k);
		if (k->fds[FD_READY].revents)
			on_ready(k);
		if (k->fds[FD_LISTENING].revents)
			accept_users(k);
		if (k->fds[FD_SIGNALS].revents)
			on_children(k);
		if (k->n_fds == FD_USERS)
			try_to_end(k);
	}
}
