/* SPDX-License-Identifier: MIT */
#include "core/import/format_model.h"

/* Whether some element is predicted, or something is predicted from the column. */
static bool has_predictions(const struct format_model *m, uint32_t number)
{
	for (uint32_t i = 0; i < m->n_columns; i++) {
		const struct format_column *f = &m->columns[i].format;

		if (!(m->columns[i].flags & COLUMN_FORMAT) || !f->width)
			continue;
		for (uint32_t e = 0; e < f->layout.n_elements; e++) {
			const struct predictor *how = &f->choice.how[e];
			unsigned n = predictor_elements(how->kind) + predictor_columns(how->kind);

			if (i == number && how->kind != PREDICT_NONE)
				return true;
			for (unsigned k = 0; k < n; k++)
				if (how->from[k].column == number)
					return true;
		}
	}
	return false;
}

/* What the planes of all elements of the first tile take. */
static int tile_size(struct format_model *m, const struct column *c, size_t *out)
{
	struct tile_values t = format_tile(c, m->n_tiles, 0);
	size_t at[LAYOUT_ELEMENTS_MAX * sizeof(uint32_t)];
	struct stream_cuts cuts = { .at = at };
	struct buf planes = { .data = t.data,
		.len = t.layout->first[t.layout->n_elements] * t.n_samples * t.width };

	for (uint32_t e = 0; e < t.layout->n_elements; e++) {
		struct element_planes p = tile_element(&t, e);

		for (uint8_t b = 0; b < t.width && p.n; b++, p.data += p.n)
			if (p.data > t.data)
				at[cuts.n++] = (size_t)(p.data - t.data);
	}
	return format_packed_size(m, &planes, &cuts, out);
}

static int choose_layout(struct format_model *m, uint32_t number)
{
	struct column *c = &m->columns[number];
	uint32_t n_elements = c->format.layout.n_elements;
	size_t elements;
	size_t flat;
	int r = tile_size(m, c, &elements);

	if (r == 0)
		r = format_layout_again(m, c, 1);
	if (r == 0)
		r = tile_size(m, c, &flat);
	if (r == 0 && elements <= flat)
		r = format_layout_again(m, c, n_elements);
	return r;
}

int format_choose_layout(struct format_model *m)
{
	int r = 0;

	for (uint32_t i = 0; i < m->n_columns && r == 0; i++) {
		const struct column *c = &m->columns[i];

		if (c->flags & COLUMN_FORMAT && c->format.width && c->format.max_n > 1 &&
				c->class != COLUMN_TEXT && !has_predictions(m, i))
			r = choose_layout(m, i);
	}
	return r;
}
