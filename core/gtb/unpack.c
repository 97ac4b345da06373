/* SPDX-License-Identifier: MIT */
#include "core/gtb/unpack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libdeflate.h>
#include <lzma.h>
#include <zstd.h>

#include "core/base/cursor.h"
#include "core/base/large.h"

enum {
	/* The writer's largest dictionary, at level 9; and what liblzma needs beside it. */
	LZMA_MEMORY = (64 << 20) + (1 << 20),
	LZMA_HEAD = 13,
	GZIP_RATIO_MAX = 1032 /* DEFLATE packs 258 bytes into 2 bits at best */
};

const char *const gtb_codec_names[N_GTB_CODECS] = {
	[GTB_ZSTD] = "zstd", [GTB_LZMA] = "lzma", [GTB_GZIP] = "gzip"
};

static size_t room_left(struct gtb_room *room)
{
	size_t used = atomic_load_explicit(&room->used, memory_order_relaxed);

	return used < room->max ? room->max - used : 0;
}

bool gtb_room_take(struct gtb_room *room, size_t n)
{
	size_t used = atomic_load_explicit(&room->used, memory_order_relaxed);

	do
		if (n > room->max - used)
			return false;
	while (!atomic_compare_exchange_weak_explicit(
			&room->used, &used, used + n, memory_order_relaxed, memory_order_relaxed));
	return true;
}

void gtb_room_give(struct gtb_room *room, size_t n)
{
	atomic_fetch_sub_explicit(&room->used, n, memory_order_relaxed);
}

void *gtb_room_alloc(struct gtb_room *room, size_t n, int *code, struct err *err)
{
	void *p;

	if (!gtb_room_take(room, n)) {
		*code = err_set(err, -EOVERFLOW,
				"%zu bytes of memory are needed here, of which %zu may be had; "
				"give more %s, unless the file is damaged",
				n, room_left(room), room->option);
		return NULL;
	}
	p = large_alloc(n ? n : 1);
	if (!p) {
		*code = err_set(err, -ENOMEM, "out of memory");
		gtb_room_give(room, n);
	}
	return p;
}

void gtb_room_free(struct gtb_room *room, void *p, size_t n)
{
	if (!p)
		return;
	large_free(p);
	gtb_room_give(room, n);
}

static int damaged(struct err *err, const char *why)
{
	return err_set(err, -EBADMSG, "the stream is damaged: %s; copy the file again", why);
}

/* Each fills exactly @n bytes from all of the @len. */
static int unpack_zstd(const uint8_t *in, size_t len, uint8_t *out, size_t n, struct err *err)
{
	size_t got = ZSTD_decompress(out, n, in, len);

	if (ZSTD_isError(got) || got != n)
		return damaged(err, ZSTD_isError(got) ? ZSTD_getErrorName(got) : "too short");
	return 0;
}

static int unpack_lzma(const uint8_t *in, size_t len, uint8_t *out, size_t n, struct err *err)
{
	lzma_stream s = LZMA_STREAM_INIT;
	lzma_ret ret = lzma_alone_decoder(&s, LZMA_MEMORY);
	bool whole;

	if (ret != LZMA_OK)
		return err_set(err, -ENOMEM, "out of memory");
	s.next_in = in;
	s.avail_in = len;
	s.next_out = out;
	s.avail_out = n;
	ret = lzma_code(&s, LZMA_FINISH);
	whole = ret == LZMA_STREAM_END && s.total_out == n && s.total_in == len;
	lzma_end(&s);
	if (ret == LZMA_MEM_ERROR)
		return err_set(err, -ENOMEM, "out of memory");
	if (ret == LZMA_MEMLIMIT_ERROR)
		return damaged(err, "it asks for a larger dictionary than any writer uses");
	return whole ? 0 : damaged(err, "it does not decompress to its end");
}

static int unpack_gzip(const uint8_t *in, size_t len, uint8_t *out, size_t n, struct err *err)
{
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	enum libdeflate_result ret;
	size_t used = 0;

	if (!d)
		return err_set(err, -ENOMEM, "out of memory");
	ret = libdeflate_gzip_decompress_ex(d, in, len, out, n, &used, NULL);
	libdeflate_free_decompressor(d);
	if (ret != LIBDEFLATE_SUCCESS || used != len)
		return damaged(err, "it does not decompress to its end");
	return 0;
}

/* Of one frame, that ends with the stream; UINT64_MAX: it does not say. */
static int zstd_size(const uint8_t *in, size_t len, uint64_t *out, struct err *err)
{
	size_t frame = ZSTD_findFrameCompressedSize(in, len);
	unsigned long long n = ZSTD_getFrameContentSize(in, len);

	if (ZSTD_isError(frame) || frame != len || n == ZSTD_CONTENTSIZE_ERROR)
		return damaged(err, "it is not one Zstandard frame");
	*out = n == ZSTD_CONTENTSIZE_UNKNOWN ? UINT64_MAX : n;
	return 0;
}

static int lzma_size(const uint8_t *in, size_t len, uint64_t *out, struct err *err)
{
	struct cursor c = cursor_over(in, len);

	if (len < LZMA_HEAD)
		return damaged(err, "it is shorter than the head of an LZMA stream");
	cursor_take(&c, 5);
	*out = cursor_u64(&c);
	return *out == UINT64_MAX ? damaged(err, "it does not say how long it is") : 0;
}

/* The end of a gzip member says it (RFC 1952 2.3.1), modulo 4 GiB. */
static int gzip_size(const uint8_t *in, size_t len, uint64_t *out, struct err *err)
{
	struct cursor c;

	if (len < 18)
		return damaged(err, "it is shorter than any gzip member");
	c = cursor_over(in + len - 4, 4);
	*out = cursor_u32(&c);
	return *out / GZIP_RATIO_MAX > len ? damaged(err, "it claims to be impossibly long") : 0;
}

static const struct {
	int (*size)(const uint8_t *in, size_t len, uint64_t *out, struct err *err);
	int (*unpack)(const uint8_t *in, size_t len, uint8_t *out, size_t n, struct err *err);
} codecs[N_GTB_CODECS] = {
	[GTB_ZSTD] = { zstd_size, unpack_zstd },
	[GTB_LZMA] = { lzma_size, unpack_lzma },
	[GTB_GZIP] = { gzip_size, unpack_gzip },
};

/* A frame that does not say its size: counted first, without keeping what comes out. */
static int count_zstd(const uint8_t *in, size_t len, uint64_t max, uint64_t *out, struct err *err)
{
	ZSTD_DStream *d = ZSTD_createDStream();
	ZSTD_inBuffer from = { .src = in, .size = len };
	char scratch[1 << 14];
	uint64_t n = 0;
	size_t left = 1;

	if (!d)
		return err_set(err, -ENOMEM, "out of memory");
	while (left && !ZSTD_isError(left) && n <= max) {
		ZSTD_outBuffer to = { .dst = scratch, .size = sizeof(scratch) };

		left = ZSTD_decompressStream(d, &to, &from);
		n += to.pos;
		if (from.pos == from.size && !to.pos)
			break;
	}
	ZSTD_freeDStream(d);
	if (ZSTD_isError(left) || (left && n <= max))
		return damaged(err, "it does not decompress to its end");
	*out = n;
	return 0;
}

uint64_t gtb_unpacked_size(const uint8_t *in, size_t len)
{
	unsigned long long n = ZSTD_getFrameContentSize(in, len);

	return n == ZSTD_CONTENTSIZE_ERROR || n == ZSTD_CONTENTSIZE_UNKNOWN ? 0 : n;
}

int gtb_unpack(enum gtb_codec codec, const uint8_t *in, size_t len, int64_t want,
		struct gtb_room *room, uint8_t **out, size_t *out_len, struct err *err)
{
	uint64_t n = 0;
	uint8_t *p;
	int r = codecs[codec].size(in, len, &n, err);

	if (r == 0 && n == UINT64_MAX)
		r = count_zstd(in, len, room_left(room), &n, err);
	if (r == 0 && want != UNPACK_ANY && n != (uint64_t)want)
		r = err_set(err, -EBADMSG,
				"the stream is damaged: it holds %llu bytes where its block needs "
				"%llu; copy the file again",
				(unsigned long long)n, (unsigned long long)want);
	if (r < 0)
		return r;
	p = gtb_room_alloc(room, n, &r, err);
	if (!p)
		return r;
	r = codecs[codec].unpack(in, len, p, n, err);
	if (r < 0) {
		gtb_room_free(room, p, n);
		return r;
	}
	*out = p;
	*out_len = n;
	return 0;
}
