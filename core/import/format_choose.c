/* SPDX-License-Identifier: MIT */
#include "core/import/format_model.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/*
 * Predictors are found by trying them on a part of the first tile. What one makes of it is judged
 * by the entropy of its bytes; the best one must then pack smaller than what it predicts.
 *
 * Contexts of two elements are many: only those with one of the best single ones are tried.
 */
enum {
	SAMPLE_VALUES = 12 << 10,
	SAMPLE_VALUES_MIN = 64, /* fewer are not worth a thought */
	SOURCES_MAX = 24,
	FIRST_MAX = 2, /* single contexts that are joined with all others */
};

/* A single element that others may be predicted from. */
struct source {
	uint32_t column;
	uint32_t element;
};

struct trial {
	struct predictor how;
	double bits;
};

/* The choice for one element. */
struct chooser {
	struct format_model *m;
	struct tile_values target;
	uint32_t number; /* of the column */
	uint32_t element;
	size_t n_cells; /* that are looked at */
	struct source sources[SOURCES_MAX];
	uint32_t n_sources;
	struct trial best;
	struct trial first[FIRST_MAX]; /* the best of single contexts, in order */
};

static double plane_bits(const uint8_t *p, size_t n)
{
	uint32_t counts[256] = { 0 };
	double bits = 0;

	for (size_t i = 0; i < n; i++)
		counts[p[i]]++;
	for (unsigned i = 0; i < 256; i++)
		if (counts[i] && counts[i] < n)
			bits += counts[i] * log2((double)n / counts[i]);
	return bits;
}

/* The sample's bytes with predictions taken off, plane after plane, in m->scratch. */
static int apply(struct chooser *ch, const struct predictor *how)
{
	struct format_model *m = ch->m;
	struct tile_values from[PREDICT_SOURCES_MAX];
	struct predict_job job = format_job(
			m->columns, how, &ch->target, from, ch->element, m->n_tiles, 0, m->table);
	struct element_planes out = { .n = predict_values(&job, ch->n_cells) };

	job.n_cells = ch->n_cells;
	buf_clear(&m->scratch);
	if (!buf_reserve(&m->scratch, out.n * ch->target.width))
		return -ENOMEM;
	m->scratch.len = out.n * ch->target.width;
	out.data = m->scratch.data;
	predict_apply(&job, &out);
	return 0;
}

static int measure(struct chooser *ch, struct trial *t)
{
	size_t n;
	int r = apply(ch, &t->how);

	if (r < 0)
		return r;
	n = ch->m->scratch.len / ch->target.width;
	t->bits = 0;
	for (uint8_t b = 0; b < ch->target.width; b++)
		t->bits += plane_bits(ch->m->scratch.data + b * n, n);
	return 0;
}

static int consider(struct chooser *ch, const struct predictor *how)
{
	struct trial t = { .how = *how };
	int r = measure(ch, &t);

	if (r < 0)
		return r;
	if (t.bits < ch->best.bits)
		ch->best = t;
	if (how->kind != PREDICT_ONE)
		return 0;
	for (unsigned i = 0; i < FIRST_MAX; i++)
		if (!ch->first[i].how.kind || t.bits < ch->first[i].bits) {
			struct trial worse = ch->first[i];

			ch->first[i] = t;
			t = worse;
			if (!t.how.kind)
				break;
		}
	return 0;
}

static void add_sources(struct chooser *ch, uint32_t column, uint32_t n_elements)
{
	for (uint32_t e = 0; e < n_elements && ch->n_sources < SOURCES_MAX; e++) {
		ch->sources[ch->n_sources].column = column;
		ch->sources[ch->n_sources++].element = e;
	}
}

static bool usable(const struct chooser *ch, uint32_t column)
{
	const struct format_column *f = &ch->m->columns[column].format;

	return f->layout.n_cells == ch->target.layout->n_cells &&
	       f->choice.pass + 1 < FORMAT_PASSES;
}

static int try_whole_columns(struct chooser *ch, const uint32_t *done, uint32_t n_done)
{
	int r = 0;

	for (uint32_t i = 0; i < n_done && r == 0; i++) {
		struct predictor how = { .kind = PREDICT_SUM, .from = { { .column = done[i] } } };

		if (!usable(ch, done[i]))
			continue;
		r = consider(ch, &how);
		how.kind = PREDICT_SECOND;
		if (r == 0 && ch->m->columns[done[i]].format.max_n > 1)
			r = consider(ch, &how);
	}
	return r;
}

static int try_contexts(struct chooser *ch)
{
	int r = 0;

	for (uint32_t i = 0; i < ch->n_sources && r == 0; i++) {
		struct predictor how = { .kind = PREDICT_ONE };

		how.from[0].column = ch->sources[i].column;
		how.from[0].element = ch->sources[i].element;
		r = consider(ch, &how);
	}
	for (unsigned k = 0; k < FIRST_MAX && ch->first[k].how.kind; k++)
		for (uint32_t i = 0; i < ch->n_sources && r == 0; i++) {
			struct predictor how = ch->first[k].how;

			how.kind = PREDICT_TWO;
			how.from[1].column = ch->sources[i].column;
			how.from[1].element = ch->sources[i].element;
			if (how.from[1].column == how.from[0].column &&
					how.from[1].element == how.from[0].element)
				continue;
			r = consider(ch, &how);
		}
	return r;
}

/* What the planes in m->scratch take. */
static int packed_size(struct chooser *ch, size_t *out)
{
	size_t n = ch->m->scratch.len / ch->target.width;
	size_t at[] = { n, 2 * n, 3 * n };
	struct stream_cuts cuts = { .at = at, .n = ch->target.width - 1u };

	return format_packed_size(ch->m, &ch->m->scratch, &cuts, out);
}

/* Entropy knows nothing of repeats: what was chosen has to pack smaller than what it is for. */
static int settle(struct chooser *ch, struct predictor *how)
{
	struct predictor none = { .kind = PREDICT_NONE };
	size_t plain = 0;
	size_t predicted = SIZE_MAX;
	int r = apply(ch, &none);

	if (r == 0)
		r = packed_size(ch, &plain);
	*how = ch->best.how;
	if (how->kind != PREDICT_NONE && r == 0)
		r = apply(ch, how);
	if (how->kind != PREDICT_NONE && r == 0)
		r = packed_size(ch, &predicted);
	if (predicted >= plain)
		*how = none;
	ch->best.bits = 8.0 * (double)(predicted < plain ? predicted : plain);
	return r;
}

/* @done: columns whose values may be used, n_done of them. */
static int choose_element(struct chooser *ch, const uint32_t *done, uint32_t n_done)
{
	static const uint8_t plain[] = { PREDICT_NONE, PREDICT_CELL, PREDICT_BEFORE };
	struct format_column *f = &ch->m->columns[ch->number].format;
	size_t n = tile_element(&ch->target, ch->element).n;
	bool single = !f->layout.rest || ch->element + 1 < f->layout.n_elements;
	int r = 0;

	ch->best = (struct trial){ .bits = INFINITY };
	memset(ch->first, 0, sizeof(ch->first));
	memset(&f->choice.how[ch->element], 0, sizeof(f->choice.how[ch->element]));
	if (n < SAMPLE_VALUES_MIN)
		return 0;
	ch->n_cells = f->layout.n_cells;
	if (n > SAMPLE_VALUES)
		ch->n_cells = (size_t)((double)ch->n_cells * SAMPLE_VALUES / (double)n) + 1;
	for (unsigned i = 0; i < sizeof(plain) && r == 0; i++)
		r = consider(ch, &(struct predictor){ .kind = plain[i] });
	if (r == 0 && single)
		r = try_whole_columns(ch, done, n_done);
	if (r == 0 && single)
		r = try_contexts(ch);
	return r < 0 ? r : settle(ch, &f->choice.how[ch->element]);
}

static void find_pass(struct format_model *m, uint32_t number)
{
	struct format_column *f = &m->columns[number].format;

	f->choice.pass = 0;
	for (uint32_t e = 0; e < f->layout.n_elements; e++) {
		const struct predictor *how = &f->choice.how[e];
		unsigned n = predictor_elements(how->kind) + predictor_columns(how->kind);

		for (unsigned i = 0; i < n; i++) {
			const struct format_column *from = &m->columns[how->from[i].column].format;

			if (how->from[i].column != number && from->choice.pass >= f->choice.pass)
				f->choice.pass = from->choice.pass + 1;
		}
	}
}

/* Choose for a column of those that were done before it; adds to @bits what it will take. */
static int choose_column(struct format_model *m, const uint32_t *done, uint32_t n_done,
		uint32_t number, double *bits)
{
	struct format_column *f = &m->columns[number].format;
	struct chooser ch = {
		.m = m, .number = number, .target = format_tile(&m->columns[number], m->n_tiles, 0)
	};

	for (uint32_t i = 0; i < n_done; i++) {
		const struct format_layout *l = &m->columns[done[i]].format.layout;

		if (usable(&ch, done[i]))
			add_sources(&ch, done[i], l->n_elements - l->rest);
	}
	for (ch.element = 0; ch.element < f->layout.n_elements; ch.element++) {
		int r = choose_element(&ch, done, n_done);
		size_t n = tile_element(&ch.target, ch.element).n;

		if (r < 0)
			return r;
		if (n >= SAMPLE_VALUES_MIN)
			*bits += ch.best.bits * (double)f->layout.n_cells / (double)ch.n_cells;
		if (ch.n_sources < SOURCES_MAX) {
			ch.sources[ch.n_sources].column = number;
			ch.sources[ch.n_sources++].element = ch.element;
		}
	}
	find_pass(m, number);
	return 0;
}

/* Columns in the order in which they are predicted from one another: those of several values a
 * sample before or after those of one, and texts last. */
struct plan {
	uint32_t *order;            /* owned */
	struct format_choice *kept; /* what was chosen, in that order; owned */
	uint32_t n;
	double bits;
};

static void plan_done(struct plan *p)
{
	free(p->order);
	free(p->kept);
}

static unsigned rank(const struct column *c, bool several_first)
{
	if (c->class == COLUMN_TEXT)
		return UINT32_MAX;
	return several_first && c->format.max_n < 2 ? UINT32_MAX - 1 : c->format.max_n;
}

static int make_order(const struct format_model *m, bool several_first, struct plan *p)
{
	p->order = calloc(m->n_columns + 1, sizeof(*p->order));
	p->kept = calloc(m->n_columns + 1, sizeof(*p->kept));
	if (!p->order || !p->kept)
		return -ENOMEM;
	p->n = 0;
	p->bits = 0;
	for (uint32_t i = 0; i < m->n_columns; i++) {
		const struct column *c = &m->columns[i];
		uint32_t k = p->n;

		if (!c->format.width || !(c->flags & COLUMN_FORMAT))
			continue;
		for (; k && rank(&m->columns[p->order[k - 1]], several_first) >
						rank(c, several_first);
				k--)
			p->order[k] = p->order[k - 1];
		p->order[k] = i;
		p->n++;
	}
	return 0;
}

static int run_plan(struct format_model *m, struct plan *p)
{
	int r = 0;

	p->bits = 0;
	for (uint32_t i = 0; i < p->n; i++)
		m->columns[p->order[i]].format.choice.pass = 0;
	for (uint32_t i = 0; i < p->n && r == 0; i++)
		r = choose_column(m, p->order, i, p->order[i], &p->bits);
	return r;
}

/* Keep what a plan chose, or take what was kept. */
static void keep(const struct format_model *m, const struct plan *p)
{
	for (uint32_t i = 0; i < p->n; i++)
		p->kept[i] = m->columns[p->order[i]].format.choice;
}

static void take(const struct format_model *m, const struct plan *p)
{
	for (uint32_t i = 0; i < p->n; i++)
		m->columns[p->order[i]].format.choice = p->kept[i];
}

static bool same_order(const struct plan *a, const struct plan *b)
{
	for (uint32_t i = 0; i < a->n; i++)
		if (a->order[i] != b->order[i])
			return false;
	return true;
}

static int choose_order(struct format_model *m, struct plan *ones, struct plan *several)
{
	int r = make_order(m, false, ones);

	if (r == 0)
		r = make_order(m, true, several);
	if (r == 0)
		r = run_plan(m, ones);
	if (r < 0 || same_order(ones, several))
		return r;
	keep(m, ones);
	r = run_plan(m, several);
	if (r == 0 && ones->bits < several->bits)
		take(m, ones);
	return r;
}

int format_choose_predictors(struct format_model *m)
{
	struct plan ones = { 0 };
	struct plan several = { 0 };
	int r = choose_order(m, &ones, &several);

	plan_done(&ones);
	plan_done(&several);
	return r;
}
