/* SPDX-License-Identifier: MIT */
/*
 * genofs umount: ends mounts, and returns when their servers have ended. Works where the server is
 * dead (ENOTCONN) and for mounts of users without privileges.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/mounts.h"
#include "tools/commands.h"

enum {
	EXIT_USAGE = 2,
	ASK_SECONDS = 2, /* for the server to say its supervisor's pid */
	END_SECONDS = 10 /* for the supervisor to end after the mount has */
};

static void print_help(FILE *to)
{
	fputs("usage: genofs umount [-l] MNT...\n"
	      "\n"
	      "End mounts made by genofs mount, also such whose server was killed. Returns when\n"
	      "the server has ended.\n"
	      "\n"
	      "  -l, --lazy   take a mount that is in use out of the tree now; the server ends\n"
	      "               when the last file is closed\n"
	      "  -h, --help   print this\n"
	      "\n"
	      "Exit status: 0 all are gone, 1 failed, 2 wrong usage.\n",
			to);
}

static void on_alarm(int signal_number)
{
	(void)signal_number; /* open(2) and read(2) return EINTR */
}

static ssize_t read_config(const char *mnt, char *buf, size_t size)
{
	char pathname[PATH_MAX];
	CLEANUP(closep) int fd = -1;

	if (snprintf(pathname, sizeof(pathname), "%s/.genofs/config", mnt) >= PATH_MAX)
		return -1;
	fd = open(pathname, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -1 : read(fd, buf, size);
}

/* A pidfd of the mount's supervisor; -1 where the mount does not say, or not in time. */
static int open_supervisor(const char *mnt)
{
	static const char key[] = "\nsupervisor_pid=";
	const struct sigaction act = { .sa_handler = on_alarm }; /* no SA_RESTART */
	char config[4096];
	const char *at;
	ssize_t n;
	long pid;

	sigaction(SIGALRM, &act, NULL);
	alarm(ASK_SECONDS); /* a server that hangs must not hang us */
	n = read_config(mnt, config, sizeof(config) - 1);
	alarm(0);
	if (n <= 0)
		return -1;
	config[n] = '\0';
	at = strstr(config, key);
	pid = at ? strtol(at + sizeof(key) - 1, NULL, 10) : 0;
	/* 1 has taken over where the supervisor is dead, and is not ours to wait for. */
	return pid > 1 ? (int)syscall(SYS_pidfd_open, (pid_t)pid, 0) : -1;
}

/* False when the supervisor is still there after END_SECONDS. */
static bool wait_for_end(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return pidfd < 0 || poll(&p, 1, END_SECONDS * 1000) != 0;
}

static int end_mount(const char *given, bool lazy)
{
	CLEANUP(freep) char *mnt = mounts_pathname(given);
	CLEANUP(closep) int supervisor = -1;
	unsigned n_before;
	bool ours;
	int r;

	if (!mnt) {
		fprintf(stderr, "genofs umount: %s: %m\n", given);
		return EXIT_FAILURE;
	}
	n_before = mounts_at(mnt, &ours);
	if (!ours) {
		fprintf(stderr, "genofs umount: %s: %s\n", given,
				n_before ? "the mount there is not one of genofs; umount(8) ends it"
					 : "nothing is mounted there");
		return EXIT_FAILURE;
	}
	if (!lazy)
		supervisor = open_supervisor(mnt);
	r = mounts_detach(mnt, lazy, false);
	if (r == -EBUSY) {
		fprintf(stderr,
				"genofs umount: %s: files are open there, or it is somebody's "
				"working folder; -l detaches it all the same\n",
				given);
		return EXIT_FAILURE;
	}
	if (r < 0) {
		fprintf(stderr, "genofs umount: %s: %s\n", given, strerror(-r));
		return EXIT_FAILURE;
	}
	if (!wait_for_end(supervisor)) {
		fprintf(stderr,
				"genofs umount: %s: unmounted, but its server has not ended: "
				"another mount namespace, a job's or a container's, may have the "
				"mount too\n",
				given);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

int cmd_umount(int argc, char **argv)
{
	static const struct option names[] = {
		{ "lazy", no_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int exit_status = EXIT_SUCCESS;
	bool lazy = false;
	int flag;

	opterr = 0;
	while ((flag = getopt_long(argc, argv, "lh", names, NULL)) != -1) {
		if (flag == 'h') {
			print_help(stdout);
			return EXIT_SUCCESS;
		}
		if (flag != 'l') {
			fprintf(stderr,
					"genofs umount: '%s' is not an option; genofs umount "
					"--help lists them\n",
					argv[optind - 1]);
			return EXIT_USAGE;
		}
		lazy = true;
	}
	if (optind == argc) {
		fputs("genofs umount: which mount? Try: genofs umount --help\n", stderr);
		return EXIT_USAGE;
	}
	for (int i = optind; i < argc; i++)
		if (end_mount(argv[i], lazy) != EXIT_SUCCESS)
			exit_status = EXIT_FAILURE;
	return exit_status;
}
