/* SPDX-License-Identifier: MIT */
#include "core/pangenome/text.h"

#include <errno.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/search.h"

/* A state, and the bytes before what is written from it. */
struct text_mark {
	uint64_t at;
	struct text_state state;
};

static uint64_t n_marks(const struct text *t)
{
	return t->states.len / sizeof(struct text_mark);
}

static struct text_mark *marks(const struct text *t)
{
	return (struct text_mark *)t->states.data;
}

static void keep(void *arg, const char *p, size_t n)
{
	struct text *t = arg;

	t->size += n;
	if (t->size > TEXT_WHOLE)
		buf_done(&t->whole);
	else
		buf_put(&t->whole, p, n);
}

/* Let go of every other mark. */
static void thin_out(struct text *t)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < n_marks(t); i += 2)
		marks(t)[n++] = marks(t)[i];
	t->states.len = n * sizeof(struct text_mark);
	t->step *= 2;
}

static void mark(struct text *t, const struct text_state *state)
{
	struct text_mark m = { t->size, *state };
	uint64_t n = n_marks(t);

	if (n && t->size - marks(t)[n - 1].at < t->step)
		return;
	buf_put(&t->states, &m, sizeof(m));
	if (!buf_failed(&t->states) && n_marks(t) == TEXT_STATES_MAX)
		thin_out(t);
}

int text_make(text_writer *writer, const void *of, struct text *out, struct err *err)
{
	CLEANUP(freep) char *scratch = malloc(TEXT_SCRATCH);
	struct text_state state = { 0 };
	struct text t = { .step = TEXT_STEP };
	struct text_out o;
	int r;

	if (!scratch)
		return err_set(err, -ENOMEM, "out of memory");
	text_out_sink(&o, scratch, keep, &t);
	do {
		mark(&t, &state);
		r = writer(of, &state, &o, err);
		text_flush(&o);
	} while (r > 0);
	if (r == 0 && (buf_failed(&t.whole) || buf_failed(&t.states)))
		r = err_set(err, -ENOMEM, "out of memory");
	if (r == 0 && t.size > INT64_MAX)
		r = err_set(err, -EOVERFLOW, "no file can be so long");
	if (r < 0) {
		text_done(&t);
		return r;
	}
	if (t.size <= TEXT_WHOLE)
		buf_done(&t.states);
	*out = t;
	return 0;
}

bool text_is_whole(const struct text *t)
{
	return t->size <= TEXT_WHOLE;
}

void text_done(struct text *t)
{
	buf_done(&t->whole);
	buf_done(&t->states);
}

size_t text_bytes_kept(const struct text *t)
{
	return t->whole.cap + t->states.cap;
}

/* The last mark at or before @off. */
static const struct text_mark *mark_before(const struct text *t, uint64_t off)
{
	return &marks(t)[search_last(&marks(t)->at, sizeof(struct text_mark), 0, n_marks(t), off)];
}

int text_read(const struct text *t, text_writer *writer, const void *of, char *buf, size_t len,
		uint64_t off, struct err *err)
{
	CLEANUP(freep) char *scratch = NULL;
	const struct text_mark *from;
	struct text_state state;
	struct text_out o;
	int r = 1;

	if (!len)
		return 0;
	if (text_is_whole(t)) {
		memcpy(buf, t->whole.data + off, len);
		return 0;
	}
	scratch = malloc(TEXT_SCRATCH);
	if (!scratch)
		return err_set(err, -ENOMEM, "out of memory");
	from = mark_before(t, off);
	state = from->state;
	text_out_window(&o, scratch, buf, len, off - from->at);
	while (r > 0 && !text_full(&o)) {
		r = writer(of, &state, &o, err);
		text_flush(&o);
	}
	if (r == 0 && !text_full(&o))
		return err_set(err, -EIO, "it ended before its size");
	return r < 0 ? r : 0;
}
