/* SPDX-License-Identifier: MIT */
#include "core/block/column_cells.h"
#include "core/record/record.h"

bool format_values_prepare(struct column_reader *columns, uint32_t n_columns, uint32_t number)
{
	(void)n_columns;
	return columns[number].coding == VALUES_PLAIN;
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

static bool next_gt(struct column_reader *c, uint32_t n, size_t count, struct byte_sink *out)
{
	uint32_t le_len = 0;
	uint8_t *at;
	size_t len;

	if (count > UINT32_MAX || !cell_put_head(c, RECORD_GT, n, out))
		return false;
	at = out->at;
	if (!sink_put(out, &le_len, sizeof(le_len)) ||
			!gt_reader_next(&c->gt, (uint32_t)count, out->at, sink_left(out), &len) ||
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
