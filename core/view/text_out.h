/* SPDX-License-Identifier: MIT */
/*
 * Where text goes: a window of what is written, or a function that takes it piece by piece.
 *
 * Writers ask for room with text_need(), put bytes at @at and move it on. Where the window has the
 * room they write straight into it; at its edges they write to a scratch buffer, of which the part
 * that lies in the window is copied. What is behind the text within the room may be written over.
 * One thread at a time.
 */
#ifndef GENOFS_VIEW_TEXT_OUT_H
#define GENOFS_VIEW_TEXT_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/view/number_text.h"

enum {
	TEXT_SCRATCH = 16 * 1024,
	TEXT_NEED_MAX = TEXT_SCRATCH, /* the most that text_need() may be asked for */
};

struct text_out {
	char *at;       /* the next byte goes here */
	char *end;      /* room ends here */
	char *base;     /* start of what is not accounted for yet */
	char *scratch;  /* TEXT_SCRATCH bytes, the caller's */
	char *dst;      /* where the window's next byte goes */
	uint64_t skip;  /* bytes that pass before the window */
	size_t left;    /* bytes of the window that are still to come */
	uint64_t total; /* bytes written and accounted for */
	void (*sink)(void *arg, const char *p,
			size_t n); /* takes everything, in place of a window */
	void *arg;
};

/* Keep bytes [@skip, @skip + @len) of what is written at @dst. */
void text_out_window(struct text_out *o, char *scratch, char *dst, size_t len, uint64_t skip);
/* Only count: text whose length is known without it need not be made. */
void text_out_count(struct text_out *o, char *scratch);
/* Give everything that is written to @sink, in pieces of any length, 0 too. */
void text_out_sink(struct text_out *o, char *scratch,
		void (*sink)(void *arg, const char *p, size_t n), void *arg);

/* Account for all that was written: @total is exact after it, the window or sink complete. */
void text_flush(struct text_out *o);
void text_make_room(struct text_out *o, size_t n);

/* The window is full: whatever else would be written is not needed. */
static inline bool text_full(const struct text_out *o)
{
	return !o->left;
}

/* Bytes written so far, accounted for or not. */
static inline uint64_t text_written(const struct text_out *o)
{
	return o->total + (uint64_t)(o->at - o->base);
}

/* Make room for @n <= TEXT_NEED_MAX bytes at @at. */
static inline void text_need(struct text_out *o, size_t n)
{
	if ((size_t)(o->end - o->at) < n)
		text_make_room(o, n);
}

/* Some of what was written may lie before the window, or what comes next. */
static inline bool text_before_window(const struct text_out *o)
{
	return o->skip > 0;
}

/* Bytes that are still to pass before the window. */
uint64_t text_to_skip(struct text_out *o);
/* Pass over @n <= text_to_skip() bytes. */
void text_skip(struct text_out *o, uint64_t n);
/* Bytes that go straight to where they belong: 0 before the window, at least the scratch's for a
 * sink. */
size_t text_room_in_place(struct text_out *o);

static inline void text_char(struct text_out *o, char c)
{
	text_need(o, 1);
	*o->at++ = c;
}

void text_long_bytes(struct text_out *o, const char *p, size_t n);

/* Most strings are short: cheaper as two words that overlap than as a call of memcpy(). */
static inline void text_bytes(struct text_out *o, const void *p, size_t n)
{
	const char *s = p;

	if (n > 16) {
		text_long_bytes(o, s, n);
		return;
	}
	text_need(o, 16);
	if (n >= 8) {
		memcpy(o->at, s, 8);
		memcpy(o->at + n - 8, s + n - 8, 8);
	} else if (n >= 4) {
		memcpy(o->at, s, 4);
		memcpy(o->at + n - 4, s + n - 4, 4);
	} else if (n) {
		o->at[0] = s[0];
		o->at[n / 2] = s[n / 2];
		o->at[n - 1] = s[n - 1];
	}
	o->at += n;
}

static inline void text_i64(struct text_out *o, int64_t v)
{
	text_need(o, INT_TEXT_MAX);
	o->at = int_text(o->at, v);
}

#endif
