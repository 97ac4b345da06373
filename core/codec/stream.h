/* SPDX-License-Identifier: MIT */
/*
 * A stream: bytes of one column, compressed on their own. The table of compressors.
 */
#ifndef GENOFS_CODEC_STREAM_H
#define GENOFS_CODEC_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"

/* As stored: never renumber. */
enum stream_codec {
	STREAM_RAW = 0,
	STREAM_LZ4 = 1,
	STREAM_ZSTD = 2,
	STREAM_BARE = 3, /* raw, and not checked: it is in a group, which is both */
	N_STREAM_CODECS
};

/* What import is asked for. */
enum codec_choice {
	CODEC_AUTO, /* by the stream's heat */
	CODEC_LZ4,
	CODEC_ZSTD,
	CODEC_QUICK, /* to see about how small it becomes, compared with others seen so */
	CODEC_BARE   /* of a chunk that goes to a group */
};

/* Compressor state, kept by a thread. */
struct stream_packer;

int stream_packer_new(struct stream_packer **out); /* 0 or -ENOMEM */
void stream_packer_free(struct stream_packer *p);
void stream_packer_freep(struct stream_packer **p);

/* Where the statistics of a stream change: ascending, each more than 0 and less than its length. */
struct stream_cuts {
	const size_t *at;
	size_t n;
};

/* What a byte less is worth in time to decompress. */
enum stream_heat {
	STREAM_COLD, /* few bytes for each line of text: the smallest */
	STREAM_WARM, /* Zstandard where it is clearly smaller than LZ4 */
	STREAM_HOT   /* the same of many bytes that hardly repeat: packed quickly, if not short */
};

/**
 * stream_pack() - compress @len bytes, appending to @out
 * @cuts: a hint, which no reader needs to know of; may be NULL
 * @codec: what was chosen; STREAM_RAW where nothing made it smaller
 *
 * Return: 0 or -ENOMEM.
 */
int stream_pack(struct stream_packer *p, enum codec_choice choice, enum stream_heat heat,
		const void *data, size_t len, const struct stream_cuts *cuts, struct buf *out,
		enum stream_codec *codec);

/* Decompressor state, kept by a thread. */
struct stream_unpacker;

int stream_unpacker_new(struct stream_unpacker **out);
void stream_unpacker_free(struct stream_unpacker *u);

/**
 * stream_unpack() - decompress exactly @raw_len bytes into @raw
 *
 * Return: 0; -EBADMSG where the stream does not hold exactly that.
 */
int stream_unpack(struct stream_unpacker *u, uint8_t codec, const void *data, size_t len, void *raw,
		size_t raw_len);

#endif
