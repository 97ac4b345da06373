/* SPDX-License-Identifier: MIT */
#include "tools/top_source.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/mounts.h"
#include "core/base/stats.h"

enum {
	MAX_TEXT = 256 << 10, /* of a file in .genofs: many times what a server writes */
	MAX_STATUS = 8 << 10, /* of /proc/PID/status */
	ANSWER_SECONDS = 5    /* for the server, which needs microseconds */
};

static const char server_name[] = "genofs-fuse";

struct top_source {
	char *mnt;     /* as the mount table has it; owned */
	char *metrics; /* pathnames; owned */
	char *config;  /* owned */
	char *status;  /* of the server, in /proc; NULL where it cannot be seen; owned */
	char *text;    /* MAX_TEXT bytes; owned */
	pthread_t thread;
	sem_t answered; /* by the thread, which then has filled: */
	ssize_t n;      /* as read_text() */
	struct stat st;
	const char *asked; /* the pathname */
	bool asking;       /* there is a thread, to which these and text belong */
	bool looked;       /* once, so that: */
	dev_t dev;         /* the mount's */
};

/* All of a small file in one read, as text. Return: its length or a negative errno. */
static ssize_t read_text(const char *pathname, char *text, size_t size, struct stat *st)
{
	CLEANUP(closep) int fd = open(pathname, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0 || fstat(fd, st) < 0)
		return -errno;
	if (!S_ISREG(st->st_mode))
		return -EINVAL;
	n = read(fd, text, size - 1);
	if (n < 0)
		return -errno;
	if ((size_t)n == size - 1)
		return -EFBIG;
	text[n] = '\0';
	return n;
}

static void *answer(void *arg)
{
	struct top_source *s = arg;

	s->n = read_text(s->asked, s->text, MAX_TEXT, &s->st);
	sem_post(&s->answered);
	return NULL;
}

/* Signals are the caller's thread's. */
static int start_asking(struct top_source *s, const char *pathname)
{
	sigset_t all;
	sigset_t before;
	int r;

	s->asked = pathname;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&s->thread, NULL, answer, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	s->asking = r == 0;
	return -r;
}

/*
 * The text of a file of the mount's, into s->text. In a thread of its own: where the server hangs,
 * a system call on its mount ends by no signal but one that ends the process. After -EINTR call it
 * again; after -ETIMEDOUT the thread goes on until the process ends.
 */
static ssize_t ask(struct top_source *s, const char *pathname)
{
	struct timespec end;
	int r = s->asking ? 0 : start_asking(s, pathname);

	if (r < 0)
		return r;
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += ANSWER_SECONDS;
	if (sem_clockwait(&s->answered, CLOCK_MONOTONIC, &end) < 0)
		return -errno;
	pthread_join(s->thread, NULL);
	s->asking = false;
	return s->n;
}

static int say_why(const struct top_source *s, int r, struct err *err)
{
	bool ours;

	switch (-r) {
	case EINTR:
		return r;
	case EACCES:
		return err_set(err, r,
				"%s: only the user who mounted it may look into it, or all with "
				"-o allow_other,mode=0444",
				s->mnt);
	case ENOTCONN:
		return err_set(err, r, "%s: its server has ended; genofs umount ends the mount",
				s->mnt);
	case ETIMEDOUT:
		return err_set(err, r, "%s: its server has not answered for %d seconds", s->mnt,
				ANSWER_SECONDS);
	case EFBIG:
		return err_set(err, r, "%s: larger than genofs makes it", s->metrics);
	default:
		mounts_at(s->mnt, &ours);
		return ours ? err_set(err, r, "%s: %s", s->metrics, strerror(-r))
			    : err_set(err, r, "%s: the mount is gone", s->mnt);
	}
}

/* The value of a line "KEY..." in @text; NULL where there is none. */
static const char *value_of(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? at + strlen(key) : NULL;
}

/* From the mount's config in s->text, where to see the server's memory: not in another namespace of
 * processes, where its number is another process's. */
static void find_server(struct top_source *s)
{
	CLEANUP(freep) char *status = NULL;
	char text[MAX_STATUS];
	const char *pid;
	const char *name;
	struct stat st;

	pid = value_of(s->text, "\nserver_pid=");
	if (!pid || asprintf(&status, "/proc/%ld/status", strtol(pid, NULL, 10)) < 0) {
		status = NULL;
		return;
	}
	if (read_text(status, text, sizeof(text), &st) < 0)
		return;
	name = value_of(text, "Name:\t");
	if (!name || strncmp(name, server_name, sizeof(server_name) - 1) != 0)
		return;
	s->status = status;
	status = NULL;
}

static double kib_of(const char *text, const char *key)
{
	const char *value = value_of(text, key);

	return value ? 1024 * (double)strtoull(value, NULL, 10) : NAN;
}

static void look_at_server(const struct top_source *s, struct top_look *out)
{
	char text[MAX_STATUS];
	struct stat st;
	bool seen = s->status && read_text(s->status, text, sizeof(text), &st) > 0;

	out->resident = seen ? kib_of(text, "\nVmRSS:") : NAN;
	out->resident_peak = seen ? kib_of(text, "\nVmHWM:") : NAN;
}

static int find_mount(const char *given, char **out, struct err *err)
{
	CLEANUP(freep) char *mnt = NULL;
	unsigned n;
	bool ours;

	mnt = mounts_pathname(given);
	if (!mnt)
		return err_set(err, -errno, "%s: %m", given);
	n = mounts_at(mnt, &ours);
	if (!ours)
		return err_set(err, -EINVAL, "%s: %s", given,
				n ? "the mount there is not one of genofs"
				  : "nothing is mounted there; genofs mount STORE MNT does");
	*out = mnt;
	mnt = NULL;
	return 0;
}

/* NULL where memory is out. */
static char *in_genofs(const char *mnt, const char *name)
{
	char *pathname;

	return asprintf(&pathname, "%s/.genofs/%s", mnt, name) < 0 ? NULL : pathname;
}

int top_source_open(const char *given, struct top_source **out, struct err *err)
{
	CLEANUP(top_source_closep) struct top_source *s = calloc(1, sizeof(*s));
	ssize_t n;
	int r;

	if (!s)
		return err_set(err, -ENOMEM, "out of memory");
	r = find_mount(given, &s->mnt, err);
	if (r < 0)
		return r;
	sem_init(&s->answered, 0, 0);
	s->text = malloc(MAX_TEXT);
	s->metrics = in_genofs(s->mnt, "metrics");
	s->config = in_genofs(s->mnt, "config");
	if (!s->text || !s->metrics || !s->config)
		return err_set(err, -ENOMEM, "out of memory");
	do
		n = ask(s, s->config);
	while (n == -EINTR);
	if (n < 0)
		return say_why(s, (int)n, err);
	find_server(s);

	*out = s;
	s = NULL;
	return 0;
}

void top_source_close(struct top_source *s)
{
	if (!s || s->asking)
		return;
	sem_destroy(&s->answered);
	free(s->mnt);
	free(s->metrics);
	free(s->config);
	free(s->status);
	free(s->text);
	free(s);
}

void top_source_closep(struct top_source **s)
{
	top_source_close(*s);
}

const char *top_source_mnt(const struct top_source *s)
{
	return s->mnt;
}

int top_source_look(struct top_source *s, struct top_look *out, struct err *err)
{
	ssize_t n = ask(s, s->metrics);
	int r;

	if (n < 0)
		return say_why(s, (int)n, err);
	if (s->looked && s->st.st_dev != s->dev)
		return err_set(err, -ENOENT, "%s: the mount is gone, another is in its place",
				s->mnt);
	out->clock = stat_clock();
	r = metrics_parse(s->text, (size_t)n, &out->metrics, err);
	if (r < 0)
		return err_prefix(err, r, "%s", s->metrics);
	look_at_server(s, out);
	s->looked = true;
	s->dev = s->st.st_dev;
	return 0;
}
