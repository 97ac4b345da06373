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
	for (unsigned i = 0; i < N_ALLELE_COUNTS; i++)
		buf_done(&c->rules[i].exceptions);
	buf_done(&c->ends);
	buf_done(&c->stored);
	buf_done(&c->cuts);
	buf_done(&c->exceptions);
	buf_done(&c->texts);
	buf_done(&c->format.entries);
	buf_done(&c->format.tiles);
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
	c->room = 0;
	c->coding = VALUES_PLAIN;
	buf_clear(&c->params);
	c->format.width = 0;
	c->format.choice.pass = 0;
	c->format.max_n = 0;
	c->format.twice = false;
	c->format.n_entries = 0;
	buf_clear(&c->format.entries);
	buf_clear(&c->format.tiles);
	buf_clear(&c->ns);
	buf_clear(&c->types);
	buf_clear(&c->lens);
	buf_clear(&c->values);
	for (unsigned i = 0; i < N_ALLELE_COUNTS; i++) {
		buf_clear(&c->rules[i].exceptions);
		c->rules[i].last = 0;
		c->rules[i].dead = false;
	}
	buf_clear(&c->ends);
	buf_clear(&c->stored);
	buf_clear(&c->cuts);
	buf_clear(&c->exceptions);
	buf_clear(&c->texts);
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

int column_widen(struct column *c, uint8_t width)
{
	struct buf wide = { 0 };
	size_t n;

	if (width == c->width)
		return 0;
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
		r = column_widen(c, width);
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

/* Exceptions are worth it while they are shorter than n of each cell. */
static bool too_many(const struct n_rule *rule, uint32_t n_cells)
{
	return rule->exceptions.len > n_cells / 4 + 64;
}

static void follow_rules(struct column *c, uint32_t n, uint32_t n_allele)
{
	for (unsigned i = 0; i < N_ALLELE_COUNTS; i++) {
		struct n_rule *rule = &c->rules[i];

		if (rule->dead || n == allele_count(i, n_allele))
			continue;
		buf_put_varint(&rule->exceptions, c->n_cells - rule->last);
		buf_put_varint(&rule->exceptions, n);
		rule->last = c->n_cells + 1;
		rule->dead = buf_failed(&rule->exceptions) || too_many(rule, c->n_cells);
	}
}

void column_put_end(struct column *c, int64_t end)
{
	int32_t v = (int32_t)end;
	int32_t last;

	if (c->class != COLUMN_INT || c->values.len < c->width ||
			c->ends.len != (c->n_cells - 1) * sizeof(v))
		return;
	/* The first cell decides: of other columns nothing is kept. */
	int_values_convert(c->values.data + c->values.len - c->width, c->width, (uint8_t *)&last,
			sizeof(last), 1);
	if (c->n_cells > 1 || (int32_t)le32toh((uint32_t)last) == v)
		buf_put(&c->ends, &v, sizeof(v));
}

static void put_entry(struct format_column *c, uint32_t n, uint32_t record)
{
	c->twice |= record < c->n_entries;
	for (; c->n_entries < record; c->n_entries++)
		buf_put_varint(&c->entries, 0);
	buf_put_varint(&c->entries, n + 1ull);
	c->n_entries = record + 1;
	c->max_n = n > c->max_n ? n : c->max_n;
}

int column_put(struct column *c, const struct record_field *f, uint32_t n_samples,
		uint32_t n_allele, uint32_t record)
{
	int r = 0;

	if (!(c->flags & COLUMN_FORMAT))
		follow_rules(c, f->n, n_allele);
	if (!c->n_cells++)
		c->n = f->n;
	else if (f->n != c->n)
		c->flags |= COLUMN_VARYING;
	buf_put_varint(&c->ns, f->n);
	if (c->flags & COLUMN_FORMAT)
		put_entry(&c->format, f->n, record);

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
	if (buf_failed(&c->ns) || buf_failed(&c->format.entries) || buf_failed(&c->types) ||
			buf_failed(&c->lens) || buf_failed(&c->values))
		return -ENOMEM;
	return r;
}
