/* SPDX-License-Identifier: MIT */
#include "core/block/column_cells.h"
#include "core/codec/float_model.h"
#include "core/codec/int_model.h"

struct preparing {
	struct column_reader *columns;
	uint32_t n_columns;
	struct byte_sink *room;
};

/* Integers of other columns, each times a number. */
struct int_sum {
	uint32_t n;
	struct {
		int32_t coef;
		const struct column_reader *column;
	} terms[INTS_TERMS_MAX];
};

static bool prepare(struct preparing *p, uint32_t number, unsigned depth);

/* Room for @n numbers of 32 bits, or NULL. */
static void *take_words(struct byte_sink *room, size_t n)
{
	size_t pad = -(uintptr_t)room->at % sizeof(uint32_t);
	void *words;

	if (sink_left(room) < pad || n > (sink_left(room) - pad) / sizeof(uint32_t))
		return NULL;
	words = room->at + pad;
	room->at += pad + n * sizeof(uint32_t);
	return words;
}

/* A column that another one refers to: its integers are made first. */
static const struct column_reader *refer(struct preparing *p, struct cursor *params, unsigned depth)
{
	uint32_t number = cursor_varint32(params);
	const struct column_reader *c;

	if (cursor_bad(params) || number >= p->n_columns || !depth)
		return NULL;
	c = &p->columns[number];
	if (c->flags & COLUMN_FORMAT || !prepare(p, number, depth - 1) || !c->info.ints ||
			c->info.plus_end)
		return NULL;
	return c;
}

static bool read_sum(struct preparing *p, struct cursor *params, size_t n_values, unsigned depth,
		struct int_sum *sum)
{
	sum->n = cursor_varint32(params);
	if (cursor_bad(params) || sum->n > INTS_TERMS_MAX)
		return false;
	for (uint32_t i = 0; i < sum->n; i++) {
		sum->terms[i].coef = (int32_t)cursor_zigzag(params);
		sum->terms[i].column = refer(p, params, depth);
		if (!sum->terms[i].column || sum->terms[i].column->info.n_ints != n_values)
			return false;
	}
	return true;
}

static void add_sum(int32_t *values, const struct int_sum *sum, size_t n)
{
	for (uint32_t i = 0; i < sum->n; i++)
		int_model_add(values, sum->terms[i].column->info.ints, sum->terms[i].coef, n);
}

/* Integers in planes as they are. */
static bool load_plain(struct preparing *p, struct column_reader *c)
{
	size_t n = cursor_left(&c->values) / c->width;
	int32_t *values = take_words(p->room, n);

	if (!values || n * c->width != cursor_left(&c->values))
		return false;
	int_model_load(c->values.at, c->width, n, values);
	c->info.ints = values;
	c->info.n_ints = n;
	return true;
}

/* The same integer, as often as @params say. */
static bool load_constant(struct preparing *p, struct column_reader *c, struct cursor *params)
{
	uint64_t n = cursor_varint(params);
	int32_t v = (int32_t)cursor_zigzag(params);
	int32_t *values = n > SIZE_MAX ? NULL : take_words(p->room, (size_t)n);

	if (!values || cursor_left(&c->values))
		return false;
	for (size_t i = 0; i < n; i++)
		values[i] = v;
	c->info.ints = values;
	c->info.n_ints = (size_t)n;
	return true;
}

/* Integers in planes, and what is known of them. */
static bool load_model(struct preparing *p, struct column_reader *c, struct cursor *params,
		uint8_t width, uint8_t flags, unsigned depth)
{
	size_t n = cursor_left(&c->values) / width;
	struct int_sum contexts;
	struct int_sum known;
	int32_t *values;

	if (n * width != cursor_left(&c->values) || !read_sum(p, params, n, depth, &contexts) ||
			!read_sum(p, params, n, depth, &known))
		return false;
	values = take_words(p->room, n);
	if (!values)
		return false;
	if (contexts.n) {
		memset(values, 0, n * sizeof(*values));
		add_sum(values, &contexts, n);
		int_model_load_by_class(c->values.at, width, n, values);
	} else {
		int_model_load(c->values.at, width, n, values);
	}
	if (flags & INTS_ZIGZAG)
		int_model_unzigzag(values, n);
	add_sum(values, &known, n);
	if (flags & INTS_PREVIOUS)
		int_model_sum_up(values, n);
	c->info.ints = values;
	c->info.n_ints = n;
	return true;
}

/* Integers as @params describe them. */
static bool load_ints(
		struct preparing *p, struct column_reader *c, struct cursor *params, unsigned depth)
{
	uint8_t width = cursor_u8(params);
	uint8_t flags = cursor_u8(params);

	if (flags > INTS_FLAGS_MAX || (flags & INTS_END && c->class != COLUMN_INT))
		return false;
	c->info.plus_end = flags & INTS_END;
	if (!width)
		return load_constant(p, c, params);
	return (width == 1 || width == 2 || width == 4) &&
	       load_model(p, c, params, width, flags, depth);
}

static bool load_quotient(
		struct preparing *p, struct column_reader *c, struct cursor *params, unsigned depth)
{
	uint8_t rounding = cursor_u8(params);
	uint64_t den = cursor_varint(params);
	const struct column_reader *other;

	if (cursor_bad(params) || rounding > ROUND_MAX)
		return false;
	c->info.rounding = rounding;
	c->info.den = (double)den;
	if (!den) {
		other = refer(p, params, depth);
		if (!other)
			return false;
		c->info.dens = other->info.ints;
		c->info.n_dens = other->info.n_ints;
	}
	c->info.gap = next_gap(&c->exceptions);
	if (cursor_u8(params))
		return load_ints(p, c, params, depth);
	other = refer(p, params, depth);
	if (!other || cursor_left(&c->values))
		return false;
	c->info.ints = other->info.ints;
	c->info.n_ints = other->info.n_ints;
	return true;
}

/* The list of texts: where each begins. */
static bool open_texts(struct column_reader *c, struct byte_sink *room)
{
	struct cursor list = c->texts;
	uint32_t n = cursor_varint32(&list);
	uint32_t *at;

	if (cursor_bad(&list) || n > cursor_left(&list) || cursor_left(&list) > UINT32_MAX)
		return false;
	at = take_words(room, n + 1ull);
	if (!at)
		return false;
	c->info.texts = list.at;
	for (uint32_t i = 0; i < n; i++) {
		size_t len;

		at[i] = (uint32_t)(list.at - c->info.texts);
		cursor_bytes(&list, &len);
	}
	at[n] = (uint32_t)(list.at - c->info.texts);
	c->info.text_at = at;
	c->info.n_texts = n;
	return cursor_finished(&list);
}

static bool prepare_coding(struct preparing *p, struct column_reader *c, unsigned depth)
{
	struct cursor params = c->params;
	bool ok = false;

	if (c->coding == VALUES_PLAIN)
		ok = c->class != COLUMN_INT || load_plain(p, c);
	else if (c->coding == VALUES_INTS && c->class == COLUMN_INT)
		ok = load_ints(p, c, &params, depth);
	else if (c->coding == VALUES_QUOTIENT && c->class == COLUMN_FLOAT)
		ok = load_quotient(p, c, &params, depth);
	else if (c->coding == VALUES_TEXTS && c->class == COLUMN_TEXT)
		ok = load_ints(p, c, &params, depth) && open_texts(c, p->room);
	return ok && cursor_finished(&params);
}

/* Columns that refer to one another in a circle run out of @depth. */
static bool prepare(struct preparing *p, uint32_t number, unsigned depth)
{
	struct column_reader *c = &p->columns[number];

	if (!c->info.ready)
		c->info.ready = prepare_coding(p, c, depth);
	return c->info.ready;
}

bool info_values_prepare(struct column_reader *columns, uint32_t n_columns, uint32_t number,
		struct byte_sink *room)
{
	struct preparing p = { .columns = columns, .n_columns = n_columns, .room = room };

	return prepare(&p, number, INTS_DEPTH_MAX);
}
