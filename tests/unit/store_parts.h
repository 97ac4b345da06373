/* SPDX-License-Identifier: MIT */
/*
 * A store's footer taken apart, so that a section can be changed and all be put together again.
 */
#ifndef GENOFS_TESTS_STORE_PARTS_H
#define GENOFS_TESTS_STORE_PARTS_H

#include "core/base/checksum.h"
#include "core/base/cursor.h"
#include "core/codec/stream.h"
#include "core/store/layout.h"

struct store_parts {
	uint64_t footer_at;
	struct buf sections[N_SECTIONS]; /* decompressed; owned */
};

/* More than any store of the tests has. */
enum { PART_MAX = 1 << 24 };

static inline void store_parts_done(struct store_parts *p)
{
	for (unsigned i = 0; i < N_SECTIONS; i++)
		buf_done(&p->sections[i]);
}

/* False where the bytes are not a store; store_parts_done() is the caller's in any case. */
static inline bool store_parts_take(const uint8_t *file, size_t len, struct store_parts *p)
{
	struct stream_unpacker *u = NULL;
	struct cursor trailer;
	struct cursor data;
	struct cursor c;
	bool ok = true;
	uint32_t n;

	memset(p, 0, sizeof(*p));
	if (len < STORE_HEAD_LEN + STORE_TRAILER_LEN)
		return false;
	len -= STORE_TRAILER_LEN;
	trailer = cursor_over(file + len, 24);
	p->footer_at = cursor_u64(&trailer);
	if (p->footer_at < STORE_HEAD_LEN || p->footer_at > len)
		return false;
	c = cursor_over(file + p->footer_at, len - p->footer_at);
	n = cursor_u32(&c);
	data = c;
	if (n > 4 * N_SECTIONS || !cursor_take(&data, (size_t)n * 18) ||
			stream_unpacker_new(&u) < 0)
		return false;
	for (uint32_t i = 0; i < n && ok; i++) {
		uint8_t id = cursor_u8(&c);
		uint8_t codec = cursor_u8(&c);
		uint64_t raw_len = cursor_u64(&c);
		uint64_t part_len = cursor_u64(&c);
		const uint8_t *part = cursor_take(&data, part_len);

		ok = part && id < N_SECTIONS && raw_len <= PART_MAX && !p->sections[id].len &&
		     buf_reserve(&p->sections[id], raw_len + 1) &&
		     stream_unpack(u, codec, part, part_len, p->sections[id].data, raw_len) == 0;
		if (ok)
			p->sections[id].len = raw_len;
	}
	stream_unpacker_free(u);
	return ok;
}

/* Footer and trailer, appended to @out, which holds all that lies before them. */
static inline void store_parts_put(const struct store_parts *p, struct buf *out)
{
	uint64_t at = out->len;

	buf_put_u32(out, N_SECTIONS);
	for (unsigned i = 0; i < N_SECTIONS; i++) {
		buf_put_u8(out, (uint8_t)i);
		buf_put_u8(out, STREAM_RAW);
		buf_put_u64(out, p->sections[i].len);
		buf_put_u64(out, p->sections[i].len);
	}
	for (unsigned i = 0; i < N_SECTIONS; i++)
		buf_put(out, p->sections[i].data, p->sections[i].len);
	uint64_t len = out->len - at;
	uint64_t sum = checksum(out->data + at, len);

	buf_put_u64(out, at);
	buf_put_u64(out, len);
	buf_put_u64(out, sum);
	buf_put_u32(out, STORE_VERSION);
	buf_put(out, STORE_MAGIC, STORE_MAGIC_LEN);
}

#endif
