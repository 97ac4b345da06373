/* SPDX-License-Identifier: MIT */
/*
 * Where the streams of a chunk go: compressed, checked and entered in its table one by one.
 *
 * Scratch of a thread that encodes; zero-initialised but for the packer.
 */
#ifndef GENOFS_IMPORT_STREAM_OUT_H
#define GENOFS_IMPORT_STREAM_OUT_H

#include "core/import/chunk_encode.h"
#include "core/store/layout.h"

struct stream_out {
	struct stream_packer *packer; /* owned */
	struct chunk_image *image;    /* borrowed: that of stream_out_begin() */
	enum codec_choice choice;
	struct buf planes; /* scratch */
};

void stream_out_done(struct stream_out *o);
/* The streams that follow belong to @image. */
void stream_out_begin(struct stream_out *o, struct chunk_image *image, enum codec_choice choice);

/* Append @raw as the stream @kind of @column; nothing where it is empty. Return: 0 or -ENOMEM. */
int stream_out_put(struct stream_out *o, enum stream_kind kind, uint32_t column,
		const struct buf *raw);
/* The same; @cuts: see stream_pack(). */
int stream_out_put_cut(struct stream_out *o, enum stream_kind kind, uint32_t column,
		const struct buf *raw, const struct stream_cuts *cuts);
/* Values of @width bytes, as planes. */
int stream_out_put_planes(struct stream_out *o, enum stream_kind kind, uint32_t column,
		const struct buf *values, uint8_t width);

#endif
