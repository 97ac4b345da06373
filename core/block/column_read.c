/* SPDX-License-Identifier: MIT */
#include "core/block/column_read.h"

#include "core/codec/int_values.h"
#include "core/record/record.h"

static size_t sink_left(const struct byte_sink *out)
{
	return (size_t)(out->end - out->at);
}

bool sink_put(struct byte_sink *out, const void *p, size_t n)
{
	if (n > sink_left(out))
		return false;
	if (n)
		memcpy(out->at, p, n);
	out->at += n;
	return true;
}

bool sink_put_varint(struct byte_sink *out, uint64_t v)
{
	if (sink_left(out) < VARINT_MAX && sink_left(out) < varint_size(v))
		return false;
	for (; v >= 0x80; v >>= 7)
		*out->at++ = (uint8_t)(v | 0x80);
	*out->at++ = (uint8_t)v;
	return true;
}

bool column_reader_open(struct column_reader *c, struct cursor *description, uint32_t n_keys,
		uint32_t gt_slots)
{
	memset(c, 0, sizeof(*c));
	c->gt.max_slots = gt_slots;
	c->flags = cursor_u8(description);
	c->class = cursor_u8(description);
	c->width = cursor_u8(description);
	c->key = cursor_varint32(description);
	c->n = cursor_varint32(description);
	if (cursor_bad(description) || c->key >= n_keys || c->class >= N_COLUMN_CLASSES ||
			c->flags > (COLUMN_FORMAT | COLUMN_TYPED | COLUMN_VARYING))
		return false;
	if (c->class == COLUMN_FLOAT)
		c->width = 4;
	else if (c->class == COLUMN_INT && c->width != 1 && c->width != 2 && c->width != 4)
		return false;
	c->ns = c->types = c->lens = c->values = cursor_over(NULL, 0);
	c->gt.meta = c->gt.lists = c->gt.bits = c->gt.zeros = c->gt.ones = c->values;
	return c->class != COLUMN_GT || c->flags & COLUMN_FORMAT;
}

void column_reader_done(struct column_reader *c)
{
	gt_reader_done(&c->gt);
}

struct cursor *column_reader_stream(struct column_reader *c, enum stream_kind kind)
{
	bool fmt = c->flags & COLUMN_FORMAT;

	switch (kind) {
	case STREAM_INFO_N:
		return fmt ? NULL : &c->ns;
	case STREAM_INFO_TYPE:
		return fmt ? NULL : &c->types;
	case STREAM_INFO_VALUES:
		return fmt ? NULL : &c->values;
	case STREAM_FORMAT_N:
		return fmt ? &c->ns : NULL;
	case STREAM_FORMAT_TYPE:
		return fmt ? &c->types : NULL;
	case STREAM_FORMAT_VALUES:
		return fmt ? &c->values : NULL;
	case STREAM_FORMAT_LEN:
		return fmt ? &c->lens : NULL;
	case STREAM_GT_META:
		return fmt ? &c->gt.meta : NULL;
	case STREAM_GT_LISTS:
		return fmt ? &c->gt.lists : NULL;
	case STREAM_GT_BITS:
		return fmt ? &c->gt.bits : NULL;
	case STREAM_GT_ZEROS:
		return fmt ? &c->gt.zeros : NULL;
	case STREAM_GT_ONES:
		return fmt ? &c->gt.ones : NULL;
	default:
		return NULL;
	}
}

static bool put_head(struct column_reader *c, uint8_t type, uint32_t n, struct byte_sink *out)
{
	return sink_put_varint(out, c->key) && sink_put(out, &type, 1) && sink_put_varint(out, n);
}

/* The next @count values of the planes. */
static bool next_planes(struct column_reader *c, size_t count, struct planes *p)
{
	p->data = c->values.at;
	p->width = c->width;
	p->n = cursor_left(&c->values) / c->width;
	p->first = c->at;
	p->count = count;
	if (count > p->n - p->first)
		return false;
	c->at += count;
	return true;
}

static bool next_ints(struct column_reader *c, uint32_t n, size_t count, struct byte_sink *out)
{
	static const uint8_t type_of[] = {
		[1] = RECORD_INT8, [2] = RECORD_INT16, [4] = RECORD_INT32
	};
	struct planes p;
	uint8_t type;
	size_t size;

	if (!next_planes(c, count, &p))
		return false;
	if (c->flags & COLUMN_TYPED)
		type = cursor_u8(&c->types);
	else
		type = c->width == 1 ? RECORD_INT8 : type_of[planes_int_width(&p)];
	size = record_type_size(type);
	if (type < RECORD_INT8 || type > RECORD_INT32 || !put_head(c, type, n, out) ||
			count > sink_left(out) / size)
		return false;
	planes_int_convert(&p, out->at, (uint8_t)size);
	out->at += count * size;
	return true;
}

static bool next_floats(struct column_reader *c, uint32_t n, size_t count, struct byte_sink *out)
{
	struct planes p;

	if (!next_planes(c, count, &p) || !put_head(c, RECORD_FLOAT, n, out) ||
			count > sink_left(out) / sizeof(uint32_t))
		return false;
	planes_join(&p, out->at);
	out->at += count * sizeof(uint32_t);
	return true;
}

static bool next_text(struct column_reader *c, uint32_t n, uint32_t n_samples, size_t count,
		struct byte_sink *out)
{
	if (!put_head(c, RECORD_CHAR, n, out) || count > sink_left(out))
		return false;
	if (!(c->flags & COLUMN_FORMAT)) {
		const uint8_t *p = cursor_take(&c->values, n);

		return p && sink_put(out, p, n);
	}
	for (uint32_t i = 0; i < n_samples; i++) {
		uint64_t len = cursor_varint(&c->lens);
		const uint8_t *p;

		if (len > n)
			return false;
		p = cursor_take(&c->values, (size_t)len);
		if (!p)
			return false;
		memcpy(out->at, p, (size_t)len);
		memset(out->at + len, 0, n - (size_t)len);
		out->at += n;
	}
	return !cursor_bad(&c->lens);
}

static bool next_gt(struct column_reader *c, uint32_t n, size_t count, struct byte_sink *out)
{
	uint32_t le_len = 0;
	uint8_t *at;
	size_t len;

	if (count > UINT32_MAX || !put_head(c, RECORD_GT, n, out))
		return false;
	at = out->at;
	if (!sink_put(out, &le_len, sizeof(le_len)) ||
			!gt_reader_next(&c->gt, (uint32_t)count, out->at, sink_left(out), &len) ||
			len > UINT32_MAX)
		return false;
	le_len = htole32((uint32_t)len);
	memcpy(at, &le_len, sizeof(le_len));
	out->at += len;
	return true;
}

bool column_reader_next(struct column_reader *c, uint32_t n_samples, struct byte_sink *out)
{
	uint32_t n = c->flags & COLUMN_VARYING ? cursor_varint32(&c->ns) : c->n;
	size_t count;

	if (cursor_bad(&c->ns) ||
			__builtin_mul_overflow((size_t)n,
					(size_t)(c->flags & COLUMN_FORMAT ? n_samples : 1), &count))
		return false;
	switch (c->class) {
	case COLUMN_INT:
		return next_ints(c, n, count, out);
	case COLUMN_FLOAT:
		return next_floats(c, n, count, out);
	case COLUMN_TEXT:
		return next_text(c, n, n_samples, count, out);
	case COLUMN_GT:
		return next_gt(c, n, count, out);
	default:
		return put_head(c, RECORD_NULL, n, out);
	}
}

bool column_reader_finished(const struct column_reader *c)
{
	if (c->class == COLUMN_INT || c->class == COLUMN_FLOAT) {
		if (c->at * c->width != cursor_left(&c->values))
			return false;
	} else if (!cursor_finished(&c->values)) {
		return false;
	}
	return cursor_finished(&c->ns) && cursor_finished(&c->types) && cursor_finished(&c->lens) &&
	       cursor_finished(&c->gt.meta) && cursor_finished(&c->gt.lists) &&
	       cursor_finished(&c->gt.bits) && cursor_finished(&c->gt.zeros) &&
	       cursor_finished(&c->gt.ones);
}
