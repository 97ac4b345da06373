/* SPDX-License-Identifier: MIT */
#include "core/import/column_model.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/cleanup.h"
#include "core/base/cursor.h"
#include "core/base/names.h"
#include "core/import/float_choose.h"

enum {
	/* Texts are numbered where there are at most so many, and so many cells for each. */
	TEXTS_MAX = 1 << 12,
	TEXT_CELLS_MIN = 16,
	TEXT_LEN_MAX = 1 << 12,
	FLOATS_MIN = 16, /* fewer are stored as they are */
	/* Totals that frequencies are tried with. */
	TOTAL_MIN = 1 << 12,
	TOTAL_MAX = 1 << 17
};

void info_modeller_done(struct info_modeller *m)
{
	int_chooser_done(&m->chooser);
	free(m->arrays);
	buf_done(&m->nums);
	buf_done(&m->cells);
}

static bool all_equal(const int32_t *values, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (values[i] != values[0])
			return false;
	return true;
}

/* Add the integers that a column's values have become. */
static int add_array(struct info_modeller *m, const struct column *c, uint32_t number, bool ends)
{
	struct int_array a = { .values = (const int32_t *)(const void *)c->values.data,
		.n = c->values.len / sizeof(int32_t),
		.column = number,
		.ends = ends };

	if (m->n_arrays == m->max_arrays) {
		uint32_t max = m->max_arrays ? 2 * m->max_arrays : 64;
		struct int_array *arrays = realloc(m->arrays, max * sizeof(*arrays));

		if (!arrays)
			return -ENOMEM;
		m->arrays = arrays;
		m->max_arrays = max;
	}
	a.counts = c->class == COLUMN_INT && !(c->flags & COLUMN_SITE);
	a.common = c->flags & COLUMN_SITE && c->key == SITE_ALLELES;
	a.constant = all_equal(a.values, a.n);
	a.model.flags = ends ? INTS_END : 0;
	m->arrays[m->n_arrays++] = a;
	return 0;
}

static void to_machine_order(struct buf *b)
{
	uint32_t *v = (uint32_t *)(void *)b->data;

	for (size_t i = 0; i < b->len / sizeof(*v); i++)
		v[i] = le32toh(v[i]);
}

/* Where most values are the end of their record: make them what is left of it. */
static bool take_ends(struct column *c)
{
	uint32_t *values = (uint32_t *)(void *)c->values.data;
	const uint32_t *ends = (const uint32_t *)(const void *)c->ends.data;
	size_t n = c->values.len / sizeof(*values);
	size_t equal = 0;

	if (!n || c->flags & COLUMN_VARYING || c->n != 1 || c->ends.len != c->values.len)
		return false;
	for (size_t i = 0; i < n; i++)
		equal += values[i] == ends[i];
	if (equal < n - n / 4)
		return false;
	for (size_t i = 0; i < n; i++)
		values[i] -= ends[i];
	return true;
}

static int model_ints(struct info_modeller *m, struct column *c, uint32_t number)
{
	int r = column_widen(c, sizeof(int32_t));

	if (r < 0)
		return r;
	to_machine_order(&c->values);
	c->coding = VALUES_INTS;
	return add_array(m, c, number, take_ends(c));
}

/* The number of the cell of each value; none where that is the value's. */
static int number_cells(struct info_modeller *m, const struct column *c, const uint32_t **out)
{
	struct cursor ns = cursor_over(c->ns.data, c->ns.len);

	*out = NULL;
	if (!(c->flags & COLUMN_VARYING) && c->n == 1)
		return 0;
	buf_clear(&m->cells);
	if (!buf_reserve(&m->cells, c->values.len + sizeof(uint32_t)))
		return -ENOMEM;
	for (uint32_t cell = 0; cell < c->n_cells; cell++)
		for (uint64_t n = cursor_varint(&ns); n; n--)
			buf_put(&m->cells, &cell, sizeof(cell));
	*out = (const uint32_t *)(const void *)m->cells.data;
	return 0;
}

static void describe_quotient(struct column *c, const struct float_model *f)
{
	buf_put_u8(&c->params, f->rounding);
	buf_put_varint(&c->params, f->den);
	if (!f->den)
		buf_put_varint(&c->params, f->den_column);
	buf_put_u8(&c->params, f->own);
	if (!f->own)
		buf_put_varint(&c->params, f->num_column);
}

static int model_floats(struct info_modeller *m, struct column *c, uint32_t number,
		uint32_t n_counts, uint32_t n_samples)
{
	uint32_t total = n_samples > TOTAL_MAX / 4 ? TOTAL_MAX : 4 * n_samples;
	struct float_array f = {
		.bits = c->values.data, .n = c->values.len / sizeof(float), .n_cells = c->n_cells
	};
	struct float_model model;
	struct buf swap;
	int r;

	if (f.n < FLOATS_MIN && !all_equal((const int32_t *)(const void *)c->values.data, f.n))
		return 0;
	r = number_cells(m, c, &f.cells);
	if (r < 0)
		return r;
	r = float_choose(&f, m->arrays, n_counts, total < TOTAL_MIN ? TOTAL_MIN : total, &model,
			&m->nums, &c->exceptions);
	if (r <= 0)
		return r;
	c->coding = VALUES_QUOTIENT;
	describe_quotient(c, &model);
	if (!model.own) {
		buf_clear(&c->values);
		for (uint32_t i = 0; i < n_counts; i++)
			m->arrays[i].common |= m->arrays[i].column == model.num_column;
		return 0;
	}
	swap = c->values;
	c->values = m->nums;
	m->nums = swap;
	return add_array(m, c, number, false);
}

/* Number the texts of a column, into @nums. Return: how many there are; 0: too many; -ENOMEM. */
static int number_texts(const struct column *c, struct names *texts, struct buf *nums)
{
	struct cursor ns = cursor_over(c->ns.data, c->ns.len);
	struct cursor values = cursor_over(c->values.data, c->values.len);
	uint32_t max = c->n_cells / TEXT_CELLS_MIN;

	buf_clear(nums);
	for (uint32_t i = 0; i < c->n_cells; i++) {
		size_t n = (size_t)cursor_varint(&ns);
		const uint8_t *p = cursor_take(&values, n);
		uint32_t id;

		if (!p || n > TEXT_LEN_MAX)
			return 0;
		if (names_intern(texts, (const char *)p, n, &id) < 0)
			return -ENOMEM;
		if (id >= TEXTS_MAX || id >= max)
			return 0;
		buf_put(nums, &id, sizeof(id));
	}
	return buf_failed(nums) ? -ENOMEM : (int)names_count(texts);
}

static int model_texts(struct info_modeller *m, struct column *c, uint32_t number)
{
	CLEANUP(names_freep) struct names *texts = NULL;
	int n = names_new(&texts);

	if (n == 0)
		n = number_texts(c, texts, &m->nums);
	if (n <= 0)
		return n;
	buf_put_varint(&c->texts, (uint32_t)n);
	for (uint32_t i = 0; i < (uint32_t)n; i++)
		buf_put_bytes(&c->texts, names_get(texts, i)->s, names_get(texts, i)->len);
	buf_clear(&c->values);
	buf_put(&c->values, m->nums.data, m->nums.len);
	if (buf_failed(&c->texts) || buf_failed(&c->values))
		return -ENOMEM;
	c->coding = VALUES_TEXTS;
	c->room = ROOM_PAD + ROOM_INT * ((uint64_t)n + 1);
	/* The text says it. */
	c->flags &= (uint8_t)~COLUMN_VARYING;
	c->n = 0;
	return add_array(m, c, number, false);
}

/* Columns to integers, in the order in which they may refer to one another. */
static int make_integers(struct info_modeller *m, struct column *columns, uint32_t n_columns,
		uint32_t n_samples)
{
	static const uint8_t classes[] = { COLUMN_INT, COLUMN_FLOAT, COLUMN_TEXT };
	uint32_t n_counts = 0;
	int r = 0;

	for (unsigned k = 0; k < sizeof(classes); k++) {
		for (uint32_t i = 0; i < n_columns && r >= 0; i++) {
			struct column *c = &columns[i];

			if (c->flags & COLUMN_FORMAT || c->class != classes[k])
				continue;
			if (c->class == COLUMN_INT)
				r = model_ints(m, c, i);
			else if (c->class == COLUMN_FLOAT)
				r = model_floats(m, c, i, n_counts, n_samples);
			else
				r = model_texts(m, c, i);
		}
		n_counts = k ? n_counts : m->n_arrays;
	}
	return r < 0 ? r : 0;
}

/* Where nothing is won by a model, the column is plain: its description is shorter. */
static int store_array(struct info_modeller *m, struct column *columns, uint32_t i)
{
	struct column *c = &columns[m->arrays[i].column];
	uint8_t width = c->class == COLUMN_INT ? int_plain_width(&m->arrays[i]) : 0;

	c->room += ROOM_PAD + ROOM_INT * m->arrays[i].n;
	if (width) {
		c->coding = VALUES_PLAIN;
		c->width = width;
	}
	return int_store(&m->chooser, m->arrays, m->n_arrays, i, width ? NULL : &c->params,
			&c->stored, &c->cuts);
}

int info_columns_model(struct info_modeller *m, struct column *columns, uint32_t n_columns,
		uint32_t n_samples)
{
	int r;

	m->n_arrays = 0;
	r = make_integers(m, columns, n_columns, n_samples);
	for (uint32_t i = 0; i < m->n_arrays && r == 0; i++)
		r = int_choose(&m->chooser, m->arrays, i);
	for (uint32_t i = 0; i < m->n_arrays && r == 0; i++)
		r = store_array(m, columns, i);
	return r;
}

int info_values_put(const struct column *c, uint32_t number, struct stream_out *out)
{
	struct stream_cuts cuts = { .at = (const size_t *)(const void *)c->cuts.data,
		.n = c->cuts.len / sizeof(size_t) };
	int r;

	if (c->coding == VALUES_PLAIN && c->class != COLUMN_INT)
		return stream_out_put_planes(
				out, STREAM_INFO_VALUES, number, &c->values, column_value_width(c));
	out->image->info.stream_bytes += c->room;
	r = stream_out_put_cut(out, STREAM_INFO_VALUES, number, &c->stored, &cuts);
	if (r == 0)
		r = stream_out_put(out, STREAM_INFO_EXCEPTIONS, number, &c->exceptions);
	if (r == 0)
		r = stream_out_put(out, STREAM_INFO_TEXTS, number, &c->texts);
	return r;
}
