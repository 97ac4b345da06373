/* SPDX-License-Identifier: MIT */
#include "mount-helpers/job/share.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "mount-helpers/job/keeper.h"
#include "mount-helpers/job/report.h"
#include "mount-helpers/job/share_place.h"

/* Whoever listens there is we: the folder is closed to others, root aside. */
static bool is_ours(int fd)
{
	struct ucred peer;
	socklen_t n = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0 && peer.uid == geteuid();
}

/* Return: 0; -ENOENT where there is no keeper, or it is ending; another negative errno. */
static int join_keeper(const struct share_place *place, struct job_share *out, struct err *err)
{
	int fd = share_place_connect(place, place->key);
	int r;

	if (fd == -ECONNREFUSED || fd == -ENOENT)
		return -ENOENT;
	if (fd < 0)
		return err_set(err, fd, "%s: %s", place->pathname, strerror(-fd));
	r = is_ours(fd) ? report_receive(fd, &out->tree, err)
			: err_set(err, -EPERM, "%s: somebody else's socket", place->pathname);
	if (r == 0 && out->tree >= 0) {
		out->lease = fd;
		return 0;
	}
	close(fd);
	return r == -EPIPE || r == 0 ? -ENOENT : r;
}

/* In two steps, so that the keeper is no child of a user's. */
static int fork_keeper(const struct job_request *request, struct share_place *place, int listening,
		int lock, const int pair[2], struct err *err)
{
	pid_t pid = fork();

	if (pid < 0)
		return err_set(err, -errno, "fork: %m");
	if (pid > 0) {
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		return 0;
	}
	if (setsid() < 0 || fork() != 0)
		_exit(0);
	close(lock); /* or it would not be unlocked by the user's close */
	close(pair[0]);
	keeper_run(request, place, listening, pair[1]);
}

static int start_keeper(const struct job_request *request, struct share_place *place, int lock,
		struct job_share *out, struct err *err)
{
	CLEANUP(closep) int listening = -1;
	int pair[2];
	char name[SHARE_KEY_MAX + 8];
	int r;

	share_place_sweep(place);
	snprintf(name, sizeof(name), "%s.sock", place->key);
	unlinkat(place->folder, name, 0); /* of one that was killed */
	listening = share_place_listen(place);
	if (listening < 0)
		return err_set(err, listening, "%s: %s", place->pathname, strerror(-listening));
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(err, -errno, "socketpair: %m");
	r = fork_keeper(request, place, listening, lock, pair, err);
	close(pair[1]);
	if (r == 0)
		r = report_receive(pair[0], &out->tree, err);
	if (r < 0) {
		close(pair[0]);
		share_place_remove(place, place->key);
		return r;
	}
	out->lease = pair[0];
	return 0;
}

int share_join(const struct job_request *request, struct job_share *out, struct err *err)
{
	struct share_place place;
	struct job_share share = { -1, -1 };
	int lock;
	int r = share_place_open(request, &place, err);

	if (r < 0)
		return r;
	lock = share_place_lock(&place, err);
	if (lock < 0) {
		share_place_done(&place);
		return lock;
	}
	r = join_keeper(&place, &share, err);
	if (r == -ENOENT)
		r = start_keeper(request, &place, lock, &share, err);
	close(lock);
	share_place_done(&place);
	if (r == 0)
		*out = share;
	return r;
}

void share_clean(const struct job_request *request)
{
	struct share_place place;
	struct err err;
	int lock;

	if (share_place_open(request, &place, &err) < 0)
		return;
	lock = share_place_lock(&place, &err);
	if (lock >= 0) {
		int fd = share_place_connect(&place, place.key);

		if (fd >= 0)
			close(fd); /* another has begun */
		else
			share_place_remove(&place, place.key);
		close(lock);
	}
	share_place_done(&place);
}
