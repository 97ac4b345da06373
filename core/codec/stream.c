/* SPDX-License-Identifier: MIT */
#include "core/codec/stream.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

#include <lz4.h>
#include <lz4hc.h>
#include <zstd.h>

enum {
	LZ4_LEVEL = 9,
	/* Short streams are packed more thoroughly: 4 % of a store for 5 % of an import's time. Hot
	 * ones less: 2 to 5 % of a store for a quarter to two thirds of an import's time. */
	ZSTD_LEVEL = 9,
	ZSTD_SHORT_LEVEL = 15,
	ZSTD_QUICK_LEVEL = 1,
	SHORT_STREAM = 256 << 10,
	HOT_MIN = 16 << 10,
	/* In longer ones repeats of sequences are looked for far back: inserted sequences. */
	LONG_STREAM = 64 << 10,
	/* Streams shorter than this are not worth a try: the table entry is as long. */
	PACK_MIN = 16,
	/* Streams longer than this are not tried without their cuts. */
	CUT_SURELY = 1 << 17,
};

struct stream_packer {
	void *lz4; /* LZ4_sizeofStateHC() bytes; owned */
	ZSTD_CCtx *zstd;
	bool quick;
	struct buf other; /* the loser of a comparison */
};

int stream_packer_new(struct stream_packer **out)
{
	struct stream_packer *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->lz4 = malloc((size_t)LZ4_sizeofStateHC());
	p->zstd = ZSTD_createCCtx();
	if (!p->lz4 || !p->zstd) {
		stream_packer_free(p);
		return -ENOMEM;
	}
	/* Our own checksum is over the compressed bytes, and the length is in the table. */
	ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_checksumFlag, 0);
	ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_contentSizeFlag, 0);
	*out = p;
	return 0;
}

void stream_packer_free(struct stream_packer *p)
{
	if (!p)
		return;
	free(p->lz4);
	ZSTD_freeCCtx(p->zstd);
	buf_done(&p->other);
	free(p);
}

void stream_packer_freep(struct stream_packer **p)
{
	stream_packer_free(*p);
}

static void set_level(struct stream_packer *p, size_t len)
{
	int level = len <= SHORT_STREAM ? ZSTD_SHORT_LEVEL : ZSTD_LEVEL;

	ZSTD_CCtx_setParameter(
			p->zstd, ZSTD_c_compressionLevel, p->quick ? ZSTD_QUICK_LEVEL : level);
	ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_enableLongDistanceMatching, len > LONG_STREAM);
}

/* Each appends to @out, or leaves it where the codec cannot take the stream; -ENOMEM. */
static int pack_lz4(struct stream_packer *p, const void *data, size_t len, struct buf *out)
{
	int n;

	if (len > LZ4_MAX_INPUT_SIZE)
		return 0;
	if (!buf_reserve(out, (size_t)LZ4_compressBound((int)len)))
		return -ENOMEM;
	n = LZ4_compress_HC_extStateHC(p->lz4, data, (char *)out->data + out->len, (int)len,
			LZ4_compressBound((int)len), LZ4_LEVEL);
	if (n > 0)
		out->len += (size_t)n;
	return 0;
}

static int pack_zstd(struct stream_packer *p, const void *data, size_t len, struct buf *out)
{
	size_t n;

	set_level(p, len);
	if (!buf_reserve(out, ZSTD_compressBound(len)))
		return -ENOMEM;
	n = ZSTD_compress2(p->zstd, out->data + out->len, out->cap - out->len, data, len);
	if (!ZSTD_isError(n))
		out->len += n;
	return 0;
}

/* Zstandard with a block that ends at each cut, so that what lies between two has a table of its
 * own for its literals. */
static int pack_zstd_cut(struct stream_packer *p, const void *data, size_t len,
		const struct stream_cuts *cuts, struct buf *out)
{
	/* A block's head is 3 bytes, and one that does not shrink is stored. */
	size_t bound = ZSTD_compressBound(len) + 8 * (cuts->n + 1);
	ZSTD_inBuffer in = { .src = data };
	ZSTD_outBuffer to;

	if (!buf_reserve(out, bound))
		return -ENOMEM;
	to = (ZSTD_outBuffer){ .dst = out->data + out->len, .size = bound };
	ZSTD_CCtx_reset(p->zstd, ZSTD_reset_session_only);
	set_level(p, len);
	ZSTD_CCtx_setPledgedSrcSize(p->zstd, len);
	for (size_t i = 0; i <= cuts->n; i++) {
		ZSTD_EndDirective end = i < cuts->n ? ZSTD_e_flush : ZSTD_e_end;

		in.size = i < cuts->n ? cuts->at[i] : len;
		if (ZSTD_compressStream2(p->zstd, &to, &in, end)) {
			ZSTD_CCtx_reset(p->zstd, ZSTD_reset_session_only);
			return 0;
		}
	}
	out->len += to.pos;
	return 0;
}

/* The better of cut and not, where that is not known: little is gained by a cut of few bytes. */
static int pack_zstd_best(struct stream_packer *p, const void *data, size_t len,
		const struct stream_cuts *cuts, struct buf *out)
{
	size_t at = out->len;
	size_t whole;
	int r = 0;

	if (!cuts || !cuts->n)
		return pack_zstd(p, data, len, out);
	if (len <= CUT_SURELY)
		r = pack_zstd(p, data, len, out);
	whole = out->len - at;
	if (r == 0)
		r = pack_zstd_cut(p, data, len, cuts, out);
	if (r < 0 || !whole || out->len == at + whole)
		return r;
	if (out->len - at - whole < whole) {
		memmove(out->data + at, out->data + at + whole, out->len - at - whole);
		out->len -= whole;
	} else {
		out->len = at + whole;
	}
	return 0;
}

/* Worth the slower decoder. */
static int much_smaller(enum stream_heat heat, size_t zstd, size_t lz4)
{
	return zstd + 16 < (heat == STREAM_COLD ? lz4 : lz4 - lz4 / 8);
}

/* Whether Zstandard (in p->other) is worth it, going by what fast LZ4 makes of the bytes. */
static int try_zstd(struct stream_packer *p, enum stream_heat heat, const void *data, size_t len,
		const struct stream_cuts *cuts, struct buf *out, bool *won)
{
	size_t fast = 0;
	int r;

	buf_clear(&p->other);
	r = pack_zstd_best(p, data, len, cuts, &p->other);
	if (r < 0)
		return r;
	if (len <= LZ4_MAX_INPUT_SIZE) {
		if (!buf_reserve(out, (size_t)LZ4_compressBound((int)len)))
			return -ENOMEM;
		fast = (size_t)LZ4_compress_default(data, (char *)out->data + out->len, (int)len,
				LZ4_compressBound((int)len));
	}
	/* Thorough LZ4 is slow: it is of use where there are many repeats and little else. */
	*won = p->other.len &&
	       (!fast || fast > len - len / 4 || much_smaller(heat, p->other.len, fast - fast / 8));
	return 0;
}

/* Auto, off the hot path: the better of the two. */
static int pack_best(struct stream_packer *p, enum stream_heat heat, const void *data, size_t len,
		const struct stream_cuts *cuts, struct buf *out, enum stream_codec *codec)
{
	size_t at = out->len;
	bool zstd = false;
	int r = try_zstd(p, heat, data, len, cuts, out, &zstd);

	if (r == 0 && !zstd) {
		*codec = STREAM_LZ4;
		r = pack_lz4(p, data, len, out);
		zstd = p->other.len &&
		       (out->len == at || much_smaller(heat, p->other.len, out->len - at));
	}
	if (r == 0 && zstd) {
		*codec = STREAM_ZSTD;
		out->len = at;
		buf_put(out, p->other.data, p->other.len);
	}
	return r;
}

int stream_pack(struct stream_packer *p, enum codec_choice choice, enum stream_heat heat,
		const void *data, size_t len, const struct stream_cuts *cuts, struct buf *out,
		enum stream_codec *codec)
{
	size_t at = out->len;
	int r = 0;

	if (choice == CODEC_BARE) {
		*codec = STREAM_BARE;
		buf_put(out, data, len);
		return buf_failed(out) ? -ENOMEM : 0;
	}
	p->quick = choice == CODEC_QUICK || (heat == STREAM_HOT && len >= HOT_MIN);
	if (len >= PACK_MIN && (choice == CODEC_ZSTD || choice == CODEC_QUICK)) {
		*codec = STREAM_ZSTD;
		r = pack_zstd_best(p, data, len, cuts, out);
	} else if (len >= PACK_MIN && choice == CODEC_LZ4) {
		*codec = STREAM_LZ4;
		r = pack_lz4(p, data, len, out);
	} else if (len >= PACK_MIN) {
		r = pack_best(p, heat, data, len, cuts, out, codec);
	}
	if (r < 0)
		return r;
	if (out->len == at || out->len - at >= len) {
		*codec = STREAM_RAW;
		out->len = at;
		buf_put(out, data, len);
	}
	return buf_failed(out) ? -ENOMEM : 0;
}

struct stream_unpacker {
	ZSTD_DCtx *zstd;
};

int stream_unpacker_new(struct stream_unpacker **out)
{
	struct stream_unpacker *u = calloc(1, sizeof(*u));

	if (!u)
		return -ENOMEM;
	u->zstd = ZSTD_createDCtx();
	if (!u->zstd) {
		free(u);
		return -ENOMEM;
	}
	*out = u;
	return 0;
}

void stream_unpacker_free(struct stream_unpacker *u)
{
	if (!u)
		return;
	ZSTD_freeDCtx(u->zstd);
	free(u);
}

int stream_unpack(struct stream_unpacker *u, uint8_t codec, const void *data, size_t len, void *raw,
		size_t raw_len)
{
	size_t n;

	switch (codec) {
	case STREAM_RAW:
	case STREAM_BARE:
		if (len != raw_len)
			return -EBADMSG;
		if (len)
			memcpy(raw, data, len);
		return 0;
	case STREAM_LZ4:
		if (len > INT_MAX || raw_len > INT_MAX)
			return -EBADMSG;
		if (LZ4_decompress_safe(data, raw, (int)len, (int)raw_len) != (int)raw_len)
			return -EBADMSG;
		return 0;
	case STREAM_ZSTD:
		n = ZSTD_decompressDCtx(u->zstd, raw, raw_len, data, len);
		return !ZSTD_isError(n) && n == raw_len ? 0 : -EBADMSG;
	default:
		return -EBADMSG;
	}
}
