/* SPDX-License-Identifier: MIT */
/*
 * How many slots have each ALT is what INFO/AC says, under whatever name: it is stored once then,
 * with the sites.
 */
#include "core/codec/int_values.h"
#include "core/import/column_model.h"

/* Whether @c has for each record the counts of its ALT rows, and 0 for ALTs beyond them. */
static bool gives_counts(const struct column *c, const struct column *gt)
{
	struct cursor meta = cursor_over(gt->gt.streams[GT_META].data, gt->gt.streams[GT_META].len);
	struct cursor counts =
			cursor_over(gt->gt.streams[GT_COUNTS].data, gt->gt.streams[GT_COUNTS].len);
	struct cursor ns = cursor_over(c->ns.data, c->ns.len);
	size_t at = 0;

	for (uint32_t cell = 0; cell < gt->n_cells; cell++) {
		uint32_t n = cursor_varint32(&ns);
		uint32_t n_alt;

		cursor_u8(&meta);
		n_alt = cursor_varint32(&meta);
		if (n_alt > n)
			return false;
		for (uint32_t i = 0; i < n; i++) {
			int64_t count = i < n_alt ? cursor_varint32(&counts) : 0;

			if (int_value(c->values.data, c->width, at++) != count)
				return false;
		}
	}
	return true;
}

int gt_counts_model(struct column *columns, uint32_t n_columns, uint32_t n_records)
{
	struct column *gt = NULL;

	for (uint32_t i = 0; i < n_columns; i++)
		if (columns[i].class == COLUMN_GT)
			gt = &columns[i];
	/* A record that has the one but not the other would have to be told apart. */
	if (!gt || gt->n_cells != n_records)
		return 0;
	for (uint32_t i = 0; i < n_columns; i++) {
		const struct column *c = &columns[i];

		if (c->class != COLUMN_INT || c->flags & COLUMN_FORMAT || c->n_cells != n_records ||
				!gives_counts(c, gt))
			continue;
		gt->coding = VALUES_GT_GIVEN;
		buf_put_varint(&gt->params, i);
		break;
	}
	return 0;
}
