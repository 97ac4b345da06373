/* SPDX-License-Identifier: MIT */
#include "core/import/int_choose.h"

#include <assert.h>
#include <errno.h>
#include <math.h>

#include "core/codec/int_model.h"
#include "core/codec/int_values.h"

enum {
	SAMPLE = 1 << 13,   /* values of a column that choices are made by */
	PROBES = 64,        /* values by which a sum is thought to be equal */
	PROBES_EQUAL = 58,  /* of them, or it is not tried */
	MODEL_MIN = 48,     /* columns of fewer values are stored as they are */
	CONTEXTS_MIN = 512, /* columns of fewer are not sorted */
	RULE_BYTES = 12,    /* what a model must save at least */
};

void int_chooser_done(struct int_chooser *c)
{
	for (unsigned i = 0; i < 3; i++) {
		buf_done(&c->work[i]);
		buf_done(&c->sample[i]);
	}
}

/* Zstandard's table of literals, about: half a byte a symbol. */
static double table_cost(unsigned symbols)
{
	return symbols > 1 ? 8 + 0.5 * symbols : 4;
}

static double histogram_cost(const uint32_t counts[256])
{
	unsigned symbols = 0;
	double bits = 0;
	uint64_t n = 0;

	for (unsigned i = 0; i < 256; i++) {
		if (!counts[i])
			continue;
		symbols++;
		n += counts[i];
		bits -= counts[i] * log2(counts[i]);
	}
	if (n)
		bits += (double)n * log2((double)n);
	return bits / 8 + table_cost(symbols);
}

double bytes_cost(const uint8_t *values, uint8_t width, size_t n)
{
	double cost = 0;

	for (unsigned b = 0; b < width; b++) {
		uint32_t counts[256] = { 0 };

		for (size_t i = 0; i < n; i++)
			counts[values[i * width + b]]++;
		cost += histogram_cost(counts);
	}
	return cost;
}

/* As it will be stored: missing and end-of-vector narrowed. */
static uint32_t stored(int32_t v, uint8_t width)
{
	if (width < 4 && v <= INT32_MIN + 1)
		v = v - INT32_MIN + (width == 1 ? INT8_MIN : INT16_MIN);
	return (uint32_t)v;
}

double int_planes_cost(const int32_t *values, size_t n)
{
	uint8_t width = int_model_width(values, n);
	double cost = 0;

	for (unsigned b = 0; b < width; b++) {
		uint32_t counts[256] = { 0 };

		for (size_t i = 0; i < n; i++)
			counts[stored(values[i], width) >> (8 * b) & 0xff]++;
		cost += histogram_cost(counts);
	}
	return cost;
}

static void add_counts(uint32_t to[256], const uint32_t counts[256])
{
	for (unsigned i = 0; i < 256; i++)
		to[i] += counts[i];
}

/* Classes of one plane, those side by side with like bytes put together. Where @cuts, the place
 * where each part but the last ends is appended, from @at on. */
static double class_plane_cost(const int32_t *values, const size_t ends[INT_CLASSES], uint8_t width,
		unsigned plane, size_t at, struct buf *cuts)
{
	uint32_t counts[256] = { 0 };
	double last = 0;
	double total = 0;
	size_t begin = 0;

	for (unsigned c = 0; c < INT_CLASSES; c++) {
		uint32_t next[256] = { 0 };
		double cost;
		double both;

		if (ends[c] == begin)
			continue;
		for (size_t i = begin; i < ends[c]; i++)
			next[stored(values[i], width) >> (8 * plane) & 0xff]++;
		cost = histogram_cost(next);
		add_counts(counts, next);
		both = histogram_cost(counts);
		if (last > 0 && both > last + cost) {
			total += last;
			last = cost;
			memcpy(counts, next, sizeof(counts));
			begin += at;
			if (cuts)
				buf_put(cuts, &begin, sizeof(begin));
		} else {
			last = both;
		}
		begin = ends[c];
	}
	return total + last;
}

static double sorted_cost(const int32_t *values, size_t n, const size_t ends[INT_CLASSES])
{
	uint8_t width = int_model_width(values, n);
	double cost = 0;

	for (unsigned b = 0; b < width; b++)
		cost += class_plane_cost(values, ends, width, b, 0, NULL);
	return cost;
}

/* The part of a column that choices are made by. */
struct span {
	size_t first;
	size_t n;
};

static struct span sample_of(size_t n)
{
	size_t len = n < SAMPLE ? n : SAMPLE;

	return (struct span){ .first = (n - len) / 2, .n = len };
}

static const struct int_array *array_of(
		const struct int_array *arrays, uint32_t n_arrays, uint32_t column)
{
	for (uint32_t i = 0; i < n_arrays; i++)
		if (arrays[i].column == column)
			return &arrays[i];
	return NULL;
}

/* Add @sign times the terms. */
static void add_terms(const struct int_array *arrays, uint32_t n_arrays,
		const struct int_terms *terms, int32_t sign, struct span s, int32_t *values)
{
	for (uint32_t i = 0; i < terms->n; i++) {
		const struct int_array *a = array_of(arrays, n_arrays, terms->terms[i].column);

		assert(a); /* only columns at hand are chosen */
		int_model_add(values, a->values + s.first, sign * terms->terms[i].coef, s.n);
	}
}

static int32_t *numbers(struct buf *b, size_t n)
{
	buf_clear(b);
	return buf_reserve(b, n * sizeof(int32_t) + 1) ? (int32_t *)(void *)b->data : NULL;
}

/* What @m stores of a span of @x, before it is sorted: in scratch 0; NULL: out of memory. */
static int32_t *residuals(struct buf *b, const struct int_array *arrays, uint32_t n_arrays,
		const struct int_array *x, const struct int_model *m, struct span s)
{
	int32_t *v = numbers(b, s.n);

	if (!v)
		return NULL;
	if (s.n)
		memcpy(v, x->values + s.first, s.n * sizeof(*v));
	if (m->flags & INTS_PREVIOUS)
		int_model_take_apart(v, s.n);
	add_terms(arrays, n_arrays, &m->known, -1, s, v);
	if (m->flags & INTS_ZIGZAG)
		int_model_zigzag(v, s.n);
	return v;
}

/* The same, sorted by contexts where @m has them: in scratch 2. */
static int32_t *sort_residuals(struct buf scratch[3], const struct int_array *arrays,
		uint32_t n_arrays, const struct int_model *m, struct span s,
		size_t ends[INT_CLASSES])
{
	const int32_t *v = (const int32_t *)(const void *)scratch[0].data;
	int32_t *contexts = numbers(&scratch[1], s.n);
	int32_t *sorted = numbers(&scratch[2], s.n);

	if (!contexts || !sorted)
		return NULL;
	memset(contexts, 0, s.n * sizeof(*contexts));
	add_terms(arrays, n_arrays, &m->contexts, 1, s, contexts);
	int_model_sort_by_class(v, contexts, s.n, sorted, ends);
	return sorted;
}

/* A choice under way: the best model so far. */
struct choice {
	struct int_chooser *chooser;
	const struct int_array *arrays;
	uint32_t n_arrays; /* that may be referred to */
	const struct int_array *x;
	struct span span;
	struct int_model best;
	double cost;
	bool failed;
};

static double terms_bytes(const struct int_model *m)
{
	return 2.0 * (m->contexts.n + m->known.n);
}

static void try_model(struct choice *c, const struct int_model *m)
{
	struct buf *scratch = c->chooser->sample;
	int32_t *v = residuals(&scratch[0], c->arrays, c->n_arrays, c->x, m, c->span);
	size_t ends[INT_CLASSES];
	double cost;

	if (v && m->contexts.n)
		v = sort_residuals(scratch, c->arrays, c->n_arrays, m, c->span, ends);
	if (!v) {
		c->failed = true;
		return;
	}
	cost = m->contexts.n ? sorted_cost(v, c->span.n, ends) : int_planes_cost(v, c->span.n);
	cost += terms_bytes(m);
	if (cost + RULE_BYTES < c->cost) {
		c->cost = cost;
		c->best = *m;
	}
}

static bool may_refer(const struct choice *c, const struct int_array *to)
{
	return to->n == c->x->n && !to->constant && !to->ends && to->depth + 1 < INTS_DEPTH_MAX;
}

static int32_t sum_at(const struct choice *c, const struct int_terms *t, size_t i)
{
	uint32_t sum = 0;

	for (uint32_t k = 0; k < t->n; k++)
		sum += (uint32_t)t->terms[k].coef *
		       (uint32_t)array_of(c->arrays, c->n_arrays, t->terms[k].column)->values[i];
	return (int32_t)sum;
}

/* Most values, by a few, are the sum. */
static bool seems_equal(const struct choice *c, const struct int_terms *t)
{
	unsigned equal = 0;

	for (unsigned i = 0; i < PROBES; i++) {
		size_t at = c->span.first + i * (c->span.n - 1) / (PROBES - 1);

		equal += sum_at(c, t, at) == c->x->values[at];
		if (equal + PROBES - 1 - i < PROBES_EQUAL)
			return false;
	}
	return true;
}

static void try_known(struct choice *c, const struct int_terms *t)
{
	struct int_model m = { .flags = INTS_ZIGZAG, .known = *t };

	if (seems_equal(c, t))
		try_model(c, &m);
}

static void try_contexts(struct choice *c, const struct int_terms *t)
{
	struct int_model m = { .contexts = *t };

	if (c->x->n >= CONTEXTS_MIN)
		try_model(c, &m);
}

/* What the contexts of the column before leave: shares of a whole are taken from it in turns. */
static bool rest_of(const struct int_array *before, struct int_terms *t)
{
	*t = before->model.contexts;
	if (!t->n || t->n == INTS_TERMS_MAX)
		return false;
	t->terms[t->n].coef = -1;
	t->terms[t->n++].column = before->column;
	return true;
}

static void try_others(struct choice *c)
{
	static const int32_t coefs[] = { 1, 2, -1 };
	const struct int_array *before = NULL;
	struct int_terms t = { .n = 1 };
	bool counts = false;

	for (uint32_t i = 0; i < c->n_arrays && !c->failed; i++) {
		const struct int_array *other = &c->arrays[i];

		if (!may_refer(c, other))
			continue;
		t.terms[0].column = other->column;
		for (unsigned k = 0; k < sizeof(coefs) / sizeof(coefs[0]); k++) {
			t.terms[0].coef = coefs[k];
			try_known(c, &t);
		}
		/* Few are tried: beside these the column before, below. */
		t.terms[0].coef = 1;
		if (other->common || (other->counts && !counts))
			try_contexts(c, &t);
		counts |= other->counts;
		before = other;
	}
	if (!before)
		return;
	t.terms[0].column = before->column;
	try_contexts(c, &t);
	if (rest_of(before, &t)) {
		try_known(c, &t);
		try_contexts(c, &t);
	}
}

static unsigned depth_of(const struct choice *c, const struct int_terms *t)
{
	unsigned depth = 0;

	for (uint32_t i = 0; i < t->n; i++) {
		const struct int_array *a = array_of(c->arrays, c->n_arrays, t->terms[i].column);

		depth = a->depth + 1 > depth ? a->depth + 1 : depth;
	}
	return depth;
}

int int_choose(struct int_chooser *chooser, struct int_array *arrays, uint32_t number)
{
	struct int_array *x = &arrays[number];
	struct choice c = { .chooser = chooser, .arrays = arrays, .n_arrays = number, .x = x };
	struct int_model delta = { .flags = INTS_ZIGZAG | INTS_PREVIOUS };
	unsigned d;

	if (x->n < MODEL_MIN || x->constant)
		return 0;
	c.span = sample_of(x->n);
	c.best.flags = x->model.flags;
	c.cost = int_planes_cost(x->values + c.span.first, c.span.n);
	if (!x->ends) {
		try_model(&c, &delta);
		try_others(&c);
	}
	if (c.failed)
		return -ENOMEM;
	x->model = c.best;
	x->depth = depth_of(&c, &c.best.contexts);
	d = depth_of(&c, &c.best.known);
	x->depth = d > x->depth ? d : x->depth;
	return 0;
}

static void put_terms(struct buf *params, const struct int_terms *t)
{
	buf_put_varint(params, t->n);
	for (uint32_t i = 0; i < t->n; i++) {
		buf_put_zigzag(params, t->terms[i].coef);
		buf_put_varint(params, t->terms[i].column);
	}
}

static void put_constant(const struct int_array *x, struct buf *params)
{
	buf_put_u8(params, 0);
	buf_put_u8(params, x->model.flags);
	buf_put_varint(params, x->n);
	buf_put_zigzag(params, x->n ? x->values[0] : 0);
}

static int put_planes(
		struct buf *scratch, const int32_t *v, size_t n, uint8_t width, struct buf *planes)
{
	if (!numbers(scratch, n) || !buf_reserve(planes, n * width + 1))
		return -ENOMEM;
	int_model_store(v, n, width, scratch->data);
	planes_split(scratch->data, width, n, planes->data);
	planes->len = n * width;
	return 0;
}

uint8_t int_plain_width(const struct int_array *x)
{
	if (x->constant || x->model.flags || x->model.contexts.n || x->model.known.n)
		return 0;
	return int_model_width(x->values, x->n);
}

int int_store(struct int_chooser *c, const struct int_array *arrays, uint32_t n_arrays,
		uint32_t number, struct buf *params, struct buf *planes, struct buf *cuts)
{
	const struct int_array *x = &arrays[number];
	const struct int_model *m = &x->model;
	struct span all = { .n = x->n };
	int32_t *v = residuals(&c->work[0], arrays, n_arrays, x, m, all);
	size_t ends[INT_CLASSES];
	uint8_t width;

	if (x->constant) {
		put_constant(x, params);
		return buf_failed(params) ? -ENOMEM : 0;
	}
	if (v && m->contexts.n)
		v = sort_residuals(c->work, arrays, n_arrays, m, all, ends);
	if (!v)
		return -ENOMEM;
	width = int_model_width(v, x->n);
	if (params) {
		buf_put_u8(params, width);
		buf_put_u8(params, m->flags);
		put_terms(params, &m->contexts);
		put_terms(params, &m->known);
	}
	for (unsigned b = 0; b < width; b++) {
		size_t end = (b + 1) * x->n;

		if (m->contexts.n)
			class_plane_cost(v, ends, width, b, b * x->n, cuts);
		if (b + 1 < width && x->n)
			buf_put(cuts, &end, sizeof(end));
	}
	if ((params && buf_failed(params)) || buf_failed(cuts))
		return -ENOMEM;
	return put_planes(&c->work[1], v, x->n, width, planes);
}
