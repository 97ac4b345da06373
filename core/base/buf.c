/* SPDX-License-Identifier: MIT */
#include "core/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/large.h"

void buf_done(struct buf *b)
{
	if (b->large)
		large_free(b->data);
	else
		free(b->data);
	memset(b, 0, sizeof(*b));
}

static uint8_t *grow(struct buf *b, size_t cap)
{
	uint8_t *data;

	if (!b->large)
		return realloc(b->data, cap);
	data = large_alloc(cap);
	if (data && b->len)
		memcpy(data, b->data, b->len);
	if (data)
		large_free(b->data);
	return data;
}

bool buf_reserve_slow(struct buf *b, size_t n)
{
	size_t need;
	size_t cap;
	uint8_t *data;

	if (b->failed)
		return false;
	if (__builtin_add_overflow(b->len, n, &need))
		goto fail;
	cap = b->cap + b->cap / 2;
	if (cap < 64)
		cap = 64;
	if (cap < need)
		cap = need;
	data = grow(b, cap);
	if (!data)
		goto fail;
	b->data = data;
	b->cap = cap;
	return true;
fail:
	/* Nothing fits from here on: len == cap makes every later reserve come here and fail. */
	b->failed = true;
	b->len = b->cap;
	return false;
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	va_list again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n > 0 && buf_reserve(b, (size_t)n + 1)) {
		vsnprintf((char *)b->data + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
	va_end(ap);
}
