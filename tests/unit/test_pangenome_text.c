/* SPDX-License-Identifier: MIT */
/* Text that is written in order and read at any offset. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/cleanup.h"
#include "core/pangenome/text.h"

/* Lines of different lengths; every 100th is long and written in parts. */
struct story {
	uint64_t n_lines;
	uint64_t fail_from; /* this line fails */
	unsigned stretch;   /* how much longer than a few letters */
	bool shrunk;        /* it ends before it did */
};

enum { LINE, PART, N_PARTS = 7, LETTERS = 26 * 40 };

static char letters[LETTERS + 26];

static int tell(const void *of, struct text_state *s, struct text_out *o, struct err *err)
{
	const struct story *story = of;
	uint64_t line = s->v[LINE];
	size_t n = (size_t)(line * 2654435761u % 61) * story->stretch;

	if (line >= story->n_lines - (story->shrunk ? story->n_lines / 2 : 0))
		return 0;
	if (line == story->fail_from)
		return err_set(err, -EBADMSG, "line %llu", (unsigned long long)line);
	if (s->v[PART] == 0)
		text_i64(o, (int64_t)line);
	for (size_t i = 0; i < n && !text_full(o); i += LETTERS)
		text_bytes(o, letters + (line + s->v[PART]) % 26,
				n - i < LETTERS ? n - i : LETTERS);
	if (line % 100 == 0 && ++s->v[PART] < N_PARTS)
		return 1;
	text_char(o, '\n');
	s->v[PART] = 0;
	s->v[LINE]++;
	return 1;
}

static void append(void *arg, const char *p, size_t n)
{
	buf_put(arg, p, n);
}

static struct buf all_of(const struct story *story)
{
	char *scratch = malloc(TEXT_SCRATCH);
	struct text_state s = { 0 };
	struct buf all = { 0 };
	struct text_out o;

	text_out_sink(&o, scratch, append, &all);
	while (tell(story, &s, &o, NULL) == 1)
		;
	text_flush(&o);
	free(scratch);
	return all;
}

static void check_reads(const struct story *story, unsigned n_reads)
{
	CLEANUP(buf_done) struct buf all = all_of(story);
	CLEANUP(text_done) struct text t = { 0 };
	CLEANUP(freep) char *got = malloc(all.len + 1);
	struct err err = { 0 };

	assert_int_equal(text_make(tell, story, &t, &err), 0);
	assert_int_equal(t.size, all.len);
	assert_int_equal(text_read(&t, tell, story, got, all.len, 0, &err), 0);
	assert_memory_equal(got, all.data, all.len);
	for (unsigned i = 0; all.len && i < n_reads; i++) {
		size_t off = (size_t)random() % all.len;
		size_t len = (size_t)random() % (all.len - off + 1);

		if (i % 2 && len > 300)
			len = 300;
		assert_int_equal(text_read(&t, tell, story, got, len, off, &err), 0);
		assert_memory_equal(got, all.data + off, len);
	}
}

static void any_part_is_read(void **state)
{
	const struct story stories[] = { { 0, UINT64_MAX, 1, false }, { 1, UINT64_MAX, 1, false },
		{ 1000, UINT64_MAX, 1, false }, { 30000, UINT64_MAX, 3, false },
		{ 3000, UINT64_MAX, 300, false } };

	(void)state;
	for (unsigned i = 0; i < sizeof(stories) / sizeof(stories[0]); i++)
		check_reads(&stories[i], 60);
}

/* However long it is, states are few; parts of it are found all the same. */
static void states_are_bounded(void **state)
{
	const struct story story = { 30000, UINT64_MAX, 2500, false };
	CLEANUP(text_done) struct text t = { 0 };
	char first[64];
	char again[64];
	struct err err = { 0 };

	(void)state;
	assert_int_equal(text_make(tell, &story, &t, &err), 0);
	assert_true(t.size > (uint64_t)TEXT_STEP * TEXT_STATES_MAX);
	assert_true(text_bytes_kept(&t) < sizeof(struct text_state) * TEXT_STATES_MAX * 4);
	for (uint64_t off = 0; off + sizeof(first) < t.size; off += t.size / 5) {
		assert_int_equal(text_read(&t, tell, &story, first, sizeof(first), off, &err), 0);
		assert_int_equal(text_read(&t, tell, &story, again, 32, off + 32, &err), 0);
		assert_memory_equal(first + 32, again, 32);
	}
}

static void failures_go_up(void **state)
{
	struct story story = { 30000, 20000, 3, false };
	CLEANUP(text_done) struct text t = { 0 };
	struct err err = { 0 };
	char c;

	(void)state;
	assert_int_equal(text_make(tell, &story, &t, &err), -EBADMSG);
	assert_string_equal(err.msg, "line 20000");
	story.fail_from = UINT64_MAX;
	assert_int_equal(text_make(tell, &story, &t, &err), 0);
	story.shrunk = true;
	assert_int_equal(text_read(&t, tell, &story, &c, 1, t.size - 1, &err), -EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_part_is_read),
		cmocka_unit_test(states_are_bounded),
		cmocka_unit_test(failures_go_up),
	};

	for (unsigned i = 0; i < sizeof(letters); i++)
		letters[i] = (char)('a' + i % 26);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
