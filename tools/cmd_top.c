/* SPDX-License-Identifier: MIT */
/*
 * genofs top: what a mount does, as it does it. On a terminal a screen drawn over and over, else a
 * line for each interval.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/mounts.h"
#include "core/base/stats.h"
#include "tools/args.h"
#include "tools/commands.h"
#include "tools/top_show.h"
#include "tools/top_source.h"
#include "tools/top_terminal.h"

static const char help[] =
		"usage: genofs top [-d SECONDS] [-n N] [MNT]\n"
		"\n"
		"Show what a mount does: reads, cache, decodes, memory, latency. On a terminal a\n"
		"screen, until q is pressed; else a line of numbers for each interval, after one\n"
		"of their names. Without MNT: your mount, where there is one alone.\n"
		"\n"
		"  -d, --delay SECONDS  look so often: 0.1 to 3600, 1 by default\n"
		"  -n, --count N        end after N screens or lines\n"
		"  -h, --help           print this\n"
		"\n"
		"Exit status: 0 ended by q, Ctrl-C, SIGTERM or -n; 1 failed, or the mount is "
		"gone;\n"
		"2 wrong usage.\n";

static const double min_delay = 0.1;
static const double max_delay = 3600;

struct top_options {
	const char *mnt; /* NULL: the only one */
	double delay;
	uint64_t count; /* UINT64_MAX: no end */
};

/* ---- options ---- */

static bool parse_delay(const char *text, double *out)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text || *end || !(v >= min_delay && v <= max_delay)) {
		fprintf(stderr, "genofs top: -d %s: not a number of seconds from %g to %g\n", text,
				min_delay, max_delay);
		return false;
	}
	*out = v;
	return true;
}

/* False where the command ends at once, with @exit_status. */
static bool parse_options(int argc, char **argv, struct top_options *out, int *exit_status)
{
	static const struct option names[] = {
		{ "delay", required_argument, NULL, 'd' },
		{ "count", required_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int flag;

	*exit_status = EXIT_USAGE;
	while ((flag = getopt_long(argc, argv, "d:n:h", names, NULL)) != -1) {
		if (flag == 'h') {
			fputs(help, stdout);
			*exit_status = EXIT_SUCCESS;
			return false;
		}
		if (flag == '?' || (flag == 'd' && !parse_delay(optarg, &out->delay)) ||
				(flag == 'n' && !args_number("top", "-n", optarg, 1, UINT32_MAX,
								&out->count)))
			return false;
	}
	if (argc - optind > 1) {
		fputs("genofs top: one MNT; genofs top --help says more\n", stderr);
		return false;
	}
	out->mnt = argv[optind];
	return true;
}

/* ---- which mount ---- */

/* The user's only mount; NULL, with a message, where there is none or a choice. */
static char *only_mount(void)
{
	char **list = NULL;
	char *mnt = NULL;
	unsigned n = 0;
	int r = mounts_of_user(getuid(), &list, &n);

	if (r < 0)
		fprintf(stderr, "genofs top: /proc/self/mounts: %s\n", strerror(-r));
	else if (n == 0)
		fputs("genofs top: you have no mount; genofs mount STORE MNT makes one\n", stderr);
	else if (n == 1)
		mnt = strdup(list[0]);
	else
		fputs("genofs top: which mount? There are:\n", stderr);
	for (unsigned i = 0; n > 1 && i < n; i++)
		fprintf(stderr, "  %s\n", list[i]);
	mounts_free_list(list, n);
	return mnt;
}

/* ---- looking ---- */

static void bufp_done(struct buf *b)
{
	buf_done(b);
}

/* False where it cannot be written. */
static bool flush(const struct buf *b)
{
	return !buf_failed(b) && fwrite(b->data, 1, b->len, stdout) == b->len &&
	       fflush(stdout) == 0;
}

static bool draw(const struct top_interval *t)
{
	CLEANUP(bufp_done) struct buf out = { 0 };
	unsigned rows;
	unsigned columns;

	terminal_size(&rows, &columns);
	top_screen(t, rows, columns, &out);
	return flush(&out);
}

static bool log_header(void)
{
	CLEANUP(bufp_done) struct buf out = { 0 };

	top_log_header(&out);
	return flush(&out);
}

static bool log_line(const struct top_interval *t)
{
	CLEANUP(bufp_done) struct buf out = { 0 };

	top_log_line(t, &out);
	return flush(&out);
}

/* Wait for the next look, redrawing where the size changes. False when it is time to end. */
static bool wait_for(const struct top_interval *t, uint64_t next, bool screen)
{
	enum terminal_event event;

	while ((event = terminal_wait(next)) == TERMINAL_RESIZED)
		if (screen && !draw(t))
			return false;
	return event == TERMINAL_TIME;
}

/* A signal that does not end us is no failure. */
static int look(struct top_source *source, struct top_look *out, struct err *err)
{
	int r;

	do
		r = top_source_look(source, out, err);
	while (r == -EINTR && !terminal_ending());
	return r;
}

/*
 * Look and show until it is time to end. The looks of a log are one more than its lines.
 *
 * Return: 0 ended as asked for; a negative errno, with @err where there is something to say.
 */
static int watch(struct top_source *source, const struct top_options *o, bool screen,
		struct top_look looks[2], struct err *err)
{
	struct top_interval t = { .mnt = top_source_mnt(source), .every = o->delay };
	const uint64_t step = (uint64_t)(o->delay * 1e9);
	uint64_t next = stat_clock();
	uint64_t n_shown = 0;

	for (unsigned i = 0;; i ^= 1) {
		bool written;
		int r = look(source, &looks[i], err);

		if (r < 0)
			return terminal_ending() ? 0 : r;
		t.before = t.now;
		t.now = &looks[i];
		written = screen ? draw(&t) : t.before ? log_line(&t) : log_header();
		if (!written)
			return -EIO;
		n_shown += screen || t.before;
		next = next + step > stat_clock() ? next + step : stat_clock() + step;
		if (n_shown >= o->count || !wait_for(&t, next, screen))
			return 0;
	}
}

static int run(const struct top_options *o)
{
	CLEANUP(top_source_closep) struct top_source *source = NULL;
	CLEANUP(freep) char *only = NULL;
	CLEANUP(freep) struct top_look *looks = calloc(2, sizeof(*looks));
	struct err err = { 0 };
	bool screen = terminal_there();
	int r;

	if (!o->mnt) {
		only = only_mount();
		if (!only)
			return EXIT_FAILURE;
	}
	r = looks ? top_source_open(o->mnt ? o->mnt : only, &source, &err)
		  : err_set(&err, -ENOMEM, "out of memory");
	if (r == 0)
		r = look(source, &looks[0],
				&err); /* to say what fails before the screen is changed */
	if (r == 0) {
		terminal_catch_signals();
		if (screen)
			terminal_enter();
		r = watch(source, o, screen, looks, &err);
		terminal_leave();
	}
	if (err.code)
		fprintf(stderr, "genofs top: %s\n", err.msg);
	return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int cmd_top(int argc, char **argv)
{
	struct top_options o = { .delay = 1, .count = UINT64_MAX };
	int exit_status;

	return parse_options(argc, argv, &o, &exit_status) ? run(&o) : exit_status;
}
