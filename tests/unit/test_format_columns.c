/* SPDX-License-Identifier: MIT */
#include "core/block/column_read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/base/buf.h"
#include "core/record/record.h"

/* Descriptions and streams of the columns of a chunk that has ten samples in two tiles. */
enum { SAMPLES = 10, TILES = 2, COLUMNS = 3, KEYS = 4 };

struct parts {
	struct buf descriptions;
	struct buf streams[COLUMNS][TILES][2]; /* of values, of lengths */
	uint32_t n;
};

static void describe(struct parts *p, uint8_t flags, uint8_t class, uint8_t width, uint32_t n,
		uint8_t coding, const void *params, size_t len)
{
	buf_put_u8(&p->descriptions, COLUMN_FORMAT | flags);
	buf_put_u8(&p->descriptions, class);
	buf_put_u8(&p->descriptions, width);
	buf_put_varint(&p->descriptions, 0);
	buf_put_varint(&p->descriptions, n);
	buf_put_u8(&p->descriptions, coding);
	buf_put_bytes(&p->descriptions, params, len);
	p->n++;
}

/* Integers of one byte in @n_cells cells. */
static void add_ints(struct parts *p, uint32_t n, size_t n_cells, const void *params, size_t len)
{
	for (unsigned t = 0; t < TILES; t++)
		for (size_t i = 0; i < n_cells * n * SAMPLES / TILES; i++)
			buf_put_u8(&p->streams[p->n][t][0], (uint8_t)(i % 5));
	describe(p, 0, COLUMN_INT, 1, n, VALUES_ELEMENTS, params, len);
}

/* Text of one byte a cell and sample, in a dictionary of two. */
static void add_texts(struct parts *p, size_t n_cells)
{
	static const uint8_t params[] = { 1, 0, PREDICT_NONE };

	for (unsigned t = 0; t < TILES; t++) {
		for (size_t i = 0; i < n_cells * SAMPLES / TILES; i++)
			buf_put_u8(&p->streams[p->n][t][0], i % 2);
		buf_put_u32(&p->streams[p->n][t][1], 2);
		buf_put_u32(&p->streams[p->n][t][1], 1);
		buf_put_u32(&p->streams[p->n][t][1], 2);
		buf_put(&p->streams[p->n][t][1], "xyz", 3);
	}
	describe(p, 0, COLUMN_TEXT, 0, 2, VALUES_INDEXED, params, sizeof(params));
}

/* What columns of INFO are read with. */
static const struct record no_site;
static struct byte_sink no_room;

/* Reads cell after cell of all columns, as many as there are; false where something is damaged. */
static bool read_cells(struct column_reader *columns, uint32_t n, const struct tile_set *tiles,
		size_t n_cells, struct byte_sink *out)
{
	for (size_t k = 0; k < n_cells; k++)
		for (uint32_t i = 0; i < n; i++)
			if (!column_reader_next(&columns[i], tiles, &no_site, out))
				return false;
	for (uint32_t i = 0; i < n; i++)
		if (!column_reader_finished(&columns[i], tiles))
			return false;
	return true;
}

static bool put_streams(
		struct parts *p, struct column_reader *columns, const struct tile_set *tiles)
{
	bool ok = true;

	for (uint32_t i = 0; i < p->n; i++)
		for (uint32_t t = 0; t < TILES; t++)
			for (unsigned k = 0; k < 2; k++) {
				struct buf *b = &p->streams[i][t][k];

				if (b->len)
					ok &= tile_set_put(tiles, columns, p->n,
							k ? STREAM_FORMAT_LEN
							  : STREAM_FORMAT_VALUES,
							i * TILES + t, b->data, b->len);
			}
	return ok;
}

/* Whether all of it is well-formed and has @n_cells cells; the parts are used up. */
static bool reads(struct parts *p, size_t n_cells)
{
	static uint8_t bytes[1 << 16];
	struct byte_sink out = { .at = bytes, .end = bytes + sizeof(bytes) };
	struct cursor c = cursor_over(p->descriptions.data, p->descriptions.len);
	struct column_reader columns[COLUMNS];
	struct tile_set tiles = { .n_samples = SAMPLES,
		.n_all = SAMPLES,
		.n_tiles = TILES,
		.of_n_tiles = TILES,
		.tile = TILE_ALL };
	bool ok = true;

	for (uint32_t i = 0; i < p->n; i++)
		ok &= column_reader_open(&columns[i], &c, KEYS, 0);
	assert_int_equal(tile_set_open(&tiles, columns, p->n), 0);
	ok = ok && put_streams(p, columns, &tiles) &&
	     column_readers_prepare(columns, p->n, &tiles, &no_room) &&
	     read_cells(columns, p->n, &tiles, n_cells, &out);
	for (uint32_t i = 0; i < p->n; i++) {
		column_reader_done(&columns[i]);
		for (unsigned t = 0; t < TILES; t++)
			for (unsigned k = 0; k < 2; k++)
				buf_done(&p->streams[i][t][k]);
	}
	tile_set_done(&tiles);
	buf_done(&p->descriptions);
	memset(p, 0, sizeof(*p));
	return ok;
}

/* Two columns of integers, of two values and of one, with parameters @a and @b. */
static bool reads_with(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	struct parts p = { 0 };

	add_ints(&p, 2, 3, a, a_len);
	add_ints(&p, 1, 3, b, b_len);
	return reads(&p, 3);
}

#define READS(a, b) reads_with(a, sizeof(a), b, sizeof(b))

static const uint8_t none2[] = { 2, 0, PREDICT_NONE, PREDICT_NONE };
static const uint8_t none1[] = { 1, 0, PREDICT_NONE };

static void test_well_formed_columns_are_read(void **state)
{
	static const uint8_t own[] = { 2, 0, PREDICT_CELL, PREDICT_ONE, 0, 0 };
	static const uint8_t two[] = { 1, 1, PREDICT_TWO, 0, 0, 0, 1 };
	static const uint8_t sum[] = { 1, 7, PREDICT_SUM, 0 };
	static const uint8_t rest[] = { 1, 0, PREDICT_BEFORE };
	struct parts p = { 0 };

	(void)state;
	assert_true(READS(none2, none1));
	assert_true(READS(own, two));
	assert_true(READS(own, sum));
	assert_true(READS(rest, none1));
	add_texts(&p, 3);
	assert_true(reads(&p, 3));
}

static void test_circles_are_refused(void **state)
{
	static const uint8_t from_b[] = { 2, 1, PREDICT_NONE, PREDICT_ONE, 1, 0 };
	static const uint8_t from_a[] = { 1, 1, PREDICT_ONE, 0, 0 };
	static const uint8_t earlier[] = { 1, 0, PREDICT_SUM, 0 };
	static const uint8_t itself[] = { 2, 0, PREDICT_NONE, PREDICT_ONE, 0, 1 };
	static const uint8_t later[] = { 2, 0, PREDICT_ONE, 0, 1, PREDICT_NONE };
	static const uint8_t whole[] = { 2, 0, PREDICT_NONE, PREDICT_SUM, 0 };

	(void)state;
	assert_true(READS(from_b, none1));
	assert_false(READS(from_b, from_a));
	assert_false(READS(none2, earlier));
	assert_false(READS(itself, none1));
	assert_false(READS(later, none1));
	assert_false(READS(whole, none1));
}

static void test_sources_that_are_not_there_are_refused(void **state)
{
	static const uint8_t column[] = { 1, 1, PREDICT_ONE, 2, 0 };
	static const uint8_t element[] = { 1, 1, PREDICT_ONE, 0, 2 };
	static const uint8_t of_rest[] = { 1, 1, PREDICT_ONE, 0, 0 };
	static const uint8_t flat[] = { 1, 0, PREDICT_NONE };
	static const uint8_t rest[] = { 1, 1, PREDICT_ONE, 1, 0 };
	struct parts p = { 0 };

	(void)state;
	assert_false(READS(none2, column));
	assert_false(READS(none2, element));
	assert_false(READS(flat, of_rest));
	assert_false(READS(rest, none1));
	/* Plain text has no numbers. */
	describe(&p, 0, COLUMN_TEXT, 0, 0, VALUES_PLAIN, NULL, 0);
	add_ints(&p, 1, 3, (const uint8_t[]){ 1, 1, PREDICT_SUM, 0 }, 4);
	assert_false(reads(&p, 3));
}

static void test_columns_of_other_cells_are_no_sources(void **state)
{
	static const uint8_t sum[] = { 1, 1, PREDICT_SUM, 0 };
	struct parts p = { 0 };

	(void)state;
	add_ints(&p, 1, 4, none1, sizeof(none1));
	add_ints(&p, 1, 3, sum, sizeof(sum));
	assert_false(reads(&p, 3));
}

static void test_damaged_parameters_are_refused(void **state)
{
	static const uint8_t kind[] = { 1, 0, N_PREDICTORS };
	static const uint8_t pass[] = { 1, FORMAT_PASSES, PREDICT_NONE };
	static const uint8_t many[] = { LAYOUT_ELEMENTS_MAX + 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0 };
	static const uint8_t zero[] = { 0, 0 };
	static const uint8_t more[] = { 1, 0, PREDICT_NONE, PREDICT_NONE };

	(void)state;
	assert_false(READS(none2, kind));
	assert_false(READS(none2, pass));
	assert_false(READS(none2, many));
	assert_false(READS(none2, zero));
	assert_false(READS(none2, more));
	for (size_t len = 0; len < sizeof(none1); len++)
		assert_false(reads_with(none2, sizeof(none2), none1, len));
}

static void test_streams_of_other_lengths_are_refused(void **state)
{
	struct parts p = { 0 };

	(void)state;
	for (unsigned k = 0; k < 2; k++) {
		add_ints(&p, 2, 3, none2, sizeof(none2));
		p.streams[0][1][k].len = 0;
		buf_put(&p.streams[0][1][k], "1234567", 7);
		assert_false(reads(&p, 3));
	}
	add_ints(&p, 1, 3, none1, sizeof(none1));
	buf_done(&p.streams[0][0][0]);
	assert_false(reads(&p, 3));
}

static void test_damaged_dictionaries_are_refused(void **state)
{
	struct parts p = { 0 };

	(void)state;
	add_texts(&p, 3);
	p.streams[0][0][1].data[0] = 0xff; /* more texts than bytes */
	assert_false(reads(&p, 3));
	add_texts(&p, 3);
	p.streams[0][1][1].data[4] = 2; /* longer texts than there are */
	assert_false(reads(&p, 3));
	add_texts(&p, 3);
	p.streams[0][1][1].data[7] = 0xff;
	assert_false(reads(&p, 3));
	add_texts(&p, 3);
	p.streams[0][1][0].data[14] = 2; /* a text that is not there */
	assert_false(reads(&p, 3));
	add_texts(&p, 3);
	buf_done(&p.streams[0][0][1]);
	assert_false(reads(&p, 3));
}

static void test_gaps_are_records_without_a_cell(void **state)
{
	static const uint8_t sum[] = { 1, 1, PREDICT_SUM, 0 };
	static const uint8_t ns[] = { 2, 0, 2, 0 };
	static uint8_t bytes[200];
	struct byte_sink out = { .at = bytes, .end = bytes + sizeof(bytes) };
	struct parts p = { 0 };
	struct column_reader columns[2];
	struct tile_set tiles = { .n_samples = SAMPLES,
		.n_all = SAMPLES,
		.n_tiles = TILES,
		.of_n_tiles = TILES,
		.tile = TILE_ALL };
	struct cursor c;

	(void)state;
	add_ints(&p, 1, 4, none1, sizeof(none1));
	for (unsigned t = 0; t < TILES; t++)
		for (unsigned i = 0; i < 2 * SAMPLES / TILES; i++)
			buf_put_u8(&p.streams[1][t][0], 1);
	describe(&p, COLUMN_VARYING | COLUMN_GAPS, COLUMN_INT, 1, 0, VALUES_ELEMENTS, sum,
			sizeof(sum));
	c = cursor_over(p.descriptions.data, p.descriptions.len);
	for (unsigned i = 0; i < 2; i++)
		assert_true(column_reader_open(&columns[i], &c, KEYS, 0));
	columns[1].ns = cursor_over(ns, sizeof(ns));
	assert_int_equal(tile_set_open(&tiles, columns, 2), 0);
	assert_true(put_streams(&p, columns, &tiles));
	assert_true(column_readers_prepare(columns, 2, &tiles, &no_room));
	for (unsigned k = 0; k < 2; k++)
		assert_true(column_reader_next(&columns[1], &tiles, &no_site, &out));
	assert_true(column_reader_finished(&columns[1], &tiles));
	/* Key, type, n; then what is one more than the other column has in records 0 and 2. */
	assert_int_equal(out.at - bytes, 2 * (3 + SAMPLES));
	for (unsigned k = 0; k < 2; k++)
		for (unsigned s = 0; s < SAMPLES; s++)
			assert_int_equal(bytes[k * (3 + SAMPLES) + 3 + s], s % 5 + 1);
	tile_set_done(&tiles);
	for (unsigned i = 0; i < 2; i++) {
		column_reader_done(&columns[i]);
		for (unsigned t = 0; t < TILES; t++)
			buf_done(&p.streams[i][t][0]);
	}
	buf_done(&p.descriptions);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_well_formed_columns_are_read),
		cmocka_unit_test(test_circles_are_refused),
		cmocka_unit_test(test_sources_that_are_not_there_are_refused),
		cmocka_unit_test(test_columns_of_other_cells_are_no_sources),
		cmocka_unit_test(test_damaged_parameters_are_refused),
		cmocka_unit_test(test_streams_of_other_lengths_are_refused),
		cmocka_unit_test(test_damaged_dictionaries_are_refused),
		cmocka_unit_test(test_gaps_are_records_without_a_cell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
