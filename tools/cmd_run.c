/* SPDX-License-Identifier: MIT */
/*
 * genofs run: a command with a mount that is its own and ends with it, whatever ends either. How,
 * is in docs/jobs.md.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/cleanup.h"
#include "core/base/job_tag.h"
#include "core/base/standard_fds.h"
#include "mount-helpers/job/job_mount.h"
#include "tools/commands.h"
#include "tools/run_command.h"
#include "tools/run_stats.h"

struct run_args {
	struct buf options; /* joined by commas, with a NUL; empty where none were given */
	bool stats;
	bool share;
	bool verbose;
	bool help;
	char **sources;
	size_t n_sources;
	const char *mnt;
	char **command;
};

static void print_help(FILE *to)
{
	fputs("usage: genofs run [-v] [-o OPTION,...] [--share] [--stats] [NAME=]SOURCE... MNT "
	      "-- COMMAND [ARG...]\n"
	      "\n"
	      "Run COMMAND with the sources mounted on MNT, for it and its children alone. The\n"
	      "mount is ready when the command starts, and gone when it ends, however it does.\n"
	      "MNT is made if it is not there, and removed after.\n"
	      "\n"
	      "  -o, --options   as those of genofs mount\n"
	      "      --share     one mount for all that you run so in this job step: its blocks\n"
	      "                  are decoded once\n"
	      "      --stats     say at the end what was read: bytes, cache, decodes\n"
	      "  -v, --verbose   say how it is mounted\n"
	      "  -h, --help      print this\n"
	      "\n"
	      "Exit status: the command's; 128+N when signal N ended it; 127 not found, 126 not\n"
	      "run, 125 not mounted or wrong usage, 74 the server died.\n",
			to);
}

static int parse_flags(int argc, char **argv, struct run_args *a, struct err *err)
{
	static const struct option names[] = {
		{ "options", required_argument, NULL, 'o' },
		{ "stats", no_argument, NULL, 's' },
		{ "share", no_argument, NULL, 'S' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int flag;

	opterr = 0;
	while ((flag = getopt_long(argc, argv, ":o:vh", names, NULL)) != -1) {
		if (flag == 'o')
			buf_printf(&a->options, "%s%s", a->options.len ? "," : "", optarg);
		else if (flag == 's')
			a->stats = true;
		else if (flag == 'S')
			a->share = true;
		else if (flag == 'v')
			a->verbose = true;
		else if (flag == 'h')
			a->help = true;
		else
			return err_set(err, -EINVAL, "'%s' is not an option, or lacks its value",
					argv[optind - 1]);
	}
	buf_put_u8(&a->options, '\0');
	return buf_failed(&a->options) ? err_set(err, -ENOMEM, "out of memory") : 0;
}

/* What stands before "--" is ours, what stands behind it the command's. */
static int parse(int argc, char **argv, struct run_args *a, struct err *err)
{
	int end = 1;
	int r;

	while (end < argc && strcmp(argv[end], "--") != 0)
		end++;
	a->command = argv + (end < argc ? end + 1 : argc);
	argv[end] = NULL;
	r = parse_flags(end, argv, a, err);
	if (r < 0 || a->help)
		return r;
	if (end - optind < 2)
		return err_set(err, -EINVAL, "a SOURCE and the folder MNT are needed before --");
	if (!*a->command)
		return err_set(err, -EINVAL, "a command is needed: SOURCE MNT -- COMMAND");
	a->sources = argv + optind;
	a->n_sources = (size_t)(end - optind - 1);
	a->mnt = argv[end - 1];
	return 0;
}

/* The end of whoever started us, a batch system's process most often, is the command's too. */
static int end_with_parent(pid_t parent, struct err *err)
{
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0)
		return err_set(err, -errno, "prctl: %m");
	if (getppid() != parent)
		return err_set(err, -ECHILD, "who started it has ended");
	return 0;
}

static int run_on(const struct run_args *a, const struct job_request *request,
		const struct run_signals *signals, pid_t parent)
{
	struct job_mount *m = NULL;
	struct err why = { 0 };
	struct err err = { 0 };
	bool server_ended = false;
	int status;
	int r = job_mount_new(request, &m, &why, &err);

	if (why.code < 0 && (a->verbose || r < 0))
		fprintf(stderr, "genofs run: no namespace: %s\n", why.msg);
	if (r == 0)
		r = end_with_parent(parent, &err);
	if (r < 0) {
		fprintf(stderr, "genofs run: %s\n", err.msg);
		if (m)
			job_mount_end(m, false);
		return EXIT_OUR_MISTAKE;
	}
	if (a->verbose)
		fprintf(stderr, "genofs run: %s is mounted %s%s\n", job_mount_at(m),
				namespace_way_text(job_mount_way(m)),
				request->share ? ", and shared" : "");
	status = run_command(m, a->command, signals, &server_ended);
	if (a->stats && !server_ended)
		run_stats(job_mount_at(m));
	if (job_mount_end(m, server_ended) == -ENOTCONN && status != EXIT_OUR_MISTAKE) {
		fprintf(stderr, "genofs run: the server died before %s ended\n", a->command[0]);
		status = EXIT_SERVER_DIED;
	}
	if (status == EXIT_SERVER_DIED && request->share)
		share_clean(request);
	return status;
}

/* While a signal still ends us at once: joining others may take as long as a server's start. */
static int prepare(const struct run_args *a, struct job_request *request, struct job_share *share,
		char server[PATH_MAX], pid_t parent, struct err *err)
{
	int r = end_with_parent(parent, err);

	if (r == 0)
		r = server_find(server, err);
	if (r < 0 || !a->share)
		return r;
	r = share_join(request, share, err);
	if (r == 0)
		request->share = share;
	if (r != -ENOTSUP)
		return r;
	if (a->verbose)
		fprintf(stderr, "genofs run: not shared: %s\n", err->msg);
	return 0;
}

static void buf_donep(struct buf *b)
{
	buf_done(b);
}

int cmd_run(int argc, char **argv)
{
	const pid_t parent = getppid();
	struct run_args a = { 0 };
	CLEANUP(buf_donep) struct buf options = { 0 };
	struct run_signals signals = { .fd = -1 };
	char server[PATH_MAX];
	char tag[JOB_TAG_MAX];
	struct job_request request = { .server = { .program = server, .log = -1 }, .tag = tag };
	struct job_share share = { -1, -1 };
	struct err err = { 0 };
	int r;

	open_standard_fds();
	r = parse(argc, argv, &a, &err);
	options = a.options;
	if (r < 0) {
		fprintf(stderr, "genofs run: %s\nTry: genofs run --help\n", err.msg);
		return EXIT_OUR_MISTAKE;
	}
	if (a.help) {
		print_help(stdout);
		return EXIT_SUCCESS;
	}
	if (!job_tag(tag))
		snprintf(tag, sizeof(tag), "genofs:pid=%ld", (long)getpid());
	if (options.len > 1)
		request.server.options = (const char *)options.data;
	request.server.sources = a.sources;
	request.server.n_sources = a.n_sources;
	request.mnt = a.mnt;
	r = prepare(&a, &request, &share, server, parent, &err);
	if (r == 0)
		r = run_block_signals(&signals, &err);
	if (r < 0) {
		fprintf(stderr, "genofs run: %s\n", err.msg);
		return EXIT_OUR_MISTAKE;
	}
	return run_on(&a, &request, &signals, parent);
}
