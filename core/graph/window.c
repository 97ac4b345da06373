/* SPDX-License-Identifier: MIT */
#include "core/graph/window.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/pread_all.h"

/* Larger reads go to the caller's memory in pieces of this, so that progress is told in between. */
enum { PIECE = 1 << 20 };

int progress_add(struct progress *progress, uint64_t n, struct err *err)
{
	if (!progress)
		return 0;
	progress->done += n;
	if (progress->tell && progress->tell(progress->arg, progress->done, progress->total))
		return err_set(err, -ECANCELED, "was stopped");
	return 0;
}

int window_init(struct window *w, int fd, uint64_t at, uint64_t n, struct progress *progress,
		struct err *err)
{
	*w = (struct window){ .fd = fd, .at = at, .end = at + n, .progress = progress };
	w->buf = malloc(WINDOW_SIZE);
	return w->buf ? 0 : err_set(err, -ENOMEM, "out of memory");
}

void window_done(struct window *w)
{
	free(w->buf);
	w->buf = NULL;
}

void window_skip(struct window *w, uint64_t n)
{
	w->at += n;
}

/* All of @n bytes at @offset, wherever the window is. */
static int read_at(const struct window *w, void *dst, size_t n, uint64_t offset, struct err *err)
{
	int r = pread_all(w->fd, dst, n, offset, err);

	return r < 0 ? r : progress_add(w->progress, n, err);
}

static int check_left(const struct window *w, size_t n, struct err *err)
{
	if (n > window_left(w))
		return err_set(err, -EBADMSG, "ends at byte %llu, within a structure",
				(unsigned long long)w->end);
	return 0;
}

/* Have the next @n bytes in the buffer; the window has them. */
static int fill(struct window *w, size_t n, struct err *err)
{
	uint64_t len = window_left(w) < WINDOW_SIZE ? window_left(w) : WINDOW_SIZE;
	size_t kept = 0;
	int r;

	if (w->at >= w->buf_at && w->at - w->buf_at <= w->buf_len) {
		kept = w->buf_len - (size_t)(w->at - w->buf_at);
		if (kept >= n)
			return 0;
		memmove(w->buf, w->buf + (w->at - w->buf_at), kept);
	}
	w->buf_at = w->at;
	w->buf_len = kept;
	r = read_at(w, w->buf + kept, (size_t)len - kept, w->at + kept, err);
	if (r == 0)
		w->buf_len = (size_t)len;
	return r;
}

int window_take(struct window *w, size_t n, const uint8_t **out, struct err *err)
{
	int r = check_left(w, n, err);

	if (r == 0)
		r = fill(w, n, err);
	if (r < 0)
		return r;
	*out = w->buf + (w->at - w->buf_at);
	w->at += n;
	return 0;
}

int window_read(struct window *w, void *dst, size_t n, struct err *err)
{
	uint8_t *p = dst;
	int r = check_left(w, n, err);

	while (r == 0 && n) {
		size_t piece = n < PIECE ? n : PIECE;
		const uint8_t *from;

		if (piece > WINDOW_SIZE) {
			r = read_at(w, p, piece, w->at, err);
			w->at += piece;
		} else {
			r = window_take(w, piece, &from, err);
			if (r == 0)
				memcpy(p, from, piece);
		}
		p += piece;
		n -= piece;
	}
	return r;
}

int window_u32(struct window *w, uint32_t *out, struct err *err)
{
	const uint8_t *p;
	uint32_t v;
	int r = window_take(w, sizeof(v), &p, err);

	if (r < 0)
		return r;
	memcpy(&v, p, sizeof(v));
	*out = le32toh(v);
	return 0;
}

int window_u64(struct window *w, uint64_t *out, struct err *err)
{
	const uint8_t *p;
	uint64_t v;
	int r = window_take(w, sizeof(v), &p, err);

	if (r < 0)
		return r;
	memcpy(&v, p, sizeof(v));
	*out = le64toh(v);
	return 0;
}
