/* SPDX-License-Identifier: MIT */
#include "core/import/column_model.h"

int info_columns_model(struct column *columns, uint32_t n_columns)
{
	for (uint32_t i = 0; i < n_columns; i++)
		if (!(columns[i].flags & COLUMN_FORMAT))
			columns[i].coding = VALUES_PLAIN;
	return 0;
}

int info_values_put(const struct column *c, uint32_t number, struct stream_out *out)
{
	return stream_out_put_planes(
			out, STREAM_INFO_VALUES, number, &c->values, column_value_width(c));
}
