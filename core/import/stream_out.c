/* SPDX-License-Identifier: MIT */
#include "core/import/stream_out.h"

#include <assert.h>
#include <errno.h>

#include "core/base/checksum.h"
#include "core/codec/int_values.h"

enum { MAX_PLANES = 8, RICH_CHUNK = 768 << 10 };

void stream_out_done(struct stream_out *o)
{
	stream_packer_free(o->packer);
	buf_done(&o->planes);
}

void stream_out_begin(struct stream_out *o, struct chunk_image *image, enum codec_choice choice)
{
	o->image = image;
	o->choice = choice;
}

int stream_out_put(
		struct stream_out *o, enum stream_kind kind, uint32_t column, const struct buf *raw)
{
	return stream_out_put_cut(o, kind, column, raw, NULL);
}

/* In chunks of many bytes values of FORMAT are nearly all of what there is to pack. */
static enum stream_heat heat_of(const struct chunk_image *image, enum stream_kind kind)
{
	if (kind < STREAM_SITES_END)
		return STREAM_COLD;
	return kind == STREAM_FORMAT_VALUES && image->info.record_bytes >= RICH_CHUNK ? STREAM_HOT
										      : STREAM_WARM;
}

int stream_out_put_cut(struct stream_out *o, enum stream_kind kind, uint32_t column,
		const struct buf *raw, const struct stream_cuts *cuts)
{
	struct chunk_image *image = o->image;
	enum block_part part = kind < STREAM_SITES_END ? BLOCK_SITES : BLOCK_CALLS;
	struct buf *out = &image->streams[part];
	struct buf *entry = &image->entries[part];
	enum stream_heat heat = heat_of(image, kind);
	size_t at = out->len;
	enum stream_codec codec;
	int r;

	if (buf_failed(raw))
		return -ENOMEM;
	if (!raw->len)
		return 0;
	r = stream_pack(o->packer, o->choice, heat, raw->data, raw->len, cuts, out, &codec);
	if (r < 0)
		return r;
	buf_put_u8(entry, (uint8_t)kind);
	buf_put_u8(entry, (uint8_t)codec);
	buf_put_varint(entry, column);
	buf_put_varint(entry, out->len - at);
	if (codec != STREAM_BARE) {
		buf_put_varint(entry, raw->len);
		buf_put_u64(entry, checksum(out->data + at, out->len - at));
	}
	image->n_streams++;
	image->info.stream_bytes += raw->len;
	return buf_failed(entry) ? -ENOMEM : 0;
}

int stream_out_put_planes(struct stream_out *o, enum stream_kind kind, uint32_t column,
		const struct buf *values, uint8_t width)
{
	struct stream_cuts cuts = { 0 };
	size_t n = values->len / width;
	size_t at[MAX_PLANES];

	if (width == 1 || !n)
		return stream_out_put(o, kind, column, values);
	assert(width <= MAX_PLANES);
	buf_clear(&o->planes);
	if (!buf_reserve(&o->planes, values->len))
		return -ENOMEM;
	planes_split(values->data, width, n, o->planes.data);
	o->planes.len = values->len;
	for (cuts.at = at; cuts.n + 1 < width; cuts.n++)
		at[cuts.n] = (cuts.n + 1) * n;
	return stream_out_put_cut(o, kind, column, &o->planes, &cuts);
}
