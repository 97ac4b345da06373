/* SPDX-License-Identifier: MIT */
#include "core/block/info_cells.h"

#include "core/block/column_cells.h"
#include "core/codec/float_model.h"
#include "core/codec/int_model.h"
#include "core/codec/int_values.h"
#include "core/record/bcf_length.h"

/* The next @n integers of the column, or NULL. */
static const int32_t *take_ints(struct column_reader *c, size_t n)
{
	const int32_t *values = c->info.ints + c->at;

	if (n > c->info.n_ints - c->at)
		return NULL;
	c->at += n;
	return values;
}

/* What most cells of integers are: one that fits a byte, of a column that is not typed. */
static inline bool put_byte(const struct column_reader *c, int32_t v, struct byte_sink *out)
{
	if (v < INT8_MIN + 8 || v > INT8_MAX || c->key >= BCF_KEY_SMALL ||
			c->flags & COLUMN_TYPED || c->info.plus_end || sink_left(out) < 4)
		return false;
	out->at[0] = (uint8_t)c->key;
	out->at[1] = RECORD_INT8;
	out->at[2] = 1;
	out->at[3] = (uint8_t)v;
	out->at += 4;
	return true;
}

static bool next_ints(
		struct column_reader *c, uint32_t n, const struct record *r, struct byte_sink *out)
{
	static const uint8_t type_of[] = {
		[1] = RECORD_INT8, [2] = RECORD_INT16, [4] = RECORD_INT32
	};
	const int32_t *values = take_ints(c, n);
	int32_t end;
	uint8_t type;
	size_t size;

	if (!values)
		return false;
	if (n == 1 && put_byte(c, *values, out))
		return true;
	if (c->info.plus_end) {
		if (n != 1)
			return false;
		end = (int32_t)((uint32_t)*values + (uint32_t)(r->pos + r->rlen));
		values = &end;
	}
	type = c->flags & COLUMN_TYPED ? cursor_u8(&c->types) : type_of[int_model_width(values, n)];
	size = record_type_size(type);
	if (type < RECORD_INT8 || type > RECORD_INT32 || !cell_put_head(c, type, n, out) ||
			n > sink_left(out) / size)
		return false;
	int_model_store(values, n, (uint8_t)size, out->at);
	out->at += n * size;
	return true;
}

static inline uint32_t quotient(struct info_values *v, int32_t num, double den)
{
	struct quotient *kept = &v->kept[(uint32_t)num % QUOTIENTS_KEPT];

	if (kept->num != num || kept->den != den || !(den > 0))
		*kept = (struct quotient){ den, num, float_quotient(num, den, v->rounding) };
	return kept->bits;
}

/* The bits of @n quotients, as they are stored in a record. */
static bool next_quotients(struct column_reader *c, size_t n, uint8_t *out)
{
	struct info_values *v = &c->info;
	const int32_t *nums = take_ints(c, n);
	double den = v->den;

	if (!nums || (v->dens && v->cell >= v->n_dens))
		return false;
	if (v->dens)
		den = v->dens[v->cell++];
	for (size_t i = 0; i < n; i++) {
		uint32_t bits;

		if (v->gap--) {
			bits = quotient(v, nums[i], den);
		} else {
			bits = cursor_u32(&c->exceptions);
			v->gap = next_gap(&c->exceptions);
		}
		bits = htole32(bits);
		memcpy(out + i * sizeof(bits), &bits, sizeof(bits));
	}
	return !cursor_bad(&c->exceptions);
}

bool info_floats_next(struct column_reader *c, size_t n, uint8_t *out)
{
	struct planes p = { .data = c->values.at, .width = sizeof(float), .first = c->at };

	if (c->coding == VALUES_QUOTIENT)
		return next_quotients(c, n, out);
	p.n = cursor_left(&c->values) / p.width;
	p.count = n;
	if (n > p.n - c->at)
		return false;
	c->at += n;
	if (n == 1)
		for (size_t b = 0; b < sizeof(float); b++)
			out[b] = p.data[b * p.n + p.first];
	else
		planes_join(&p, out);
	return true;
}

bool info_int_next(struct column_reader *c, int32_t *out)
{
	const int32_t *v = take_ints(c, 1);

	if (v)
		*out = *v;
	return v;
}

static bool next_text(struct column_reader *c, uint32_t n, struct byte_sink *out)
{
	const uint8_t *p;

	if (c->coding == VALUES_TEXTS) {
		const int32_t *number = take_ints(c, 1);
		struct cursor text;
		size_t len;

		if (!number || *number < 0 || (uint32_t)*number >= c->info.n_texts)
			return false;
		text = cursor_over(c->info.texts + c->info.text_at[*number],
				c->info.text_at[*number + 1] - c->info.text_at[*number]);
		p = cursor_bytes(&text, &len);
		n = (uint32_t)len;
	} else {
		p = cursor_take(&c->values, n);
	}
	return p && cell_put_head(c, RECORD_CHAR, n, out) && sink_put(out, p, n);
}

bool info_cell_next(
		struct column_reader *c, uint32_t n, const struct record *r, struct byte_sink *out)
{
	switch (c->class) {
	case COLUMN_INT:
		return next_ints(c, n, r, out);
	case COLUMN_FLOAT:
		if (!cell_put_head(c, RECORD_FLOAT, n, out) ||
				n > sink_left(out) / sizeof(uint32_t) ||
				!info_floats_next(c, n, out->at))
			return false;
		out->at += n * sizeof(uint32_t);
		return true;
	default:
		return next_text(c, n, out);
	}
}

bool info_column_finished(const struct column_reader *c)
{
	bool values = c->info.ints ? c->at == c->info.n_ints : true;

	if (c->class == COLUMN_FLOAT && c->coding == VALUES_PLAIN)
		values = c->at * sizeof(float) == cursor_left(&c->values);
	else if (c->class == COLUMN_TEXT && c->coding == VALUES_PLAIN)
		values = cursor_finished(&c->values);
	return values && cursor_finished(&c->ns) && cursor_finished(&c->types) &&
	       cursor_finished(&c->exceptions);
}
