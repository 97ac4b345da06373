/* SPDX-License-Identifier: MIT */
/* The command of genofs run: started when its mount is ready, told of signals, waited for. */
#ifndef GENOFS_TOOLS_RUN_COMMAND_H
#define GENOFS_TOOLS_RUN_COMMAND_H

#include <signal.h>

#include "mount-helpers/job/job_mount.h"

/* Exit statuses beside the command's own; 126 and 127 as a shell has them. */
enum {
	EXIT_SERVER_DIED = 74, /* EX_IOERR of sysexits.h */
	EXIT_OUR_MISTAKE = 125,
	EXIT_NOT_RUN = 126,
	EXIT_NOT_FOUND = 127,
	EXIT_BY_SIGNAL = 128
};

struct run_signals {
	int fd;          /* signalfd; the caller's to close; -1 at first */
	sigset_t before; /* the mask that we were started with, and the command is */
};

/* Signals wait from here on, until run_command() looks at them. Return: 0; a negative errno. */
int run_block_signals(struct run_signals *out, struct err *err);

/**
 * run_command() - run @argv on mount @m
 * @server_ended: set where the server was found dead and waited for
 *
 * Return: the exit status, as that of a shell.
 */
int run_command(const struct job_mount *m, char **argv, const struct run_signals *signals,
		bool *server_ended);

#endif
