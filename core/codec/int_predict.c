/* SPDX-License-Identifier: MIT */
#include "core/codec/int_predict.h"

#include <string.h>

#include "core/base/inline.h"

static const struct {
	uint8_t elements;
	uint8_t columns;
} kinds[N_PREDICTORS] = {
	[PREDICT_ONE] = { .elements = 1 },
	[PREDICT_TWO] = { .elements = 2 },
	[PREDICT_SUM] = { .columns = 1 },
	[PREDICT_SECOND] = { .columns = 1 },
};

unsigned predictor_elements(uint8_t kind)
{
	return kinds[kind].elements;
}

unsigned predictor_columns(uint8_t kind)
{
	return kinds[kind].columns;
}

void predictor_put(struct buf *out, const struct predictor *p)
{
	buf_put_u8(out, p->kind);
	for (unsigned i = 0; i < kinds[p->kind].elements + kinds[p->kind].columns; i++) {
		buf_put_varint(out, p->from[i].column);
		if (kinds[p->kind].elements)
			buf_put_varint(out, p->from[i].element);
	}
}

bool predictor_read(struct cursor *c, struct predictor *p)
{
	memset(p, 0, sizeof(*p));
	p->kind = cursor_u8(c);
	if (p->kind >= N_PREDICTORS)
		return false;
	for (unsigned i = 0; i < kinds[p->kind].elements + kinds[p->kind].columns; i++) {
		p->from[i].column = cursor_varint32(c);
		if (kinds[p->kind].elements)
			p->from[i].element = cursor_varint32(c);
	}
	return !cursor_bad(c);
}

INLINE uint32_t get(const uint8_t *p, size_t plane, uint8_t width, size_t i)
{
	uint32_t v = p[i];

	for (uint8_t b = 1; b < width; b++)
		v |= (uint32_t)p[b * plane + i] << 8 * b;
	return v;
}

INLINE void put(uint8_t *p, size_t plane, uint8_t width, size_t i, uint32_t v)
{
	for (uint8_t b = 0; b < width; b++)
		p[b * plane + i] = (uint8_t)(v >> 8 * b);
}

/* Planes that are read, and written at the same places: both the same where a value is undone. */
struct run {
	const uint8_t *in;
	size_t in_plane;
	uint8_t *out;
	size_t out_plane;
	size_t n;
};

/* Write what is stored for a value, or what was before it was; returns the true one. */
INLINE uint32_t code(const struct run *r, uint8_t width, bool undo, size_t i, uint32_t prediction)
{
	uint32_t v;

	if (undo) {
		v = get(r->out, r->out_plane, width, i) + prediction;
		put(r->out, r->out_plane, width, i, v);
	} else {
		v = get(r->in, r->in_plane, width, i);
		put(r->out, r->out_plane, width, i, v - prediction);
	}
	return v;
}

/* Each value from the one @distance before it: those of a row of as many do not meet. */
INLINE void code_distance(const struct run *r, uint8_t width, bool undo, size_t distance)
{
	struct run l = *r; /* a local one: no byte that is written may be part of it */
	const uint8_t *last = undo ? l.out : l.in;
	size_t plane = undo ? l.out_plane : l.in_plane;

	for (size_t i = 0; i < distance && i < l.n; i++)
		code(&l, width, undo, i, 0);
	for (size_t row = distance; row < l.n; row += distance) {
		size_t end = l.n - row < distance ? l.n : row + distance;

		for (size_t i = row; i < end; i++)
			code(&l, width, undo, i, get(last, plane, width, i - distance));
	}
}

/* The low bytes of an element's values in a cell. */
struct context {
	struct cell_ns ns;
	const struct format_layout *layout;
	const uint8_t *at; /* of the next cell */
	uint32_t element;
	uint32_t n_samples;
};

static struct context context_open(const struct tile_values *t, uint32_t element)
{
	struct context c = {
		.ns = t->ns,
		.layout = t->layout,
		.at = tile_element(t, element).data,
		.element = element,
		.n_samples = t->n_samples,
	};

	return c;
}

/* Those of the next cell; NULL where it has no such element. */
INLINE const uint8_t *context_next(struct context *c)
{
	const uint8_t *at = c->at;

	if (cell_ns_next(&c->ns) <= c->element)
		return NULL;
	c->at += c->n_samples;
	return at;
}

/* @a and @b: low bytes, or NULL for zeros. */
INLINE uint32_t context_at(const uint8_t *a, const uint8_t *b, size_t i)
{
	return (a ? a[i] : 0u) | (b ? (uint32_t)b[i] << 8 : 0u);
}

INLINE void code_row(const struct run *r, uint8_t width, bool undo, size_t at, const uint8_t *a,
		const uint8_t *b, struct predict_table *t)
{
	const struct run l = *r;

	for (size_t i = 0; i < l.n; i++) {
		uint32_t context = context_at(a, b, i);
		uint32_t last = width == 4 ? t->last.u32[context] : t->last.u16[context];
		uint32_t v = code(&l, width, undo, at + i, last);

		if (width == 4)
			t->last.u32[context] = v;
		else
			t->last.u16[context] = (uint16_t)v;
	}
}

INLINE void clear_row(uint8_t width, size_t n, const uint8_t *a, const uint8_t *b,
		struct predict_table *t)
{
	for (size_t i = 0; i < n; i++) {
		if (width == 4)
			t->last.u32[context_at(a, b, i)] = 0;
		else
			t->last.u16[context_at(a, b, i)] = 0;
	}
}

/* The contexts of all cells in turn. */
struct contexts {
	struct context own;
	struct context first;
	struct context second;
	bool two;
};

static struct contexts contexts_open(const struct predict_job *job)
{
	bool two = job->how.kind == PREDICT_TWO;
	struct contexts c = {
		.own = context_open(job->target, job->element),
		.first = context_open(job->from[0], job->how.from[0].element),
		.second = context_open(job->from[two], job->how.from[two].element),
		.two = two,
	};

	return c;
}

/* Return: whether the next cell has the element that is predicted. */
INLINE bool contexts_next(struct contexts *c, const uint8_t **a, const uint8_t **b)
{
	*a = context_next(&c->first);
	*b = c->two ? context_next(&c->second) : NULL;
	return context_next(&c->own);
}

/* Few values must not cost the clearing of all contexts: a store may have very many such tiles. */
enum { CLEAR_ALL = 1 << 13 };

/* The largest byte of the second context, that is the contexts' high one. */
static uint8_t highest_context(const struct predict_job *job)
{
	struct contexts c = contexts_open(job);
	uint8_t highest = 0;
	const uint8_t *a;
	const uint8_t *b;

	for (size_t k = 0; k < job->n_cells; k++) {
		if (!contexts_next(&c, &a, &b) || !b)
			continue;
		for (size_t i = 0; i < c.own.n_samples; i++)
			highest = b[i] > highest ? b[i] : highest;
	}
	return highest;
}

INLINE void clear_table(const struct predict_job *job, uint8_t width, size_t n_values)
{
	struct contexts c = contexts_open(job);
	size_t size = width == 4 ? sizeof(uint32_t) : sizeof(uint16_t);
	const uint8_t *a;
	const uint8_t *b;

	if (!c.two || n_values >= CLEAR_ALL) {
		memset(&job->table->last, 0,
				(c.two ? highest_context(job) + 1u : 1u) * (size << 8));
		return;
	}
	for (size_t k = 0; k < job->n_cells; k++)
		if (contexts_next(&c, &a, &b))
			clear_row(width, c.own.n_samples, a, b, job->table);
}

INLINE void code_contexts(const struct predict_job *job, struct run *r, uint8_t width, bool undo)
{
	struct contexts c = contexts_open(job);
	const uint8_t *a;
	const uint8_t *b;
	size_t at = 0;

	clear_table(job, width, r->n);
	r->n = c.own.n_samples;
	for (size_t k = 0; k < job->n_cells; k++) {
		if (!contexts_next(&c, &a, &b))
			continue;
		if (a && b)
			code_row(r, width, undo, at, a, b, job->table);
		else if (a)
			code_row(r, width, undo, at, a, NULL, job->table);
		else
			code_row(r, width, undo, at, NULL, b, job->table);
		at += c.own.n_samples;
	}
}

/* Predictions are made a piece at a time: no scratch that grows with the tile. */
enum { PIECE = 256, SECOND_MAX = 99 };

/* A cell of the column that is predicted from. */
struct whole_cell {
	const struct tile_values *t;
	uint32_t n; /* elements that it has */
	size_t at[LAYOUT_ELEMENTS_MAX];
};

/* True value of width @width as a number. */
INLINE int32_t extend(uint32_t v, uint8_t width)
{
	return width == 1 ? (int8_t)v : width == 2 ? (int16_t)v : (int32_t)v;
}

/* Value @i of element @e in the cell. */
INLINE int32_t value_at(const struct whole_cell *c, uint8_t width, uint32_t e, size_t i)
{
	struct element_planes p = tile_element(c->t, e);

	return extend(get(p.data, p.n, width, c->at[e] + i), width);
}

/*
 * The predictions for @n samples from @first on, in 16 bits, of which a processor has many at once
 * in hand: where values and what is predicted have no more.
 */
INLINE void sum_piece(
		const struct whole_cell *c, uint8_t width, size_t first, size_t n, int16_t *sum)
{
	memset(sum, 0, n * sizeof(*sum));
	for (uint32_t e = 0; e < c->n; e++) {
		struct element_planes p = tile_element(c->t, e);
		const uint8_t *from = p.data + c->at[e] + first;

		for (size_t i = 0; i < n; i++)
			sum[i] = (int16_t)(sum[i] + extend(get(from, p.n, width, i), width));
	}
}

INLINE void second_piece(
		const struct whole_cell *c, uint8_t width, size_t first, size_t n, int16_t *second)
{
	int16_t least[PIECE];

	for (size_t i = 0; i < n; i++)
		least[i] = second[i] = SECOND_MAX;
	for (uint32_t e = 0; e < c->n; e++) {
		struct element_planes p = tile_element(c->t, e);
		const uint8_t *from = p.data + c->at[e] + first;

		for (size_t i = 0; i < n; i++) {
			int16_t v = (int16_t)extend(get(from, p.n, width, i), width);
			int16_t larger = v > least[i] ? v : least[i];

			second[i] = larger < second[i] ? larger : second[i];
			least[i] = v < least[i] ? v : least[i];
		}
	}
}

static void piece_of(const struct whole_cell *c, bool sum, size_t first, size_t n, int16_t *out)
{
	if (c->t->width == 1)
		sum ? sum_piece(c, 1, first, n, out) : second_piece(c, 1, first, n, out);
	else
		sum ? sum_piece(c, 2, first, n, out) : second_piece(c, 2, first, n, out);
}

/* Wide values are few: one at a time. */
INLINE uint32_t whole_of(const struct whole_cell *c, uint8_t width, bool sum, size_t i)
{
	int32_t least = SECOND_MAX;
	int32_t second = SECOND_MAX;
	uint32_t total = 0;

	for (uint32_t e = 0; e < c->n; e++) {
		int32_t v = value_at(c, width, e, i);
		int32_t larger = v > least ? v : least;

		total += (uint32_t)v;
		second = larger < second ? larger : second;
		least = v < least ? v : least;
	}
	return sum ? total : (uint32_t)second;
}

/* The values of a cell, whose first one is at @at of the element. */
INLINE void code_cell(const struct run *r, uint8_t width, bool undo, size_t at,
		const struct whole_cell *c, bool sum)
{
	struct run l = *r;
	int16_t prediction[PIECE];

	l.in += at;
	l.out += at;
	if (c->t->width == 4) {
		for (size_t i = 0; i < l.n; i++)
			code(&l, width, undo, i, whole_of(c, 4, sum, i));
		return;
	}
	if (width == 4) {
		for (size_t i = 0; i < l.n; i++)
			code(&l, width, undo, i, whole_of(c, c->t->width, sum, i));
		return;
	}
	for (size_t first = 0; first < l.n; first += PIECE) {
		size_t n = l.n - first < PIECE ? l.n - first : PIECE;

		piece_of(c, sum, first, n, prediction);
		for (size_t i = 0; i < n; i++)
			code(&l, width, undo, first + i, (uint32_t)prediction[i]);
	}
}

INLINE void code_whole(const struct predict_job *job, struct run *r, uint8_t width, bool undo)
{
	struct context own = context_open(job->target, job->element);
	struct whole_cell cell = { .t = job->from[0] };
	struct cell_ns ns = cell.t->ns;
	uint32_t n_elements = cell.t->layout->n_elements;
	size_t at = 0;

	r->n = own.n_samples;
	for (size_t k = 0; k < job->n_cells; k++) {
		uint32_t n = cell_ns_next(&ns);

		cell.n = n < n_elements ? n : n_elements;
		if (context_next(&own)) {
			code_cell(r, width, undo, at, &cell, job->how.kind == PREDICT_SUM);
			at += own.n_samples;
		}
		for (uint32_t e = 0; e < cell.n; e++)
			cell.at[e] += own.n_samples;
	}
}

INLINE void code_width(const struct predict_job *job, struct run *r, uint8_t width, bool undo)
{
	switch (job->how.kind) {
	case PREDICT_CELL:
		code_distance(r, width, undo, job->target->n_samples);
		break;
	case PREDICT_BEFORE:
		code_distance(r, width, undo, 1);
		break;
	case PREDICT_ONE:
	case PREDICT_TWO:
		code_contexts(job, r, width, undo);
		break;
	default:
		code_whole(job, r, width, undo);
		break;
	}
}

size_t predict_values(const struct predict_job *job, size_t n_cells)
{
	const struct tile_values *t = job->target;
	struct cell_ns ns = t->ns;
	size_t n = 0;

	if (n_cells == t->layout->n_cells)
		return tile_element(t, job->element).n;
	for (size_t k = 0; k < n_cells; k++)
		n += layout_values(t->layout, job->element, cell_ns_next(&ns));
	return n * t->n_samples;
}

static void code_all(const struct predict_job *job, struct run *r, bool undo)
{
	r->n = predict_values(job, job->n_cells);
	if (job->target->width == 1)
		undo ? code_width(job, r, 1, true) : code_width(job, r, 1, false);
	else if (job->target->width == 2)
		undo ? code_width(job, r, 2, true) : code_width(job, r, 2, false);
	else
		undo ? code_width(job, r, 4, true) : code_width(job, r, 4, false);
}

void predict_apply(const struct predict_job *job, const struct element_planes *out)
{
	struct element_planes in = tile_element(job->target, job->element);
	struct run r = { .in = in.data, .in_plane = in.n, .out = out->data, .out_plane = out->n };

	if (job->how.kind != PREDICT_NONE) {
		code_all(job, &r, false);
		return;
	}
	r.n = predict_values(job, job->n_cells);
	for (uint8_t b = 0; b < job->target->width && r.n; b++)
		memcpy(r.out + b * r.out_plane, r.in + b * r.in_plane, r.n);
}

void predict_undo(const struct predict_job *job)
{
	struct element_planes p = tile_element(job->target, job->element);
	struct run r = { .in = p.data, .in_plane = p.n, .out = p.data, .out_plane = p.n };

	if (job->how.kind != PREDICT_NONE)
		code_all(job, &r, true);
}
