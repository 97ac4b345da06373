/* SPDX-License-Identifier: MIT */
#include "core/codec/int_values.h"
#include "tests/unit/format_columns.h"

/* The rows of a column from its planes, as integers of @size bytes. */
static void gather(const struct random_column *c, uint8_t size, struct buf *out)
{
	size_t at[LAYOUT_ELEMENTS_MAX] = { 0 };

	buf_clear(out);
	for (size_t k = 0; k < c->layout.n_cells; k++) {
		size_t len = (size_t)c->n[k] * c->tile.n_samples * size;

		assert_true(buf_reserve(out, len + 1));
		cell_gather(&c->tile, at, c->n[k], out->data + out->len, size);
		for (uint32_t e = 0; e < c->layout.n_elements; e++)
			at[e] += layout_values(&c->layout, e, c->n[k]);
		out->len += len;
	}
}

static void test_rows_come_back_from_their_elements(void **state)
{
	static const uint8_t widths[] = { 1, 2, 4 };
	struct buf rows = { 0 };

	(void)state;
	for (unsigned i = 0; i < 400; i++) {
		struct random_column c;
		uint32_t n = random_below(16);

		random_column_make(&c, widths[i % 3], random_below(70), random_below(9), n,
				1 + random_below(LAYOUT_ELEMENTS_MAX), random_below(4));
		gather(&c, c.tile.width, &rows);
		assert_int_equal(rows.len, c.rows.len);
		if (rows.len)
			assert_memory_equal(rows.data, c.rows.data, rows.len);
		random_column_done(&c);
	}
	buf_done(&rows);
}

static void test_rows_come_back_in_other_types_that_hold_them(void **state)
{
	static const uint8_t widths[] = { 1, 2, 4 };
	struct buf rows = { 0 };
	struct buf want = { 0 };

	(void)state;
	for (unsigned i = 0; i < 400; i++) {
		struct random_column c;
		size_t n;
		uint8_t size;

		random_column_make(&c, widths[i % 3], 1 + random_below(40), 1, 1 + random_below(5),
				3, 0);
		n = c.rows.len / c.tile.width;
		size = int_values_width(c.rows.data, c.tile.width, n);
		if (random_below(2))
			size = 4;
		assert_true(buf_reserve(&want, n * size));
		int_values_convert(c.rows.data, c.tile.width, want.data, size, n);
		gather(&c, size, &rows);
		assert_memory_equal(rows.data, want.data, n * size);
		random_column_done(&c);
	}
	buf_done(&rows);
	buf_done(&want);
}

static void test_width_of_a_cell_is_that_of_its_values(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		struct random_column c;
		struct element_planes p;
		uint8_t width = i % 2 ? 2 : 4;
		uint32_t n = 1 + random_below(1000);

		random_column_make(&c, width, n, 1, 1, 1, 0);
		p = tile_element(&c.tile, 0);
		assert_int_equal(element_int_width(&p, width, 0, n),
				int_values_width(c.rows.data, width, n));
		random_column_done(&c);
	}
}

static void test_tiles_have_every_sample_once(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		uint32_t n_samples = random_below(5000);
		uint32_t n_tiles = 1 + random_below(20);

		assert_int_equal(tile_begin(n_samples, n_tiles, 0), 0);
		assert_int_equal(tile_begin(n_samples, n_tiles, n_tiles), n_samples);
		for (uint32_t t = 0; t < n_tiles; t++)
			assert_true(tile_begin(n_samples, n_tiles, t) <=
					tile_begin(n_samples, n_tiles, t + 1));
	}
	assert_int_equal(tile_begin(UINT32_MAX, UINT32_MAX, UINT32_MAX), UINT32_MAX);
}

static void test_damaged_n_are_refused(void **state)
{
	static const uint8_t ns[] = { 1, 0x80 };
	struct cell_ns cells = { .ns = cursor_over(ns, sizeof(ns)), .varying = true };
	struct format_layout l;

	(void)state;
	assert_true(format_layout_make(&l, &cells, 1, 2));
	assert_false(format_layout_make(&l, &cells, 2, 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_come_back_from_their_elements),
		cmocka_unit_test(test_rows_come_back_in_other_types_that_hold_them),
		cmocka_unit_test(test_width_of_a_cell_is_that_of_its_values),
		cmocka_unit_test(test_tiles_have_every_sample_once),
		cmocka_unit_test(test_damaged_n_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
