/* SPDX-License-Identifier: MIT */
#include "core/block/column_cells.h"
#include "core/record/record.h"

static bool gt_prepare(
		const struct column_reader *columns, uint32_t n_columns, struct column_reader *gt)
{
	uint32_t from = cursor_varint32(&gt->params);

	if (!cursor_finished(&gt->params) || gt->class != COLUMN_GT || from >= n_columns ||
			columns[from].class != COLUMN_INT || columns[from].flags & COLUMN_FORMAT)
		return false;
	gt->counts = &columns[from];
	return true;
}

bool format_values_prepare(struct column_reader *columns, uint32_t n_columns, uint32_t number)
{
	struct column_reader *c = &columns[number];

	if (c->coding == VALUES_GT_GIVEN)
		return gt_prepare(columns, n_columns, c);
	return c->coding == VALUES_PLAIN;
}

static bool next_text(struct column_reader *c, uint32_t n, uint32_t n_samples, size_t count,
		struct byte_sink *out)
{
	if (!cell_put_head(c, RECORD_CHAR, n, out) || count > sink_left(out))
		return false;
	for (uint32_t i = 0; i < n_samples; i++) {
		uint64_t len = cursor_varint(&c->lens);
		const uint8_t *p;

		if (len > n)
			return false;
		p = cursor_take(&c->values, (size_t)len);
		if (!p)
			return false;
		memcpy(out->at, p, (size_t)len);
		memset(out->at + len, 0, n - (size_t)len);
		out->at += n;
	}
	return !cursor_bad(&c->lens);
}

/* The counts of the record's ALT rows, where they are in its INFO. */
static bool given_counts(const struct column_reader *gt, struct record_field *out)
{
	struct cursor cell = gt->counts->cell;

	return gt->counts->n_read == gt->n_read && record_field_next(&cell, 1, out) &&
	       out->type >= RECORD_INT8 && out->type <= RECORD_INT32;
}

static bool next_gt(struct column_reader *c, uint32_t n, size_t count, struct byte_sink *out)
{
	struct record_field counts;
	uint32_t le_len = 0;
	uint8_t *at;
	size_t len;

	if (count > UINT32_MAX || !cell_put_head(c, RECORD_GT, n, out) ||
			(c->counts && !given_counts(c, &counts)))
		return false;
	at = out->at;
	if (!sink_put(out, &le_len, sizeof(le_len)) ||
			!gt_reader_next(&c->gt, (uint32_t)count, c->counts ? &counts : NULL,
					out->at, sink_left(out), &len) ||
			len > UINT32_MAX)
		return false;
	le_len = htole32((uint32_t)len);
	memcpy(at, &le_len, sizeof(le_len));
	out->at += len;
	return true;
}

bool format_cell_next(
		struct column_reader *c, uint32_t n, uint32_t n_samples, struct byte_sink *out)
{
	size_t count;

	if (__builtin_mul_overflow((size_t)n, (size_t)n_samples, &count))
		return false;
	switch (c->class) {
	case COLUMN_INT:
		return cell_ints(c, n, count, out);
	case COLUMN_FLOAT:
		return cell_floats(c, n, count, out);
	case COLUMN_TEXT:
		return next_text(c, n, n_samples, count, out);
	default:
		return next_gt(c, n, count, out);
	}
}
