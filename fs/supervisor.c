/* SPDX-License-Identifier: MIT */
#include "fs/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/mounts.h"
#include "core/base/standard_fds.h"
#include "fs/control.h"
#include "fs/mountpoint.h"
#include "fs/notify.h"
#include "fs/server.h"

enum phase {
	PHASE_STARTING, /* not ready yet */
	PHASE_SERVING,
	PHASE_ENDING, /* detached; waiting for open files */
	PHASE_KILLED  /* the server was told to end at once */
};

struct supervisor {
	const struct options *o;
	const char *mnt; /* absolute, or "/dev/fd/N" */
	bool passed;     /* mnt is /dev/fd/N: its caller unmounts */
	pid_t server;
	int control;  /* to the server; owned */
	int signals;  /* signalfd; owned */
	int launcher; /* the end of a pipe that takes the exit status; -1 when told; owned */
	enum phase phase;
	bool mounted;
	dev_t device;     /* of the mount, once ready */
	int64_t deadline; /* of the grace period, in ms of CLOCK_MONOTONIC */
};

static bool to_syslog; /* once in the background */

static void put_line(const char *line)
{
	if (to_syslog)
		syslog(LOG_NOTICE, "%s", line);
	else
		fprintf(stderr, "genofs mount: %s\n", line);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A mount that was handed over is another's service. */
static void tell_manager(const struct supervisor *s, const char *text)
{
	struct err err = { 0 };

	if (!s->passed && notify(text, &err) < 0)
		log_line("%s", err.msg);
}

/* ---- the end ---- */

static void kill_server(struct supervisor *s)
{
	s->phase = PHASE_KILLED;
	kill(s->server, SIGKILL);
}

/* Somebody wants the mount to end; once more: now. */
static void begin_end(struct supervisor *s)
{
	int r = -EBUSY;

	tell_manager(s, "STOPPING=1");
	if (s->phase == PHASE_SERVING && !s->passed) {
		r = mountpoint_detach(s->mnt, s->device);
		if (r < 0)
			log_line("%s: cannot be detached, so it ends at once: %s", s->mnt,
					strerror(-r));
	}
	if (r < 0) {
		kill_server(s);
		return;
	}
	s->phase = PHASE_ENDING;
	s->deadline = now_ms() + (int64_t)s->o->grace * 1000;
}

static void tell_launcher(struct supervisor *s, int status)
{
	uint8_t byte = (uint8_t)status;

	if (s->launcher < 0)
		return;
	if (write(s->launcher, &byte, 1) != 1) /* it was interrupted: nobody knows of the mount */
		begin_end(s);
	close(s->launcher);
	s->launcher = -1;
}

/* ---- the start ---- */

static void set_readahead(const struct supervisor *s)
{
	unsigned kib = s->o->readahead;
	int r;

	if (kib == READAHEAD_AUTO)
		kib = mounts_readahead(s->o->threads);
	r = mounts_set_readahead(s->device, kib);
	if (r < 0 && s->o->readahead != READAHEAD_AUTO)
		log_line("%s: readahead=%u: %s", s->mnt, kib, strerror(-r));
}

/* Not before: an automounter lets only its own process group into a folder that is being mounted.
 */
static void go_to_background(void)
{
	setsid();
	openlog("genofs", LOG_PID | LOG_NDELAY, LOG_DAEMON);
	to_syslog = true;
	close_standard_fds();
	if (chdir("/") < 0)
		log_line("/: %m");
}

/* The kernel's first request has come to the server; when the mount answers too, it is ready. */
static void become_ready(struct supervisor *s)
{
	if (!s->passed) {
		/* Fails where the server died meanwhile: its end will tell. */
		if (mountpoint_wait(s->mnt, &s->device) < 0)
			return;
		set_readahead(s);
	}
	s->phase = PHASE_SERVING;
	if (s->o->foreground)
		tell_manager(s, "READY=1\nSTATUS=serving");
	else
		go_to_background();
	tell_launcher(s, EXIT_SUCCESS);
	control_send(s->control, CONTROL_READY, "");
}

/* ---- what happens ---- */

static void on_control(struct supervisor *s)
{
	struct control_msg msg;
	int r;

	while ((r = control_receive(s->control, &msg)) > 0) {
		if (msg.what == CONTROL_LOG)
			put_line(msg.text);
		else if (msg.what == CONTROL_MOUNTED)
			s->mounted = true;
		else if (msg.what == CONTROL_INIT && s->phase == PHASE_STARTING)
			become_ready(s);
	}
	if (r < 0) { /* the server is ending; SIGCHLD will say how */
		close(s->control);
		s->control = -1;
	}
}

/* The server has ended: what is left of the mount goes. Return: the exit status. */
static int on_end(struct supervisor *s, int status)
{
	bool well = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;

	if (s->control >= 0)
		on_control(s); /* its last words */
	if (s->mounted && !s->passed) {
		int r = mountpoint_detach_dead(s->mnt);

		if (r < 0)
			log_line("%s: the dead mount cannot be detached: %s", s->mnt, strerror(-r));
	}
	if (WIFSIGNALED(status) && s->phase != PHASE_KILLED)
		log_line("%s: the server was ended by signal %d (%s)", s->mnt, WTERMSIG(status),
				strsignal(WTERMSIG(status)));
	if (s->launcher >= 0 || s->phase == PHASE_STARTING) {
		tell_launcher(s, EXIT_FAILURE);
		return EXIT_FAILURE;
	}
	return well || s->phase == PHASE_KILLED ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* True, with the exit status, when the server has ended. */
static bool on_signal(struct supervisor *s, int *exit_status)
{
	struct signalfd_siginfo info;
	int status;

	if (read(s->signals, &info, sizeof(info)) != sizeof(info))
		return false;
	switch (info.ssi_signo) {
	case SIGCHLD:
		if (waitpid(s->server, &status, WNOHANG) != s->server)
			return false;
		*exit_status = on_end(s, status);
		return true;
	case SIGUSR1:
		if (s->control >= 0)
			control_send(s->control, CONTROL_STATS, "");
		return false;
	case SIGHUP: /* the terminal is gone; in the background it means nothing */
		if (!s->o->foreground)
			return false;
		begin_end(s);
		return false;
	default:
		begin_end(s);
		return false;
	}
}

static int wait_for_end(struct supervisor *s)
{
	int exit_status = EXIT_FAILURE;

	for (;;) {
		struct pollfd fds[2] = {
			{ .fd = s->signals, .events = POLLIN },
			{ .fd = s->control, .events = POLLIN }, /* -1 is left out */
		};
		int64_t left = s->phase == PHASE_ENDING ? s->deadline - now_ms() : -1;

		if (s->phase == PHASE_ENDING && left <= 0) {
			log_line("%s: files were open for all of the grace period", s->mnt);
			kill_server(s);
			left = -1;
		}
		if (poll(fds, 2, (int)left) < 0 && errno != EINTR)
			return EXIT_FAILURE;
		if (fds[1].revents)
			on_control(s);
		if (fds[0].revents && on_signal(s, &exit_status))
			return exit_status;
	}
}

/* ---- processes ---- */

static const int handled[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD };

/* A mount that was passed is its caller's to end: what the caller ignores is ignored. */
static bool is_for_caller(const struct supervisor *s, int signal_number)
{
	struct sigaction old;

	return s->passed && sigaction(signal_number, NULL, &old) == 0 && old.sa_handler == SIG_IGN;
}

static int block_signals(const struct supervisor *s)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++)
		if (!is_for_caller(s, handled[i]))
			sigaddset(&set, handled[i]);
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Signals are the supervisor's business: Ctrl-C, which all processes get, must not end the server
 * before the mount is detached. */
static void ignore_signals(void)
{
	sigset_t none;

	for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++)
		signal(handled[i], handled[i] == SIGCHLD ? SIG_DFL : SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The server's copy would keep a passed /dev/fuse open, so that its end would not be noticed. */
static void close_passed_fd(const struct supervisor *s)
{
	if (s->passed)
		close(mountpoint_fd(s->mnt));
}

static int start_server(struct supervisor *s)
{
	int pair[2];
	pid_t self;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	fflush(NULL);
	self = getpid();
	s->server = fork();
	if (s->server < 0)
		return -errno;
	if (s->server == 0) {
		/* Also where it opens sources, and does not listen. */
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != self)
			_exit(EXIT_FAILURE);
		ignore_signals();
		close(s->signals);
		close(pair[0]);
		if (s->launcher >= 0)
			close(s->launcher);
		exit(server_run(s->o, s->mnt, pair[1]));
	}
	close(pair[1]);
	s->control = pair[0];
	close_passed_fd(s);
	return 0;
}

static int supervise(struct supervisor *s)
{
	int r;

	s->signals = block_signals(s);
	if (s->signals < 0) {
		fprintf(stderr, "genofs mount: signals: %m\n");
		return EXIT_FAILURE;
	}
	r = start_server(s);
	if (r < 0) {
		fprintf(stderr, "genofs mount: starting the server: %s\n", strerror(-r));
		return EXIT_FAILURE;
	}
	return wait_for_end(s);
}

/* In the child the pipe's end to report to, in the launcher -1 and the exit status. */
static int launch(struct supervisor *s, int *exit_status)
{
	uint8_t byte = EXIT_FAILURE;
	char ready[64];
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		close(ends[0]);
		s->launcher = ends[1];
		return 0;
	}
	close(ends[1]);
	close_passed_fd(s);
	/* The end without a byte is the supervisor's death: a failure. */
	while (read(ends[0], &byte, 1) < 0 && errno == EINTR)
		;
	close(ends[0]);
	if (byte == EXIT_SUCCESS) {
		/* The launcher says so, since a manager listens to the process that it started. */
		snprintf(ready, sizeof(ready), "READY=1\nSTATUS=serving\nMAINPID=%d", (int)pid);
		tell_manager(s, ready);
	}
	*exit_status = byte;
	return 1;
}

int supervisor_run(const struct options *o)
{
	CLEANUP(freep) char *mnt = NULL;
	struct supervisor s = { .o = o, .control = -1, .signals = -1, .launcher = -1 };
	struct err err = { 0 };
	int exit_status = EXIT_FAILURE;
	int r;

	log_set_sink(put_line);
	s.passed = mountpoint_fd(o->mountpoint) >= 0;
	s.mnt = o->mountpoint;
	if (!s.passed) {
		if (mountpoint_prepare(o->mountpoint, &mnt, &err) < 0) {
			fprintf(stderr, "genofs mount: %s\n", err.msg);
			return EXIT_FAILURE;
		}
		s.mnt = mnt;
	}
	if (!o->foreground) {
		r = launch(&s, &exit_status);
		if (r < 0)
			fprintf(stderr, "genofs mount: %s\n", strerror(-r));
		if (r != 0)
			return exit_status;
	}
	return supervise(&s);
}
