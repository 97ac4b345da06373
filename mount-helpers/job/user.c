/* SPDX-License-Identifier: MIT */
#include "mount-helpers/job/user.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mount-helpers/job/report.h"

int user_become(const struct job_user *user)
{
	if (user && (setgroups(user->n_groups, user->groups) < 0 ||
				    setresgid(user->gid, user->gid, user->gid) < 0 ||
				    setresuid(user->uid, user->uid, user->uid) < 0))
		return -errno;
	return 0;
}

__attribute__((noreturn)) static void work_as(
		const struct job_user *user, user_work *work, void *arg, int socket)
{
	struct err err = { 0 };
	int fd = -1;
	int r = user_become(user);

	if (r < 0)
		err_set(&err, r, "becoming user %ld: %s", (long)user->uid, strerror(-r));
	else
		r = work(arg, &fd, &err);
	report_send(socket, r, &err, fd);
	_exit(0);
}

int user_run(const struct job_user *user, user_work *work, void *arg, int *fd, struct err *err)
{
	int pair[2];
	pid_t pid;
	int r;

	*fd = -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(err, -errno, "socketpair: %m");
	pid = fork();
	if (pid == 0)
		work_as(user, work, arg, pair[1]);
	r = pid < 0 ? err_set(err, -errno, "fork: %m") : 0;
	close(pair[1]);
	if (r == 0)
		r = report_receive(pair[0], fd, err);
	close(pair[0]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return r;
}
