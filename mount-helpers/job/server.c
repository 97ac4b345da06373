/* SPDX-License-Identifier: MIT */
#include "mount-helpers/job/server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/cleanup.h"

#define SERVER "genofs-fuse"

enum {
	EXIT_NOT_STARTED = 127,
	END_MS = 1000 /* for a server without a mount to end by itself */
};

/* The folder of the running program. */
static int own_folder(char out[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - 1);

	if (n <= 0)
		return -1;
	out[n] = '\0';
	*strrchr(out, '/') = '\0';
	return 0;
}

int server_find(char out[PATH_MAX], struct err *err)
{
	static const char *const places[] = { "../fs/", GENOFS_LIBEXECDIR "/", "../libexec/" };
	char own[PATH_MAX];
	char at[PATH_MAX];

	if (own_folder(own) < 0)
		return err_set(err, -ENOENT, "/proc/self/exe: %m");
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const char *place = places[i];
		int n = *place == '/' ? snprintf(at, PATH_MAX, "%s%s", place, SERVER)
				      : snprintf(at, PATH_MAX, "%s/%s%s", own, place, SERVER);

		if (n < PATH_MAX && access(at, X_OK) == 0) {
			memcpy(out, at, (size_t)n + 1);
			return 0;
		}
	}
	return err_set(err, -ENOENT,
			"the server " SERVER " is neither in %s nor beside this program in "
			"../libexec",
			GENOFS_LIBEXECDIR);
}

/* What a batch system, or a terminal, may send to all processes of a job. */
static void ignore_signals(void)
{
	static const int ignored[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGXCPU,
		SIGTSTP };
	sigset_t none;

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Standard output is the command's, which may be a pipe that somebody reads to its end. */
static void set_files(int log, int fuse)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null >= 0) {
		dup2(null, 0);
		dup2(null, 1);
	}
	if (log >= 0)
		dup2(log, 2);
	fcntl(fuse, F_SETFD, 0);
}

__attribute__((noreturn)) static void become_server(
		const struct server_args *args, char **argv, int fuse, pid_t parent)
{
	int r;

	set_files(args->log, fuse);
	ignore_signals();
	setpgid(0, 0);
	r = user_become(args->user);
	/* After that, which would undo it. */
	if (r == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent))
		_exit(EXIT_NOT_STARTED);
	errno = -r;
	if (r == 0)
		execv(args->program, argv);
	dprintf(2, "%s: %m\n", args->program);
	_exit(EXIT_NOT_STARTED);
}

int server_start(const struct server_args *args, int fuse, pid_t *pid, struct err *err)
{
	char name[] = SERVER;
	char foreground[] = "-f";
	char o[] = "-o";
	char end[] = "--";
	char device[32];
	CLEANUP(freep) char *options = args->options ? strdup(args->options) : NULL;
	CLEANUP(freep) char **argv = calloc(args->n_sources + 7, sizeof(*argv));
	const pid_t self = getpid();
	size_t n = 0;
	pid_t child;

	if (!argv || (args->options && !options))
		return err_set(err, -ENOMEM, "out of memory");
	snprintf(device, sizeof(device), "/dev/fd/%d", fuse);
	argv[n++] = name;
	argv[n++] = foreground;
	if (options) {
		argv[n++] = o;
		argv[n++] = options;
	}
	argv[n++] = end;
	for (size_t i = 0; i < args->n_sources; i++)
		argv[n++] = args->sources[i];
	argv[n] = device;
	child = fork();
	if (child < 0)
		return err_set(err, -errno, "fork: %m");
	if (child == 0)
		become_server(args, argv, fuse, self);
	*pid = child;
	return 0;
}

void server_wait(pid_t pid)
{
	CLEANUP(closep) int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	/* Files may be open there still, or it hangs. Where the kernel has no such descriptors
	 * there is nothing to wait for. */
	if (pidfd >= 0)
		while (poll(&p, 1, END_MS) < 0 && errno == EINTR)
			;
}

int server_end(pid_t pid)
{
	int status = 0;

	server_wait(pid);
	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) != 0 ? -ENOTCONN : 0;
}
