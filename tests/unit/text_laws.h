/* SPDX-License-Identifier: MIT */
/* What holds for every writer of text (core/pangenome/text.h): for tests, which have the texts. */
#ifndef GENOFS_TESTS_TEXT_LAWS_H
#define GENOFS_TESTS_TEXT_LAWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/pangenome/text.h"

enum { TEXT_CALL_MAX = 64 << 10, TEXT_READS = 50, TEXT_READ_MAX = 50000 };

struct text_place {
	uint64_t at;
	struct text_state state;
};

/* Any number below @n, the same in every run. */
static inline uint64_t text_random(uint64_t n)
{
	static uint64_t seed = 88172645463325252;

	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return n ? seed % n : 0;
}

static inline void text_collect(void *arg, const char *p, size_t n)
{
	buf_put(arg, p, n);
}

/* From wherever a call ended, the text goes on as it did. */
static inline void text_check_places(text_writer *writer, const void *of, const struct buf *whole,
		const struct buf *places)
{
	uint64_t n = places->len / sizeof(struct text_place);
	char *read = malloc(TEXT_READ_MAX);
	static char scratch[TEXT_SCRATCH];

	for (unsigned i = 0; i < TEXT_READS && i < 2 * n; i++) {
		struct text_place place = ((struct text_place *)places->data)[text_random(n)];
		size_t len = (size_t)text_random(TEXT_READ_MAX) + 1;
		uint64_t off = place.at + text_random(TEXT_READ_MAX);
		struct text_out o;

		off = off < whole->len ? off : place.at;
		len = len < whole->len - off ? len : (size_t)(whole->len - off);
		text_out_window(&o, scratch, read, len, off - place.at);
		while (!text_full(&o)) {
			assert_int_equal(writer(of, &place.state, &o, NULL), 1);
			text_flush(&o);
		}
		assert_memory_equal(read, whole->data + off, len);
	}
	free(read);
}

static inline void text_check_reads(text_writer *writer, const void *of, const struct buf *whole)
{
	char *read = malloc(whole->len + 1);
	struct err err = { 0 };
	struct text t;

	assert_int_equal(text_make(writer, of, &t, &err), 0);
	assert_int_equal(t.size, whole->len);
	for (unsigned i = 0; i < 5; i++) {
		uint64_t off = i ? text_random(t.size) : 0;
		size_t len = (size_t)(i ? text_random(t.size - off) : t.size);

		assert_int_equal(text_read(&t, writer, of, read, len, off, &err), 0);
		assert_memory_equal(read, whole->data + off, len);
	}
	text_done(&t);
	free(read);
}

/* All that the writer writes, and a NUL that does not count, which is the same by every way to read
 * it. */
static inline void text_written_whole(text_writer *writer, const void *of, struct buf *out)
{
	static char scratch[TEXT_SCRATCH];
	struct buf places = { 0 };
	struct text_place place = { 0 };
	struct err err = { 0 };
	struct text_out o;
	int r;

	text_out_sink(&o, scratch, text_collect, out);
	do {
		place.at = out->len;
		buf_put(&places, &place, sizeof(place));
		r = writer(of, &place.state, &o, &err);
		if (r < 0)
			fail_msg("%s", err.msg);
		text_flush(&o);
		assert_int_equal(r, out->len > place.at);
		assert_true(out->len - place.at <= TEXT_CALL_MAX);
	} while (r > 0);
	places.len -= sizeof(place); /* the last one is at the end */
	text_check_places(writer, of, out, &places);
	text_check_reads(writer, of, out);
	buf_done(&places);
	buf_put_u8(out, 0);
	out->len--;
}

#endif
