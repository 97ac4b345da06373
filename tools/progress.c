/* SPDX-License-Identifier: MIT */
#include "tools/progress.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/deadline.h"

enum { TERMINAL_MS = 200, PLAIN_MS = 10000, LINE_MAX_BYTES = 160 };

struct progress {
	void (*describe)(void *arg, double seconds, char *line, size_t size);
	void *arg;
	bool terminal;
	struct timespec start;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ending;
	bool ended; /* by lock */
};

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) + 1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}

static void show(const struct progress *p)
{
	char line[LINE_MAX_BYTES];

	p->describe(p->arg, seconds_since(&p->start), line, sizeof(line));
	if (p->terminal)
		fprintf(stderr, "\r%s\033[K", line);
	else
		fprintf(stderr, "%s\n", line);
}

static void *run(void *arg)
{
	struct progress *p = arg;
	long ms = p->terminal ? TERMINAL_MS : PLAIN_MS;
	struct timespec next = p->start;

	pthread_mutex_lock(&p->lock);
	while (!p->ended) {
		next = deadline_after(next, ms);
		while (!p->ended &&
				pthread_cond_timedwait(&p->ending, &p->lock, &next) != ETIMEDOUT)
			;
		if (!p->ended)
			show(p);
	}
	pthread_mutex_unlock(&p->lock);
	if (p->terminal)
		fputs("\r\033[K", stderr);
	return NULL;
}

struct progress *progress_start(
		void (*describe)(void *arg, double seconds, char *line, size_t size), void *arg)
{
	struct progress *p = calloc(1, sizeof(*p));
	pthread_condattr_t attr;

	if (!p)
		return NULL;
	p->describe = describe;
	p->arg = arg;
	p->terminal = isatty(STDERR_FILENO);
	clock_gettime(CLOCK_MONOTONIC, &p->start);
	pthread_mutex_init(&p->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&p->ending, &attr);
	pthread_condattr_destroy(&attr);
	if (pthread_create(&p->thread, NULL, run, p) != 0) {
		pthread_cond_destroy(&p->ending);
		pthread_mutex_destroy(&p->lock);
		free(p);
		return NULL;
	}
	return p;
}

double progress_end(struct progress *p)
{
	double seconds;

	if (!p)
		return 0;
	pthread_mutex_lock(&p->lock);
	p->ended = true;
	pthread_cond_signal(&p->ending);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	seconds = seconds_since(&p->start);
	pthread_cond_destroy(&p->ending);
	pthread_mutex_destroy(&p->lock);
	free(p);
	return seconds;
}

const char *progress_size(char *buf, uint64_t bytes)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
	double v = (double)bytes;
	unsigned u = 0;

	while (v >= 1024 && u < 4) {
		v /= 1024;
		u++;
	}
	snprintf(buf, 16, u && v < 100 ? "%.1f %s" : "%.0f %s", v, units[u]);
	return buf;
}
