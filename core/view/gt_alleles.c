/* SPDX-License-Identifier: MIT */
#include "core/view/gt_alleles.h"

#include <string.h>

#include "core/codec/gt_cell.h"
#include "core/view/number_text.h"

static bool set_alleles(struct cursor *rows, uint32_t n_slots, uint16_t value, uint16_t *alleles)
{
	struct gt_row_iter it;
	struct gt_row row;
	uint32_t h;

	if (!gt_row_next(rows, n_slots, &row))
		return false;
	it = gt_row_iter(&row, n_slots);
	while (gt_row_iter_next(&it, &h))
		alleles[h] |= value;
	return true;
}

bool gt_alleles_spread(const struct record_field *gt, uint32_t n_samples, uint16_t *alleles)
{
	uint32_t n_slots = gt->n * n_samples;
	struct gt_cell cell;

	if (!gt_cell_open(gt->values, gt->len, &cell))
		return false;
	memset(alleles, 0, n_slots * sizeof(*alleles));
	for (unsigned a = 1; a <= cell.n_alt; a++)
		if (!set_alleles(&cell.rows, n_slots, (uint16_t)a, alleles))
			return false;
	if (!set_alleles(&cell.rows, n_slots, GT_IS_MISSING, alleles) ||
			!set_alleles(&cell.rows, n_slots, GT_IS_END, alleles))
		return false;
	if (cell.phase == GT_MIXED && !set_alleles(&cell.rows, n_slots, GT_IS_PHASED, alleles))
		return false;
	if (cell.phase == GT_PHASED)
		for (uint32_t h = 0; h < n_slots; h++)
			alleles[h] |= h % gt->n ? GT_IS_PHASED : 0;
	return cursor_finished(&cell.rows);
}

char *gt_alleles_text(char *p, char before, const uint16_t *alleles, uint32_t ploidy)
{
	uint32_t i;

	for (i = 0; i < ploidy && !(alleles[i] & GT_IS_END); i++) {
		uint16_t a = alleles[i];

		if (i)
			before = a & GT_IS_PHASED ? '|' : '/';
		p = small_int_text(p, before, a & GT_IS_MISSING ? 0 : a & GT_ALLELE);
		if (a & GT_IS_MISSING)
			p[-1] = '.';
	}
	if (!i) {
		*p++ = before;
		*p++ = '.';
	}
	return p;
}

char *gt_alleles_ints_text(char *p, char before, const uint16_t *alleles, uint32_t ploidy)
{
	uint32_t i;

	for (i = 0; i < ploidy && !(alleles[i] & GT_IS_END); i++, before = ',') {
		uint16_t a = alleles[i];
		uint32_t v = a & GT_IS_MISSING ? 0 : ((a & GT_ALLELE) + 1u) << 1;

		p = small_int_text(p, before, v | !!(a & GT_IS_PHASED));
	}
	if (!i)
		*p++ = before;
	return p;
}
