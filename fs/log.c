/* SPDX-License-Identifier: MIT */
#include "fs/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

enum {
	RING_LINES = 200,
	/* log_limited() lets so many lines through in each period of so many seconds. */
	LIMIT_LINES = 20,
	LIMIT_SECONDS = 10
};

struct line {
	time_t when;
	char text[LOG_LINE_MAX];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct line ring[RING_LINES]; /* by lock */
static unsigned long n_lines;        /* ever written; by lock */
static time_t limit_since;           /* by lock */
static unsigned limit_passed;        /* lines in the period since then; by lock */
static unsigned long limit_held;     /* lines held back in it; by lock */
static void (*sink_line)(const char *line);

void log_set_sink(void (*sink)(const char *line))
{
	sink_line = sink;
}

/* Names out of files reach the log: no control byte may reach a terminal. */
static void make_printable(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			*s = '?';
}

__attribute__((format(printf, 1, 0))) static void put_line(const char *fmt, va_list ap)
{
	char text[LOG_LINE_MAX];
	struct line *line;

	vsnprintf(text, sizeof(text), fmt, ap);
	make_printable(text);
	pthread_mutex_lock(&lock);
	line = &ring[n_lines++ % RING_LINES];
	line->when = time(NULL);
	memcpy(line->text, text, sizeof(text));
	pthread_mutex_unlock(&lock);
	if (sink_line)
		sink_line(text);
}

void log_line(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_line(fmt, ap);
	va_end(ap);
}

/* Whether one more line may pass; @held: how many the period that has just ended kept back. */
static bool limit_allows(unsigned long *held)
{
	time_t now = time(NULL);
	bool pass;

	*held = 0;
	pthread_mutex_lock(&lock);
	if (now < limit_since || now - limit_since >= LIMIT_SECONDS) {
		*held = limit_held;
		limit_since = now;
		limit_passed = 0;
		limit_held = 0;
	}
	pass = limit_passed < LIMIT_LINES;
	if (pass)
		limit_passed++;
	else
		limit_held++;
	pthread_mutex_unlock(&lock);
	return pass;
}

void log_limited(const char *fmt, ...)
{
	unsigned long held;
	va_list ap;

	if (!limit_allows(&held))
		return;
	if (held)
		log_line("%lu more lines like the last ones were not shown", held);
	va_start(ap, fmt);
	put_line(fmt, ap);
	va_end(ap);
}

void log_write(struct buf *out)
{
	pthread_mutex_lock(&lock);
	for (unsigned long i = n_lines > RING_LINES ? n_lines - RING_LINES : 0; i < n_lines; i++) {
		const struct line *line = &ring[i % RING_LINES];
		char when[32];
		struct tm tm;

		gmtime_r(&line->when, &tm);
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
		buf_printf(out, "%s %s\n", when, line->text);
	}
	pthread_mutex_unlock(&lock);
}
