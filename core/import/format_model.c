/* SPDX-License-Identifier: MIT */
#include "core/import/column_model.h"

int format_columns_model(struct column *columns, uint32_t n_columns, uint32_t n_samples)
{
	(void)n_samples;
	for (uint32_t i = 0; i < n_columns; i++)
		if (columns[i].flags & COLUMN_FORMAT && columns[i].class != COLUMN_GT)
			columns[i].coding = VALUES_PLAIN;
	return 0;
}

int format_values_put(const struct column *c, uint32_t number, struct stream_out *out)
{
	int r = c->class == COLUMN_TEXT ? stream_out_put(out, STREAM_FORMAT_LEN, number, &c->lens)
					: 0;

	return r < 0 ? r
		     : stream_out_put_planes(out, STREAM_FORMAT_VALUES, number, &c->values,
				       column_value_width(c));
}
