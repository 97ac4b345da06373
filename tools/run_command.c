/* SPDX-License-Identifier: MIT */
#include "tools/run_command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/mounts.h"

enum {
	KILL_AFTER_MS = 5000, /* a command whose server died, when it does not end */
	LEASE_MS = 50         /* after a command that failed */
};

/* What kept the command from being started. */
struct not_started {
	bool mounted; /* it is the command itself */
	int r;        /* negative errno */
};

struct run {
	const struct job_mount *m;
	char **argv;
	pid_t command;
	const struct run_signals *signals;
	int start; /* pipe: a struct not_started, or its end when the command runs; owned */
	struct not_started failure;
	bool started;
	bool server_ended;
	int64_t kill_at; /* ms of CLOCK_MONOTONIC; 0: never */
};

/* Faults are our own; what stops a terminal's processes, and SIGCONT's start, the kernel does. */
static const int not_forwarded[] = { SIGKILL, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGCHLD, SIGSEGV,
	SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGPIPE };

int run_block_signals(struct run_signals *out, struct err *err)
{
	sigset_t set;

	sigfillset(&set);
	for (size_t i = 0; i < sizeof(not_forwarded) / sizeof(not_forwarded[0]); i++)
		sigdelset(&set, not_forwarded[i]);
	sigaddset(&set, SIGCHLD);
	signal(SIGCHLD, SIG_DFL); /* else children that ended could not be waited for */
	if (sigprocmask(SIG_BLOCK, &set, &out->before) < 0)
		return err_set(err, -errno, "signals: %m");
	out->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return out->fd < 0 ? err_set(err, -errno, "signals: %m") : 0;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- the start ---- */

__attribute__((noreturn)) static void become_command(const struct run *run, int start, pid_t parent)
{
	struct not_started failure = { 0 };

	/* A kill -9 of us must reach the command too, as something that it can obey. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent)
		_exit(EXIT_OUR_MISTAKE);
	sigprocmask(SIG_SETMASK, &run->signals->before, NULL);
	failure.r = job_mount_wait(run->m);
	if (failure.r == 0) {
		execvp(run->argv[0], run->argv);
		failure = (struct not_started){ .mounted = true, .r = -errno };
	}
	if (write(start, &failure, sizeof(failure)) < 0)
		_exit(EXIT_OUR_MISTAKE);
	_exit(EXIT_NOT_RUN);
}

static int start_command(struct run *run)
{
	const pid_t self = getpid();
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	run->command = fork();
	if (run->command == 0)
		become_command(run, ends[1], self);
	close(ends[1]);
	run->start = ends[0];
	return run->command < 0 ? -errno : 0;
}

static void on_start(struct run *run)
{
	run->started = read(run->start, &run->failure, sizeof(run->failure)) !=
		       sizeof(run->failure);
	close(run->start);
	run->start = -1;
}

/* ---- signals and ends ---- */

static void on_server_end(struct run *run)
{
	run->server_ended = true;
	if (run->start >= 0)
		on_start(run); /* waits: the command's process knows by now */
	if (!run->started)
		return;
	fprintf(stderr, "genofs run: the server of %s died; ending %s\n", job_mount_at(run->m),
			run->argv[0]);
	mounts_detach(job_mount_at(run->m), true, true);
	kill(run->command, SIGTERM);
	run->kill_at = now_ms() + KILL_AFTER_MS;
}

/* True, with its status, when the command has ended. */
static bool on_child(struct run *run, int *status)
{
	const pid_t server = job_mount_server(run->m);

	if (server > 0 && !run->server_ended && waitpid(server, NULL, WNOHANG) == server)
		on_server_end(run);
	return waitpid(run->command, status, WNOHANG) == run->command;
}

static bool on_signal(struct run *run, int *status)
{
	struct signalfd_siginfo info;

	while (read(run->signals->fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD) {
			if (on_child(run, status))
				return true;
		} else if (info.ssi_code != SI_KERNEL) {
			/* A terminal's go to all of its processes, the command too. */
			kill(run->command, (int)info.ssi_signo);
		}
	}
	return false;
}

static int wait_ms(struct run *run)
{
	int64_t left;

	if (run->kill_at == 0)
		return -1;
	left = run->kill_at - now_ms();
	if (left > 0)
		return (int)left;
	kill(run->command, SIGKILL);
	run->kill_at = 0;
	return -1;
}

static int wait_for_command(struct run *run)
{
	int status = 0;

	for (;;) {
		const int lease = run->server_ended ? -1 : job_mount_lease(run->m);
		struct pollfd fds[3] = {
			{ .fd = run->signals->fd, .events = POLLIN },
			{ .fd = run->start, .events = POLLIN }, /* -1 is left out */
			{ .fd = lease, .events = POLLIN },
		};

		if (poll(fds, 3, wait_ms(run)) < 0 && errno != EINTR)
			return -errno;
		if (fds[1].revents)
			on_start(run);
		if (fds[2].revents)
			on_server_end(run);
		if (fds[0].revents && on_signal(run, &status))
			return status;
	}
}

/* ---- how it went ---- */

static int say_not_started(const struct run *run)
{
	const struct not_started *f = &run->failure;

	if (!f->mounted) {
		fprintf(stderr, "genofs run: %s is not mounted, so %s was not run (%s)\n",
				job_mount_at(run->m), run->argv[0],
				f->r == -ENOTCONN ? "the server says why, above" : strerror(-f->r));
		return EXIT_OUR_MISTAKE;
	}
	fprintf(stderr, "genofs run: %s: %s\n", run->argv[0], strerror(-f->r));
	return f->r == -ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN;
}

/* A reader may be told of a server's end, and end itself, before the keeper of a shared one has
 * told us. */
static bool lease_ends(const struct run *run)
{
	struct pollfd p = { .fd = job_mount_lease(run->m), .events = POLLIN };

	return p.fd >= 0 && poll(&p, 1, LEASE_MS) > 0;
}

int run_command(const struct job_mount *m, char **argv, const struct run_signals *signals,
		bool *server_ended)
{
	struct run run = { .m = m, .argv = argv, .signals = signals, .start = -1 };
	int status = 0;
	int r = start_command(&run);

	if (r == 0)
		r = status = wait_for_command(&run);
	if (r < 0) {
		fprintf(stderr, "genofs run: starting %s: %s\n", argv[0], strerror(-r));
		return EXIT_OUR_MISTAKE;
	}
	if (run.start >= 0)
		on_start(&run);
	*server_ended = run.server_ended;
	if (!run.started && WIFEXITED(status))
		return say_not_started(&run);
	if (run.server_ended || (status != 0 && lease_ends(&run)))
		return EXIT_SERVER_DIED;
	return WIFSIGNALED(status) ? EXIT_BY_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}
