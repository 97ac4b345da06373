/* SPDX-License-Identifier: MIT */
#include "core/view/vcf_gt.h"

#include <errno.h>
#include <stdlib.h>

enum {
	TO_MISSING = '0' ^ '.',
	TO_PHASED = '/' ^ '|',
};

enum { SEPARATOR_ROWS = 2 }; /* END and PHASE */

/* What depends on the ploidy alone, and scratch; of a thread. */
struct gt_blank {
	uint32_t ploidy;
	uint32_t n_slots;             /* that are made */
	uint8_t rest[GT_AT_ONCE / 8]; /* bits of slots that are not the first of their sample */
	char text[2][2 * GT_AT_ONCE + GT_TEXT_SLACK]; /* unphased, phased */
	uint8_t bits[SEPARATOR_ROWS][GT_AT_ONCE / 8]; /* scratch */
	char samples[2 * GT_AT_ONCE + GT_TEXT_SLACK]; /* scratch */
};

static uint32_t slots_at_once(uint32_t ploidy)
{
	return GT_AT_ONCE / (8 * ploidy) * (8 * ploidy);
}

static void blank_make(struct gt_blank *b, uint32_t ploidy, uint32_t n_slots)
{
	memset(b->rest, 0, sizeof(b->rest));
	for (size_t h = 0, p = 0; h < n_slots; h++) {
		b->text[0][2 * h] = p ? '/' : '\t';
		b->text[1][2 * h] = p ? '|' : '\t';
		b->text[0][2 * h + 1] = b->text[1][2 * h + 1] = '0';
		if (p)
			b->rest[h / 8] = (uint8_t)(b->rest[h / 8] | 1 << h % 8);
		p = p + 1 < ploidy ? p + 1 : 0;
	}
	b->ploidy = ploidy;
	b->n_slots = n_slots;
}

static struct gt_blank *blank_get(struct vcf_scratch *s, uint32_t ploidy, uint32_t n_slots)
{
	if (!s->blank)
		s->blank = calloc(1, sizeof(*s->blank));
	if (!s->blank)
		return NULL;
	if (n_slots > slots_at_once(ploidy))
		n_slots = slots_at_once(ploidy);
	if (s->blank->ploidy != ploidy || s->blank->n_slots < n_slots)
		blank_make(s->blank, ploidy, n_slots);
	return s->blank;
}

/* Whether the row has the first slot of a sample. */
static bool has_first(const struct gt_row *row, uint32_t n_slots, const struct gt_blank *blank)
{
	uint32_t n_bytes = slots_at_once(blank->ploidy) / 8;
	uint32_t end = n_slots / 8 + (n_slots % 8 != 0);
	unsigned firsts = 0;

	if (row->form != GT_ROW_BITS) {
		for (uint32_t i = 0; i < row->n; i++)
			firsts |= gt_row_slot(row, i) % blank->ploidy == 0;
		return firsts;
	}
	for (uint32_t i = 0; i < end; i += n_bytes)
		for (uint32_t k = 0; k < n_bytes && i + k < end; k++)
			firsts |= row->data[i + k] & ~(unsigned)blank->rest[k];
	return firsts;
}

/* Take row @i of the cell, from 1 on. Return: 1; 0 where it cannot be two bytes a slot. */
static int take_row(struct gt_text *g, struct gt_cell *cell, unsigned i)
{
	struct gt_text_row *r = &g->rows[g->n_rows];

	if (!gt_row_next(&cell->rows, g->n_slots, &r->row))
		return -EBADMSG;
	if (r->row.form == GT_ROW_EMPTY)
		return 1;
	r->at = 0;
	r->flip = (struct gt_flip){ 0, 0 };
	if (i <= cell->n_alt) {
		r->flip.digit = (uint8_t)i;
	} else if (i == cell->n_alt + 1u) {
		r->flip.digit = TO_MISSING;
	} else if (i == cell->n_alt + 2u) {
		r->flip.separator = g->phased ? '|' : '/';
		g->ends = true;
		if (has_first(&r->row, g->n_slots, g->blank))
			return 0; /* a sample without any value */
	} else {
		r->flip.separator = TO_PHASED;
	}
	g->n_rows++;
	return 1;
}

int gt_text_open(const struct record_field *gt, uint32_t n_samples, struct vcf_scratch *scratch,
		struct gt_text *out)
{
	struct gt_cell cell;
	unsigned n_rows;

	if (!gt_cell_open(gt->values, gt->len, &cell))
		return -EBADMSG;
	if (cell.n_alt > GT_DIGIT_MAX)
		return 0;
	out->n_rows = 0;
	out->ploidy = gt->n;
	out->n_slots = gt->n * n_samples;
	out->ends = false;
	out->phased = cell.phase == GT_PHASED;
	out->blank = blank_get(scratch, out->ploidy, out->n_slots);
	if (!out->blank)
		return -ENOMEM;
	n_rows = cell.n_alt + 2u + (cell.phase == GT_MIXED);
	for (unsigned i = 1; i <= n_rows; i++) {
		int r = take_row(out, &cell, i);

		if (r <= 0)
			return r;
	}
	return cursor_finished(&cell.rows) ? 1 : -EBADMSG;
}

/* What changes a separator must leave the tabs. */
static const uint8_t *bits_of_rest(
		struct gt_blank *blank, unsigned i, const uint8_t *bits, size_t n_bytes)
{
	uint8_t *rest = blank->bits[i];

	for (size_t k = 0; k < n_bytes; k++)
		rest[k] = bits[k] & blank->rest[k];
	return rest;
}

/* The rows of slots from @first on that are bits. Return: how many. */
static unsigned bit_rows(struct gt_text *g, uint32_t first, uint32_t n,
		struct gt_flip_row rows[GT_TEXT_ROWS])
{
	size_t n_bytes = (n + 7) / 8;
	unsigned n_masked = 0;
	unsigned n_rows = 0;

	for (unsigned i = 0; i < g->n_rows; i++) {
		const struct gt_text_row *r = &g->rows[i];
		const uint8_t *bits = r->row.data + first / 8;

		if (r->row.form != GT_ROW_BITS)
			continue;
		if (r->flip.separator)
			bits = bits_of_rest(g->blank, n_masked++, bits, n_bytes);
		rows[n_rows++] = (struct gt_flip_row){ bits, r->flip };
	}
	return n_rows;
}

static void flip_list(
		struct gt_text_row *r, uint32_t ploidy, uint32_t first, uint32_t n, char *text)
{
	while (r->at < r->row.n) {
		uint32_t h = gt_row_slot(&r->row, r->at);

		if (h >= first && h - first >= n)
			break;
		r->at++;
		if (h < first)
			continue;
		text[2 * (size_t)(h - first) + 1] ^= (char)r->flip.digit;
		if (r->flip.separator && h % ploidy)
			text[2 * (size_t)(h - first)] ^= (char)r->flip.separator;
	}
}

void gt_text_slots(struct gt_text *g, uint32_t first, uint32_t n, char *text)
{
	const char *blank = g->blank->text[g->phased];
	struct gt_flip_row rows[GT_TEXT_ROWS];
	unsigned n_rows = bit_rows(g, first, n, rows);

	if (n_rows)
		gt_flip_rows(text, blank, rows, n_rows, (n + 7) / 8);
	else
		memcpy(text, blank, 2 * (size_t)n);
	for (unsigned i = 0; i < g->n_rows; i++)
		if (g->rows[i].row.form != GT_ROW_BITS)
			flip_list(&g->rows[i], g->ploidy, first, n, text);
}

char *gt_text_samples(const struct gt_text *g)
{
	return g->blank->samples;
}

/* Two bytes for every slot: any part of the line can be made alone. */
static void even_line(struct gt_text *g, struct text_out *o)
{
	uint32_t unit = gt_text_unit(g);
	uint64_t passed = text_to_skip(o) / 2 / unit * unit;
	uint32_t first = passed < g->n_slots ? (uint32_t)passed : g->n_slots;

	text_skip(o, 2 * (uint64_t)first);
	while (first < g->n_slots && !text_full(o)) {
		size_t room = text_room_in_place(o);
		uint32_t n = slots_at_once(g->ploidy);

		/* At a window's edges, small pieces are made in the scratch. */
		if (room < 2 * n + GT_TEXT_SLACK)
			n = room < 2 * unit + GT_TEXT_SLACK
					    ? unit
					    : (uint32_t)(room - GT_TEXT_SLACK) / (2 * unit) * unit;
		if (n > g->n_slots - first)
			n = g->n_slots - first;
		text_need(o, 2 * (size_t)n + GT_TEXT_SLACK);
		gt_text_slots(g, first, n, o->at);
		o->at += 2 * (size_t)n;
		first += n;
	}
}

/* The samples that gt_text_slots() has made, each up to its end. */
static char *pack_samples(char *p, const char *samples, uint32_t n_slots, uint32_t ploidy)
{
	if (ploidy == 2) {
		for (uint32_t h = 0; h < n_slots; h += 2, samples += 4) {
			memcpy(p, samples, 4);
			p += samples[2] ? 4 : 2;
		}
		return p;
	}
	for (uint32_t h = 0; h < n_slots; h += ploidy, samples += 2 * (size_t)ploidy) {
		size_t n = gt_text_length(samples, ploidy);

		memcpy(p, samples, n);
		p += n;
	}
	return p;
}

static void uneven_line(struct gt_text *g, struct text_out *o)
{
	char *samples = g->blank->samples;
	uint32_t n;

	for (uint32_t first = 0; first < g->n_slots && !text_full(o); first += n) {
		n = slots_at_once(g->ploidy);
		n = n < g->n_slots - first ? n : g->n_slots - first;
		gt_text_slots(g, first, n, samples);
		text_need(o, 2 * (size_t)n + GT_TEXT_SLACK);
		o->at = pack_samples(o->at, samples, n, g->ploidy);
	}
}

void gt_text_line(struct gt_text *g, struct text_out *o)
{
	if (g->ends)
		uneven_line(g, o);
	else
		even_line(g, o);
}
