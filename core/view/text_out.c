/* SPDX-License-Identifier: MIT */
#include "core/view/text_out.h"

/* Room for @n bytes: in the window, or where they do not all lie in it, in the scratch, of no more
 * than what is needed to reach the window or its end. */
static void choose(struct text_out *o, size_t n)
{
	size_t room = TEXT_SCRATCH;

	if (!o->sink && !o->skip && o->left >= n) {
		o->base = o->at = o->dst;
		o->end = o->dst + o->left;
		return;
	}
	if (!o->sink && o->skip < room)
		room = o->skip > n ? (size_t)o->skip : n;
	o->base = o->at = o->scratch;
	o->end = o->scratch + room;
}

void text_out_window(struct text_out *o, char *scratch, char *dst, size_t len, uint64_t skip)
{
	memset(o, 0, sizeof(*o));
	o->scratch = scratch;
	o->dst = dst;
	o->left = len;
	o->skip = skip;
	choose(o, 1);
}

/* As of a window that lies behind all that can be written. */
void text_out_count(struct text_out *o, char *scratch)
{
	text_out_window(o, scratch, scratch, 1, UINT64_MAX / 2);
}

void text_out_sink(struct text_out *o, char *scratch,
		void (*sink)(void *arg, const char *p, size_t n), void *arg)
{
	memset(o, 0, sizeof(*o));
	o->scratch = scratch;
	o->left = SIZE_MAX;
	o->sink = sink;
	o->arg = arg;
	choose(o, 1);
}

void text_flush(struct text_out *o)
{
	size_t n = (size_t)(o->at - o->base);
	const char *p = o->base;

	o->total += n;
	if (o->sink) {
		o->sink(o->arg, p, n);
	} else if (o->base == o->dst) {
		o->dst += n;
		o->left -= n;
	} else {
		size_t before = o->skip < n ? (size_t)o->skip : n;
		size_t keep = n - before < o->left ? n - before : o->left;

		o->skip -= before;
		if (keep)
			memcpy(o->dst, p + before, keep);
		o->dst += keep;
		o->left -= keep;
	}
	o->base = o->at;
}

void text_make_room(struct text_out *o, size_t n)
{
	text_flush(o);
	choose(o, n);
}

uint64_t text_to_skip(struct text_out *o)
{
	text_make_room(o, 1);
	return o->skip;
}

void text_skip(struct text_out *o, uint64_t n)
{
	o->skip -= n;
	o->total += n;
	choose(o, 1);
}

size_t text_room_in_place(struct text_out *o)
{
	text_make_room(o, 1);
	if (o->sink)
		return TEXT_SCRATCH;
	return o->skip ? 0 : o->left;
}

void text_long_bytes(struct text_out *o, const char *p, size_t n)
{
	while (n && !text_full(o)) {
		size_t room;

		text_need(o, 1);
		room = (size_t)(o->end - o->at);
		room = room < n ? room : n;
		memcpy(o->at, p, room);
		o->at += room;
		p += room;
		n -= room;
	}
}
