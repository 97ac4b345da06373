/* SPDX-License-Identifier: MIT */
/* Streams of GTB files, by each of the compressors that they may be of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <endian.h>
#include <errno.h>
#include <string.h>

#include <libdeflate.h>
#include <lzma.h>
#include <zstd.h>

#include "core/gtb/unpack.h"

static struct gtb_room room = { .max = 64 << 20 };

enum { TEXT_LEN = 5000, PACKED_MAX = 8192 };

static void fill(uint8_t *text)
{
	for (unsigned i = 0; i < TEXT_LEN; i++)
		text[i] = (uint8_t)(i * i % 251 & 15);
}

static size_t pack_zstd(const uint8_t *text, uint8_t *out)
{
	size_t n = ZSTD_compress(out, PACKED_MAX, text, TEXT_LEN, 3);

	assert_false(ZSTD_isError(n));
	return n;
}

/* A frame that does not say how long it is. */
static size_t pack_zstd_unsized(const uint8_t *text, uint8_t *out)
{
	ZSTD_CStream *c = ZSTD_createCStream();
	ZSTD_inBuffer in = { text, TEXT_LEN, 0 };
	ZSTD_outBuffer to = { out, PACKED_MAX, 0 };

	assert_non_null(c);
	while (in.pos < in.size)
		assert_false(ZSTD_isError(ZSTD_compressStream2(c, &to, &in, ZSTD_e_continue)));
	assert_int_equal(ZSTD_compressStream2(c, &to, &in, ZSTD_e_end), 0);
	ZSTD_freeCStream(c);
	assert_true(ZSTD_getFrameContentSize(out, to.pos) == ZSTD_CONTENTSIZE_UNKNOWN);
	return to.pos;
}

static size_t pack_lzma(const uint8_t *text, uint8_t *out)
{
	lzma_stream s = LZMA_STREAM_INIT;
	lzma_options_lzma o;
	uint64_t size = htole64(TEXT_LEN);
	size_t n;

	lzma_lzma_preset(&o, 6);
	assert_int_equal(lzma_alone_encoder(&s, &o), LZMA_OK);
	s.next_in = text;
	s.avail_in = TEXT_LEN;
	s.next_out = out;
	s.avail_out = PACKED_MAX;
	assert_int_equal(lzma_code(&s, LZMA_FINISH), LZMA_STREAM_END);
	n = (size_t)s.total_out;
	lzma_end(&s);
	memcpy(out + 5, &size, sizeof(size));
	return n;
}

static size_t pack_gzip(const uint8_t *text, uint8_t *out)
{
	struct libdeflate_compressor *c = libdeflate_alloc_compressor(6);
	size_t n = libdeflate_gzip_compress(c, text, TEXT_LEN, out, PACKED_MAX);

	libdeflate_free_compressor(c);
	assert_true(n > 0);
	return n;
}

static const struct {
	enum gtb_codec codec;
	size_t (*pack)(const uint8_t *text, uint8_t *out);
} packers[] = {
	{ GTB_ZSTD, pack_zstd },
	{ GTB_ZSTD, pack_zstd_unsized },
	{ GTB_LZMA, pack_lzma },
	{ GTB_GZIP, pack_gzip },
};

static void test_streams_come_out_whole(void **state)
{
	uint8_t text[TEXT_LEN];
	uint8_t packed[PACKED_MAX];

	(void)state;
	fill(text);
	for (size_t i = 0; i < sizeof(packers) / sizeof(packers[0]); i++) {
		size_t n = packers[i].pack(text, packed);
		uint8_t *out = NULL;
		size_t len = 0;

		assert_int_equal(gtb_unpack(packers[i].codec, packed, n, TEXT_LEN, &room, &out,
						 &len, NULL),
				0);
		assert_int_equal(len, TEXT_LEN);
		assert_memory_equal(out, text, TEXT_LEN);
		gtb_room_free(&room, out, len);
		assert_int_equal(gtb_unpack(packers[i].codec, packed, n, UNPACK_ANY, &room, &out,
						 &len, NULL),
				0);
		gtb_room_free(&room, out, len);
		assert_int_equal(room.used, 0);
	}
}

static void test_streams_that_are_not_whole_are_refused(void **state)
{
	uint8_t text[TEXT_LEN];
	uint8_t packed[PACKED_MAX] = { 0 };

	(void)state;
	fill(text);
	for (size_t i = 0; i < sizeof(packers) / sizeof(packers[0]); i++) {
		size_t n = packers[i].pack(text, packed);
		struct gtb_room small = { .max = TEXT_LEN - 1 };
		uint8_t *out = NULL;
		size_t len = 0;
		struct err err = { 0 };

		assert_int_equal(gtb_unpack(packers[i].codec, packed, n, TEXT_LEN + 1, &room, &out,
						 &len, &err),
				-EBADMSG);
		assert_non_null(strstr(err.msg, "holds 5000 bytes where its block needs 5001"));
		for (size_t cut = 0; cut < n; cut += 1 + n / 50)
			assert_int_equal(gtb_unpack(packers[i].codec, packed, cut, UNPACK_ANY,
							 &room, &out, &len, &err),
					-EBADMSG);
		packed[n] = 0;
		assert_int_equal(gtb_unpack(packers[i].codec, packed, n + 1, TEXT_LEN, &room, &out,
						 &len, &err),
				-EBADMSG);
		assert_int_equal(gtb_unpack(packers[i].codec, packed, n, UNPACK_ANY, &small, &out,
						 &len, &err),
				-EOVERFLOW);
		assert_int_equal(room.used, 0);
		assert_null(out);
	}
}

static void test_large_claims_of_small_streams_are_refused(void **state)
{
	/* A head of LZMA with a dictionary of 1 GiB; a gzip member of 20 bytes for 4 GiB. */
	static const uint8_t lzma[32] = { 0x5d, 0, 0, 0, 0x40, 0x10 };
	static const uint8_t gzip[20] = { 0x1f, 0x8b, 8, [16] = 0xff, 0xff, 0xff, 0xff };
	uint8_t *out = NULL;
	size_t len = 0;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(gtb_unpack(GTB_LZMA, lzma, sizeof(lzma), UNPACK_ANY, &room, &out, &len,
					 &err),
			-EBADMSG);
	assert_non_null(strstr(err.msg, "larger dictionary"));
	assert_int_equal(gtb_unpack(GTB_GZIP, gzip, sizeof(gzip), UNPACK_ANY, &room, &out, &len,
					 &err),
			-EBADMSG);
	assert_non_null(strstr(err.msg, "impossibly long"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_streams_come_out_whole),
		cmocka_unit_test(test_streams_that_are_not_whole_are_refused),
		cmocka_unit_test(test_large_claims_of_small_streams_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
