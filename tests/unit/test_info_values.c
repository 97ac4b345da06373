/* SPDX-License-Identifier: MIT */
/*
 * Codings of INFO columns as a reader meets them: descriptions made by hand, whole and damaged.
 */
#include "core/block/column_read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/codec/float_model.h"

enum { MAX_COLUMNS = 40, ROOM = 4096 };

/* Columns of a chunk under test. */
struct columns {
	struct column_reader readers[MAX_COLUMNS];
	uint32_t n;
	uint8_t room[ROOM];
};

struct described {
	uint8_t flags;
	uint8_t class;
	uint8_t coding;
	const char *params;
	size_t params_len;
	const char *values;
	size_t values_len;
};

#define BYTES(s) (s), sizeof(s) - 1

static bool add(struct columns *t, const struct described *d)
{
	struct buf b = { 0 };
	struct cursor c;
	bool ok;

	buf_put_u8(&b, d->flags);
	buf_put_u8(&b, d->class);
	buf_put_u8(&b, 1);
	buf_put_varint(&b, 0);
	buf_put_varint(&b, 1);
	buf_put_u8(&b, d->coding);
	buf_put_bytes(&b, d->params, d->params_len);
	c = cursor_over(b.data, b.len);
	ok = column_reader_open(&t->readers[t->n], &c, 1, 0);
	/* The description is gone when the parameters are read. */
	t->readers[t->n].params = cursor_over(d->params, d->params_len);
	t->readers[t->n++].values = cursor_over(d->values, d->values_len);
	buf_done(&b);
	return ok;
}

/* No column is one of FORMAT, or is not to be read. */
static const struct tile_set no_tiles;

static bool prepare(struct columns *t, size_t room)
{
	struct byte_sink sink = { .at = t->room, .end = t->room + room };

	return column_readers_prepare(t->readers, t->n, &no_tiles, &sink);
}

static bool ready(const struct described *d, size_t n, size_t room)
{
	struct columns t = { .n = 0 };

	for (size_t i = 0; i < n; i++)
		if (!add(&t, &d[i]))
			return false;
	return prepare(&t, room);
}

/* The next value of a column, as its field has it: the last byte, or the last four. */
static uint32_t next(struct columns *t, uint32_t column, uint32_t size, int64_t end)
{
	struct record r = { .pos = end - 1, .rlen = 1, .n_allele = 2 };
	uint8_t field[32];
	struct byte_sink out = { .at = field, .end = field + sizeof(field) };
	uint32_t v = 0;

	assert_true(column_reader_next(&t->readers[column], &no_tiles, &r, &out));
	memcpy(&v, out.at - size, size);
	return v;
}

/* Column 0: 5 values; the others are made of it. */
static const struct described plain = { 0, COLUMN_INT, VALUES_PLAIN, BYTES(""),
	BYTES("\1\2\3\2\1") };

static void test_a_sum_of_columns_is_added(void **state)
{
	static const struct described d = { 0, COLUMN_INT, VALUES_INTS,
		/* zigzag; no contexts; 2 times column 0 */
		BYTES("\1\1\0\1\4\0"), BYTES("\0\1\2\0\0") };
	static const uint8_t want[] = { 2, 3, 7, 4, 2 };
	struct columns t = { .n = 0 };

	(void)state;
	assert_true(add(&t, &plain) && add(&t, &d) && prepare(&t, ROOM));
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(next(&t, 1, 1, 1), want[i]);
	assert_true(column_reader_finished(&t.readers[1], &no_tiles));
}

static void test_values_lie_in_the_order_of_contexts(void **state)
{
	static const struct described d = { 0, COLUMN_INT, VALUES_INTS, BYTES("\1\0\1\2\0\0"),
		BYTES("\12\13\24\25\36") };
	static const uint8_t want[] = { 10, 20, 30, 21, 11 };
	struct columns t = { .n = 0 };

	(void)state;
	assert_true(add(&t, &plain) && add(&t, &d) && prepare(&t, ROOM));
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(next(&t, 1, 1, 1), want[i]);
}

static void test_ends_follow_the_record(void **state)
{
	static const struct described d = { 0, COLUMN_INT, VALUES_INTS, BYTES("\0\4\2\0"),
		BYTES("") };
	struct columns t = { .n = 0 };

	(void)state;
	assert_true(add(&t, &d) && prepare(&t, ROOM));
	assert_int_equal(next(&t, 0, 4, 123456789), 123456789);
	assert_int_equal(next(&t, 0, 1, 77), 77);
	assert_true(column_reader_finished(&t.readers[0], &no_tiles));
}

static void test_quotients_have_exceptions(void **state)
{
	/* Six digits; over column 0; of column 0 */
	static const struct described d = { 0, COLUMN_FLOAT, VALUES_QUOTIENT, BYTES("\6\3\0\0"),
		BYTES("") };
	struct columns t = { .n = 0 };

	(void)state;
	assert_true(add(&t, &plain) && add(&t, &d));
	t.readers[1].exceptions = cursor_over("\2\1\2\3\4\0\5\6\7\10", 10);
	assert_true(prepare(&t, ROOM));
	assert_int_equal(next(&t, 1, 4, 1), float_quotient(1, 3, 6));
	assert_int_equal(next(&t, 1, 4, 1), float_quotient(2, 3, 6));
	assert_int_equal(next(&t, 1, 4, 1), 0x04030201);
	assert_int_equal(next(&t, 1, 4, 1), 0x08070605);
	assert_int_equal(next(&t, 1, 4, 1), float_quotient(1, 3, 6));
	assert_true(column_reader_finished(&t.readers[1], &no_tiles));
}

static void test_quotients_by_a_column(void **state)
{
	static const struct described dens = { 0, COLUMN_INT, VALUES_PLAIN, BYTES(""),
		BYTES("\0\4\0\4\10\4\0\10") };
	static const struct described nums = { 0, COLUMN_INT, VALUES_PLAIN, BYTES(""),
		BYTES("\0\0\0\1\1\41\1\1") };
	static const struct described d = { 0, COLUMN_FLOAT, VALUES_QUOTIENT, BYTES("\6\0\0\0\1"),
		BYTES("") };
	struct columns t = { .n = 0 };

	(void)state;
	assert_true(add(&t, &dens) && add(&t, &nums) && add(&t, &d) && prepare(&t, ROOM));
	for (unsigned i = 0; i < dens.values_len; i++)
		assert_int_equal(next(&t, 2, 4, 1),
				float_quotient(nums.values[i], dens.values[i], 6));
	assert_true(column_reader_finished(&t.readers[2], &no_tiles));
}

static void test_damaged_parameters_are_refused(void **state)
{
	static const struct described bad[] = {
		/* Widths, flags, terms, columns that are not there, itself */
		{ 0, COLUMN_INT, VALUES_INTS, BYTES("\3\0\0\0"), BYTES("\1\2\3") },
		{ 0, COLUMN_INT, VALUES_INTS, BYTES("\1\10\0\0"), BYTES("\1\2\3\4\5") },
		{ 0, COLUMN_INT, VALUES_INTS, BYTES("\1\0\21\0"), BYTES("\1\2\3\4\5") },
		{ 0, COLUMN_INT, VALUES_INTS, BYTES("\1\0\1\2\2\0"), BYTES("\1\2\3\4\5") },
		{ 0, COLUMN_INT, VALUES_INTS, BYTES("\1\0\1\2\1\0"), BYTES("\1\2\3\4\5") },
		{ 0, COLUMN_INT, VALUES_INTS, BYTES("\1\0\0\1\2\1"), BYTES("\1\2\3\4\5") },
		/* Another number of values, half a value, parameters cut or too long */
		{ 0, COLUMN_INT, VALUES_INTS, BYTES("\1\0\1\2\0\0"), BYTES("\1\2\3\4") },
		{ 0, COLUMN_INT, VALUES_INTS, BYTES("\2\0\0\0"), BYTES("\1\2\3\4\5") },
		{ 0, COLUMN_INT, VALUES_INTS, BYTES("\1\0\0"), BYTES("\1\2\3\4\5") },
		{ 0, COLUMN_INT, VALUES_INTS, BYTES("\1\0\0\0\0"), BYTES("\1\2\3\4\5") },
		{ 0, COLUMN_INT, VALUES_INTS, BYTES(""), BYTES("") },
		/* Constants: more than there is room for, values too */
		{ 0, COLUMN_INT, VALUES_INTS, BYTES("\0\0\377\377\377\377\17\0"), BYTES("") },
		{ 0, COLUMN_INT, VALUES_INTS, BYTES("\0\0\5\0"), BYTES("\1") },
		/* Classes, codings that no INFO has */
		{ 0, COLUMN_FLOAT, VALUES_INTS, BYTES("\1\0\0\0"), BYTES("\1") },
		{ 0, COLUMN_INT, VALUES_QUOTIENT, BYTES("\0\1\1\1\0\0\0"), BYTES("\1") },
		{ 0, COLUMN_INT, VALUES_TEXTS, BYTES("\1\0\0\0"), BYTES("\1") },
		{ 0, COLUMN_INT, 1, BYTES(""), BYTES("\1") },
		/* Quotients: rounding, columns, own values and another's */
		{ 0, COLUMN_FLOAT, VALUES_QUOTIENT, BYTES("\40\1\1\1\0\0\0"), BYTES("\1") },
		{ 0, COLUMN_FLOAT, VALUES_QUOTIENT, BYTES("\0\0\2\1\1\0\0\0"), BYTES("\1") },
		{ 0, COLUMN_FLOAT, VALUES_QUOTIENT, BYTES("\0\1\0\1"), BYTES("") },
		{ 0, COLUMN_FLOAT, VALUES_QUOTIENT, BYTES("\0\1\0\0"), BYTES("\1") },
		{ 0, COLUMN_FLOAT, VALUES_QUOTIENT, BYTES("\0\1\1\1\4\0\0"), BYTES("\1") },
		/* A site column of FORMAT, or one that there is not */
		{ COLUMN_SITE | COLUMN_FORMAT, COLUMN_INT, VALUES_PLAIN, BYTES(""), BYTES("") },
	};
	static const struct described good = { 0, COLUMN_INT, VALUES_INTS, BYTES("\1\0\1\2\0\0"),
		BYTES("\1\2\3\4\5") };
	struct described d[2] = { plain };

	(void)state;
	d[1] = good;
	assert_true(ready(d, 2, ROOM));
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		d[1] = bad[i];
		if (ready(d, 2, ROOM))
			fail_msg("damage %u", i);
	}
}

static void test_room_is_what_there_is(void **state)
{
	static const struct described d[] = { { 0, COLUMN_INT, VALUES_PLAIN, BYTES(""),
			BYTES("\1\2\3\2\1") } };

	(void)state;
	assert_true(ready(d, 1, 24));
	assert_false(ready(d, 1, 19));
	assert_false(ready(d, 1, 0));
}

static void test_columns_in_a_circle_are_refused(void **state)
{
	static const struct described d[] = {
		{ 0, COLUMN_INT, VALUES_INTS, BYTES("\1\0\0\1\2\1"), BYTES("\1\2") },
		{ 0, COLUMN_INT, VALUES_INTS, BYTES("\1\0\0\1\2\0"), BYTES("\1\2") },
	};

	(void)state;
	assert_false(ready(d, 2, ROOM));
}

static void test_long_rows_of_references_are_refused(void **state)
{
	char params[MAX_COLUMNS][6];
	struct columns t = { .n = 0 };

	(void)state;
	/* Each refers to the next; the last to none. */
	for (unsigned i = 0; i < MAX_COLUMNS; i++) {
		struct described d = { 0, COLUMN_INT, VALUES_INTS, params[i], 6, BYTES("\1\2") };

		memcpy(params[i], "\1\0\0\1\2", 5);
		params[i][5] = (char)(i + 1);
		if (i + 1 == MAX_COLUMNS) {
			d.params = "\1\0\0\0";
			d.params_len = 4;
		}
		assert_true(add(&t, &d));
	}
	assert_false(prepare(&t, ROOM));
	/* Some fewer are not. */
	t.n = 0;
	for (unsigned i = 0; i < INTS_DEPTH_MAX; i++) {
		struct described d = { 0, COLUMN_INT, VALUES_INTS, params[i], 6, BYTES("\1\2") };

		if (i + 1 == INTS_DEPTH_MAX) {
			d.params = "\1\0\0\0";
			d.params_len = 4;
		}
		assert_true(add(&t, &d));
	}
	assert_true(prepare(&t, ROOM));
}

static void test_what_stands_for_an_end_is_not_referred_to(void **state)
{
	static const struct described d[] = {
		{ 0, COLUMN_INT, VALUES_INTS, BYTES("\0\4\2\0"), BYTES("") },
		{ 0, COLUMN_INT, VALUES_INTS, BYTES("\1\0\0\1\2\0"), BYTES("\1\2") },
	};

	(void)state;
	assert_true(ready(d, 1, ROOM));
	assert_false(ready(d, 2, ROOM));
}

static void test_numbers_of_texts_are_checked(void **state)
{
	static const struct described d = { 0, COLUMN_TEXT, VALUES_TEXTS, BYTES("\1\0\0\0"),
		BYTES("\1\0\2\377") };
	struct record r = { .n_allele = 2 };
	struct columns t = { .n = 0 };
	uint8_t field[32];

	(void)state;
	for (unsigned len = 0; len <= 6; len++) {
		t.n = 0;
		assert_true(add(&t, &d));
		t.readers[0].texts = cursor_over("\2\2AB\1C", len);
		assert_int_equal(prepare(&t, ROOM), len == 6);
	}
	for (unsigned i = 0; i < 4; i++) {
		struct byte_sink out = { .at = field, .end = field + sizeof(field) };

		assert_int_equal(column_reader_next(&t.readers[0], &no_tiles, &r, &out), i < 2);
		if (i < 2)
			assert_memory_equal(field, i ? "\0\7\2AB" : "\0\7\1C", i ? 5 : 4);
	}
}

static void test_n_follows_from_the_alleles(void **state)
{
	static const uint32_t want[N_ALLELE_COUNTS][3] = { { 2, 5, 2 }, { 3, 5, 3 }, { 6, 5, 6 } };

	(void)state;
	for (uint32_t rule = 0; rule < N_ALLELE_COUNTS; rule++) {
		static const uint8_t zeros[32];
		struct record r = { .n_allele = 3 };
		struct column_reader c;
		struct buf b = { 0 };
		struct cursor description;
		uint8_t room[256];
		struct byte_sink sink = { .at = room, .end = room + sizeof(room) };

		buf_put(&b, "\24\1\1\0", 4);
		buf_put_varint(&b, rule);
		buf_put(&b, "\0\0", 2);
		description = cursor_over(b.data, b.len);
		assert_true(column_reader_open(&c, &description, 1, 0));
		c.ns = cursor_over("\1\5", 2);
		c.values = cursor_over(zeros, sizeof(zeros));
		assert_true(column_readers_prepare(&c, 1, &no_tiles, &sink));
		for (unsigned i = 0; i < 3; i++) {
			uint8_t field[32];
			struct byte_sink out = { .at = field, .end = field + sizeof(field) };

			assert_true(column_reader_next(&c, &no_tiles, &r, &out));
			assert_int_equal(field[2], want[rule][i]);
		}
		buf_done(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_sum_of_columns_is_added),
		cmocka_unit_test(test_values_lie_in_the_order_of_contexts),
		cmocka_unit_test(test_ends_follow_the_record),
		cmocka_unit_test(test_quotients_have_exceptions),
		cmocka_unit_test(test_quotients_by_a_column),
		cmocka_unit_test(test_damaged_parameters_are_refused),
		cmocka_unit_test(test_room_is_what_there_is),
		cmocka_unit_test(test_columns_in_a_circle_are_refused),
		cmocka_unit_test(test_long_rows_of_references_are_refused),
		cmocka_unit_test(test_what_stands_for_an_end_is_not_referred_to),
		cmocka_unit_test(test_numbers_of_texts_are_checked),
		cmocka_unit_test(test_n_follows_from_the_alleles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
