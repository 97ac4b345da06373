/* SPDX-License-Identifier: MIT */
#include "core/block/column_cells.h"
#include "core/record/record.h"

bool info_values_prepare(struct column_reader *columns, uint32_t n_columns, uint32_t number)
{
	(void)n_columns;
	return columns[number].coding == VALUES_PLAIN;
}

bool info_cell_next(struct column_reader *c, uint32_t n, struct byte_sink *out)
{
	const uint8_t *p;

	switch (c->class) {
	case COLUMN_INT:
		return cell_ints(c, n, n, out);
	case COLUMN_FLOAT:
		return cell_floats(c, n, n, out);
	default:
		p = cursor_take(&c->values, n);
		return p && cell_put_head(c, RECORD_CHAR, n, out) && sink_put(out, p, n);
	}
}
