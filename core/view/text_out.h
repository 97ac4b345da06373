/* SPDX-License-Identifier: MIT */
/*
 * Where text goes: a window of what is written, or a function that takes it piece by piece.
 *
 * Writers ask for room with text_need(), put bytes at @at and move it on. While the window has
 * plenty of room left they write straight into it; at its edges they write to a scratch buffer,
 * of which the part that lies in the window is copied. One thread at a time.
 */
#ifndef GENOFS_VIEW_TEXT_OUT_H
#define GENOFS_VIEW_TEXT_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
/* Give everything that is written to @sink, in pieces of any length, 0 too. */
void text_out_sink(struct text_out *o, char *scratch,
		void (*sink)(void *arg, const char *p, size_t n), void *arg);

/* Account for all that was written: @total is exact after it, the window or sink complete. */
void text_flush(struct text_out *o);
void text_make_room(struct text_out *o);

/* The window is full: whatever else would be written is not needed. */
static inline bool text_full(const struct text_out *o)
{
	return !o->left;
}

/* Make room for @n <= TEXT_NEED_MAX bytes at @at. */
static inline void text_need(struct text_out *o, size_t n)
{
	if ((size_t)(o->end - o->at) < n)
		text_make_room(o);
}

/* Pass over @n bytes that lie wholly before the window; false, with nothing done, where not. */
bool text_pass(struct text_out *o, uint64_t n);

static inline void text_char(struct text_out *o, char c)
{
	text_need(o, 1);
	*o->at++ = c;
}

void text_bytes(struct text_out *o, const void *p, size_t n);
void text_i64(struct text_out *o, int64_t v);
void text_float(struct text_out *o, float f);

enum { INT_TEXT_MAX = 20, FLOAT_TEXT_MAX = 24 };

/* Bytes written at @p: at most INT_TEXT_MAX; at most FLOAT_TEXT_MAX, as htslib prints a float. */
size_t int_text(char *p, int64_t v);
size_t float_text(char *p, float f);

#endif
