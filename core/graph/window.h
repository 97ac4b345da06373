/* SPDX-License-Identifier: MIT */
/*
 * A stretch of a file, read from its beginning to its end through a buffer of bounded size.
 *
 * The file is read, never mapped: one that is cut short while it is in use gives an error here,
 * where a mapping would end the process with SIGBUS. Several windows may lie on one descriptor,
 * for pread(2) has no position. A window belongs to one thread at a time.
 */
#ifndef GENOFS_GRAPH_WINDOW_H
#define GENOFS_GRAPH_WINDOW_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

enum { WINDOW_SIZE = 64 * 1024 };

/* Who is told of bytes that were worked through, and may ask for an end of it. */
struct progress {
	/* Anything but 0 stops the work. May be NULL. */
	int (*tell)(void *arg, uint64_t done, uint64_t total);
	void *arg;
	uint64_t done;  /* bytes */
	uint64_t total; /* bytes */
};

/* @n more bytes are done; @progress may be NULL. Return: 0, or -ECANCELED. */
int progress_add(struct progress *progress, uint64_t n, struct err *err);

struct window {
	int fd;                    /* the caller's */
	uint64_t at;               /* offset in the file of the next byte */
	uint64_t end;              /* offset behind the last one */
	uint8_t *buf;              /* owned; WINDOW_SIZE bytes */
	uint64_t buf_at;           /* offset in the file of its first byte */
	size_t buf_len;            /* bytes that it holds */
	struct progress *progress; /* told of bytes read; may be NULL */
};

/* The @n bytes of the file at @at. Return: 0; -ENOMEM. */
int window_init(struct window *w, int fd, uint64_t at, uint64_t n, struct progress *progress,
		struct err *err);
void window_done(struct window *w);

static inline uint64_t window_left(const struct window *w)
{
	return w->end - w->at;
}

/* Pass over @n <= window_left() bytes without reading them. */
void window_skip(struct window *w, uint64_t n);

/*
 * Both read the next @n bytes. Return: 0; -EBADMSG where the window has fewer; -EIO where the file
 * has, or could not be read; -ECANCELED.
 * window_take() gives them in place, until the window is used again; @n <= WINDOW_SIZE.
 */
int window_take(struct window *w, size_t n, const uint8_t **out, struct err *err);
int window_read(struct window *w, void *dst, size_t n, struct err *err);

int window_u32(struct window *w, uint32_t *out, struct err *err);
int window_u64(struct window *w, uint64_t *out, struct err *err);

#endif
