/* SPDX-License-Identifier: MIT */
#include "core/import/column_build.h"

#include <assert.h>
#include <errno.h>

#include "core/codec/int_values.h"

void column_init(struct column *c, uint8_t flags, uint8_t class, uint32_t key)
{
	memset(c, 0, sizeof(*c));
	column_reset(c, flags, class, key);
}

void column_done(struct column *c)
{
	buf_done(&c->ns);
	buf_done(&c->types);
	buf_done(&c->lens);
	buf_done(&c->values);
	buf_done(&c->params);
	gt_writer_done(&c->gt);
}

void column_reset(struct column *c, uint8_t flags, uint8_t class, uint32_t key)
{
	c->flags = flags;
	c->class = class;
	c->width = 1;
	c->key = key;
	c->n = 0;
	c->n_cells = 0;
	c->gt_slots = 0;
	c->coding = VALUES_PLAIN;
	buf_clear(&c->params);
	buf_clear(&c->ns);
	buf_clear(&c->types);
	buf_clear(&c->lens);
	buf_clear(&c->values);
	gt_writer_clear(&c->gt);
}

uint8_t column_value_width(const struct column *c)
{
	return c->class == COLUMN_FLOAT ? 4 : c->class == COLUMN_INT ? c->width : 1;
}

uint8_t column_class_of(uint8_t type)
{
	switch (type) {
	case RECORD_INT8:
	case RECORD_INT16:
	case RECORD_INT32:
		return COLUMN_INT;
	case RECORD_FLOAT:
		return COLUMN_FLOAT;
	case RECORD_CHAR:
		return COLUMN_TEXT;
	case RECORD_GT:
		return COLUMN_GT;
	default:
		return COLUMN_NULL;
	}
}

/* Rewrite the gathered integers at a larger width. */
static int widen(struct column *c, uint8_t width)
{
	struct buf wide = { 0 };
	size_t n;

	assert(c->width);
	n = c->values.len / c->width;
	if (!buf_reserve(&wide, n * width))
		return -ENOMEM;
	int_values_convert(c->values.data, c->width, wide.data, width, n);
	wide.len = n * width;
	buf_done(&c->values);
	c->values = wide;
	c->width = width;
	return 0;
}

static int put_ints(struct column *c, const struct record_field *f)
{
	uint8_t size = (uint8_t)record_type_size(f->type);
	uint8_t width;
	size_t n;
	int r;

	assert(size);
	n = f->len / size;
	width = int_values_width(f->values, size, n);
	/* The width that holds the values is also the one that BCF's writers choose. */
	if (width != size)
		c->flags |= COLUMN_TYPED;
	buf_put_u8(&c->types, f->type);
	if (width > c->width) {
		r = widen(c, width);
		if (r < 0)
			return r;
	}
	if (!buf_reserve(&c->values, n * c->width))
		return -ENOMEM;
	int_values_convert(f->values, size, c->values.data + c->values.len, c->width, n);
	c->values.len += n * c->width;
	return 0;
}

/* FORMAT text: each sample's value without the NULs that fill it up to n bytes. */
static void put_texts(struct column *c, const struct record_field *f, uint32_t n_samples)
{
	const uint8_t *p = f->values;

	for (uint32_t i = 0; i < n_samples; i++, p += f->n) {
		size_t len = f->n;

		while (len && !p[len - 1])
			len--;
		buf_put_varint(&c->lens, len);
		buf_put(&c->values, p, len);
	}
}

int column_put(struct column *c, const struct record_field *f, uint32_t n_samples)
{
	int r = 0;

	if (!c->n_cells++)
		c->n = f->n;
	else if (f->n != c->n)
		c->flags |= COLUMN_VARYING;
	buf_put_varint(&c->ns, f->n);

	switch (c->class) {
	case COLUMN_INT:
		r = put_ints(c, f);
		break;
	case COLUMN_TEXT:
		if (c->flags & COLUMN_FORMAT)
			put_texts(c, f, n_samples);
		else
			buf_put(&c->values, f->values, f->len);
		break;
	case COLUMN_GT:
		r = gt_writer_put(&c->gt, f->values, f->len, f->n * n_samples);
		if (f->n * n_samples > c->gt_slots)
			c->gt_slots = f->n * n_samples;
		break;
	default:
		buf_put(&c->values, f->values, f->len);
		break;
	}
	if (buf_failed(&c->ns) || buf_failed(&c->types) || buf_failed(&c->lens) ||
			buf_failed(&c->values))
		return -ENOMEM;
	return r;
}
