/* SPDX-License-Identifier: MIT */
/* The parts that GTB files are made of: numbers, columns, rows of genotypes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/gtb/calls.h"
#include "core/gtb/ccf_column.h"
#include "core/gtb/ccf_numbers.h"

static struct gtb_room room = { .max = 64 << 20 };

static void test_numbers_of_every_length(void **state)
{
	static const struct {
		uint8_t bytes[9];
		unsigned n;
		int64_t length;
		int64_t item;
		int64_t varint; /* of 64 bits */
	} cases[] = {
		{ { 0x14 }, 1, 5, 5, INT64_MIN },
		{ { 0x11, 0x01 }, 2, 68, 68, INT64_MIN },
		{ { 0x02, 0x00, 0x01 }, 3, 1 << 14, 1 << 14, INT64_MIN },
		{ { 0x03, 0, 0, 0x80 }, 4, 1 << 28, 1 << 29, INT64_MIN },
		{ { 0x0f, 0, 0, 0, 0x10 }, 5, (int64_t)1 << 32, INT64_MIN, INT64_MIN },
		{ { 0x07, 0, 0, 0, 0, 0x20 }, 6, (int64_t)1 << 40, INT64_MIN, INT64_MIN },
		{ { 0x17, 0, 0, 0, 0, 0, 0x20 }, 7, (int64_t)1 << 48, INT64_MIN, INT64_MIN },
		{ { 0x28 }, 1, INT64_MIN, INT64_MIN, 5 },
		{ { 0x29 }, 1, INT64_MIN, INT64_MIN, -6 },
		{ { 0x92, 0x01 }, 2, INT64_MIN, INT64_MIN, 50 },
		{ { 0x24, 0x82, 0x08 }, 3, INT64_MIN, INT64_MIN, 69700 },
		{ { 0x06, 0, 0, 0x80 }, 4, INT64_MIN, INT64_MIN, 1 << 27 },
		{ { 0x1e, 0, 0, 0, 0x80 }, 5, INT64_MIN, INT64_MIN, (int64_t)1 << 34 },
		{ { 0x2e, 0, 0, 0, 0, 0x80 }, 6, INT64_MIN, INT64_MIN, (int64_t)1 << 41 },
		{ { 0x0f, 0, 0, 0, 0, 0, 0x80 }, 7, INT64_MIN, INT64_MIN, ~((int64_t)1 << 48) },
		{ { 0x4f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f }, 9, INT64_MIN, INT64_MIN,
				~INT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (unsigned n = 0; n <= cases[i].n; n++) {
			struct cursor a = cursor_over(cases[i].bytes, n);
			struct cursor b = a;
			struct cursor c = a;
			bool whole = n == cases[i].n;
			uint64_t length = ccf_length(&a);
			uint64_t item = ccf_item_length(&b);
			int64_t varint = ccf_varint(&c, 64);

			if (cases[i].length != INT64_MIN) {
				assert_int_equal(cursor_finished(&a), whole);
				assert_true(length == (whole ? (uint64_t)cases[i].length : 0));
			}
			if (cases[i].item != INT64_MIN) {
				assert_int_equal(cursor_finished(&b), whole);
				assert_true(item == (whole ? (uint64_t)cases[i].item : 0));
			}
			if (cases[i].varint != INT64_MIN && whole) {
				assert_true(cursor_finished(&c));
				assert_true(varint == cases[i].varint);
			}
			if (cases[i].varint != INT64_MIN && !whole)
				assert_true(cursor_bad(&c));
		}
	}
}

static void test_numbers_of_32_bits_have_no_longer_forms(void **state)
{
	static const uint8_t six[] = { 0x2e, 0, 0, 0, 0, 0x80 };
	struct cursor c = cursor_over(six, sizeof(six));

	(void)state;
	ccf_varint(&c, 32);
	assert_true(cursor_bad(&c));
}

/* A column of @n elements of the type called @type, of a copy of the bytes. */
static int column_of(const char *type, const void *p, size_t len, uint32_t n,
		struct ccf_column *out, struct err *err)
{
	const struct gtb_type *t = ccf_type_find((struct gtb_text){ type, strlen(type) });
	uint8_t *raw;
	int r = 0;

	assert_non_null(t);
	raw = gtb_room_alloc(&room, len, &r, err);
	assert_non_null(raw);
	memcpy(raw, p, len);
	return ccf_column_init(out, t, raw, len, n, &room, err);
}

/* The only item of element @i. */
static struct gtb_item item_of(const struct ccf_column *c, uint32_t i)
{
	struct gtb_value v;
	struct gtb_item item;

	assert_int_equal(ccf_column_value(c, i, &v, NULL), 0);
	assert_true(gtb_value_next(&v, &item));
	return item;
}

static void test_differences_wrap_around(void **state)
{
	/* 2^31 - 1, then 1 more; as a number of five bytes and one. */
	static const uint8_t bytes[] = { 0xfe, 0xff, 0xff, 0xff, 0x0f, 0x08, 2, 1 };
	struct ccf_column c;

	(void)state;
	assert_int_equal(column_of("VarInt32", bytes, sizeof(bytes), 2, &c, NULL), 0);
	assert_true(item_of(&c, 0).i == 0x7fffffff);
	assert_true(item_of(&c, 1).i == -2147483648LL);
	ccf_column_done(&c);
	assert_int_equal(room.used, 0);
}

static void test_repeated_elements_are_the_same_bytes(void **state)
{
	static const uint8_t bytes[] = { 0x0c, 'a', 'b', 'c', 0x07, 0x00, 0x07, 4, 1 };
	struct ccf_column c;

	(void)state;
	assert_int_equal(column_of("bytecode", bytes, sizeof(bytes), 4, &c, NULL), 0);
	assert_true(item_of(&c, 1).text.s == item_of(&c, 0).text.s);
	assert_int_equal(item_of(&c, 1).text.len, 3);
	assert_int_equal(item_of(&c, 3).text.len, 0);
	ccf_column_done(&c);
}

/* Elements whose lengths stay the same for a while, some of them repeated. */
static void test_elements_of_the_same_length(void **state)
{
	enum { N = 300 };
	struct buf bytes = { 0 };
	char texts[N];
	size_t lens[N];

	(void)state;
	for (unsigned n_head = 1; n_head <= 4; n_head++)
		for (size_t len = 0; len < 5; len++) {
			struct ccf_column c;

			buf_clear(&bytes);
			for (uint32_t i = 0; i < N; i++) {
				size_t n = rand() % 20 ? len : (size_t)(rand() % 5);
				uint32_t head = (uint32_t)(n << 2 | (n_head - 1));

				if (n_head == 4)
					head = (uint32_t)(n << 3 | 3);
				texts[i] = i && rand() % 4 == 0 ? texts[i - 1]
								: (char)('!' + i % 90);
				lens[i] = n;
				if (i && texts[i] == texts[i - 1]) {
					lens[i] = lens[i - 1];
					buf_put_u8(&bytes, 0x07);
					continue;
				}
				head = htole32(head);
				buf_put(&bytes, &head, n_head);
				for (size_t k = 0; k < n; k++)
					buf_put_u8(&bytes, (uint8_t)texts[i]);
			}
			buf_put_u16(&bytes, htole16(N));
			buf_put_u8(&bytes,
					1 | 1 << 1); /* of variable length; a number of 2 bytes */
			assert_int_equal(column_of("bytecode", bytes.data, bytes.len, N, &c, NULL),
					0);
			for (uint32_t i = 0; i < N; i++) {
				struct gtb_text t = item_of(&c, i).text;

				assert_int_equal(t.len, lens[i]);
				for (size_t k = 0; k < t.len; k++)
					assert_int_equal(t.s[k], texts[i]);
			}
			ccf_column_done(&c);
		}
	buf_done(&bytes);
	assert_int_equal(room.used, 0);
}

static void test_numbers_of_fixed_width(void **state)
{
	static const uint8_t bools[] = { 0xa0, 0x80, 9, 0 };
	static const uint8_t nibbles[] = { 0xf8, 0x07, 3, 0 };
	static const uint8_t int24[] = { 0xff, 0xff, 0xff, 0, 0, 0x80, 3, 2, 0 };
	static const uint8_t float8[] = { 74, 0x80, 127, 0x81, 1, 4, 0 };
	static const uint8_t float16[] = { 0x00, 0x3c, 0x01, 0x00, 0x00, 0xfc, 2, 3, 0 };
	static const uint8_t float64[] = { 0, 0, 0, 0, 0, 0, 0xf8, 0xbf, 8, 1, 0 };
	struct ccf_column c;

	(void)state;
	assert_int_equal(column_of("bool", bools, sizeof(bools), 9, &c, NULL), 0);
	assert_int_equal(item_of(&c, 0).i, 1);
	assert_int_equal(item_of(&c, 1).i, 0);
	assert_int_equal(item_of(&c, 2).i, 1);
	assert_int_equal(item_of(&c, 8).i, 1);
	ccf_column_done(&c);
	assert_int_equal(column_of("int4", nibbles, sizeof(nibbles), 3, &c, NULL), 0);
	assert_int_equal(item_of(&c, 0).i, -8);
	assert_int_equal(item_of(&c, 1).i, -1);
	assert_int_equal(item_of(&c, 2).i, 7);
	ccf_column_done(&c);
	assert_int_equal(column_of("int24", int24, sizeof(int24), 2, &c, NULL), 0);
	assert_int_equal(item_of(&c, 0).i, -1);
	assert_int_equal(item_of(&c, 1).i, -(1 << 23));
	ccf_column_done(&c);
	assert_int_equal(column_of("float8", float8, sizeof(float8), 4, &c, NULL), 0);
	assert_true(fabs(item_of(&c, 0).f - 0.74) < 1e-12);
	assert_true(isnan(item_of(&c, 1).f));
	assert_true(isinf(item_of(&c, 2).f) && item_of(&c, 2).f > 0);
	assert_true(isinf(item_of(&c, 3).f) && item_of(&c, 3).f < 0);
	ccf_column_done(&c);
	assert_int_equal(column_of("float16", float16, sizeof(float16), 3, &c, NULL), 0);
	assert_true(fabs(item_of(&c, 0).f - 1) < 1e-12);
	assert_true(fabs(item_of(&c, 1).f * 16777216 - 1) < 1e-12); /* 2^-24: subnormal */
	assert_true(isinf(item_of(&c, 2).f));
	ccf_column_done(&c);
	assert_int_equal(column_of("float64", float64, sizeof(float64), 1, &c, NULL), 0);
	assert_true(fabs(item_of(&c, 0).f + 1.5) < 1e-12);
	ccf_column_done(&c);
}

static void test_maps_have_their_keys_first(void **state)
{
	static const uint8_t bytes[] = { 0x18, 0x04, 'A', 0x04, 'B', 2, 10, /* keys: 6 bytes */
		0x08, 1, 0xff, 0x07, 3, 1 };
	struct gtb_item item;
	struct gtb_value v;
	struct ccf_column c;

	(void)state;
	assert_int_equal(column_of("int8map", bytes, sizeof(bytes), 2, &c, NULL), 0);
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(ccf_column_value(&c, i, &v, NULL), 0);
		assert_int_equal(v.n_items, 2);
		assert_true(gtb_value_next(&v, &item));
		assert_memory_equal(item.key.s, "A", 1);
		assert_int_equal(item.i, 1);
		assert_true(gtb_value_next(&v, &item));
		assert_memory_equal(item.key.s, "B", 1);
		assert_int_equal(item.i, -1);
		assert_false(gtb_value_next(&v, &item));
	}
	ccf_column_done(&c);
}

static void test_columns_that_lie_are_refused(void **state)
{
	static const struct {
		const char *type;
		const char *fault;
		size_t len;
		uint32_t n;
		uint8_t bytes[12];
	} cases[] = {
		{ "bytecode", "is empty", 0, 1, { 0 } },
		{ "bytecode", "no room for the number", 1, 1, { 1 } },
		{ "bytecode", "another kind", 3, 1, { 0, 1, 0 } },
		{ "bytecode", "2 elements for 1", 4, 1, { 0, 0, 2, 1 } },
		{ "bytecode", "does not end in it", 4, 1, { 0x08, 'a', 1, 1 } },
		{ "bytecode", "more than its elements", 5, 1, { 0x04, 'a', 'b', 1, 1 } },
		{ "bytecode", "does not end in it", 3, 1, { 0x07, 1, 1 } }, /* repeats nothing */
		{ "bytecode", "does not end in it", 7, 1, { 0x0f, 0, 0, 0, 0, 1, 1 } },
		{ "bytecode", "too short for its elements", 3, 2, { 0, 2, 1 } },
		{ "varint32", "does not end in it", 3, 1, { 0x02, 1, 1 } },
		{ "varint32", "does not end in it", 4, 1, { 0x08, 0x08, 1, 1 } },
		{ "int16", "width", 4, 1, { 0, 1, 1, 0 } },
		{ "int16", "does not hold its elements", 4, 1, { 0, 2, 1, 0 } },
		{ "bool", "does not hold its elements", 3, 9, { 0, 9, 0 } },
		{ "int8map", "1 elements for 1", 3, 1, { 0, 1, 1 } },
		{ "int8map", "nested list", 5, 1, { 0x04, 9, 0x00, 2, 1 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ccf_column c;
		struct err err = { 0 };

		assert_int_equal(column_of(cases[i].type, cases[i].bytes, cases[i].len, cases[i].n,
						 &c, &err),
				-EBADMSG);
		assert_non_null(strstr(err.msg, cases[i].fault));
		assert_int_equal(room.used, 0);
	}
}

static void test_nested_lists_have_what_they_count(void **state)
{
	static const uint8_t good[] = { 0x04, 'A', 0x08, 'C', 'G', 2, 0x0b };
	static const uint8_t long_count[] = { 0x04, 'A', 1, 0, 0x4a };
	struct ccf_nested nested;
	uint8_t bad[sizeof(good)];

	(void)state;
	assert_int_equal(ccf_nested(good, sizeof(good), false, &nested, NULL), 0);
	assert_int_equal(nested.n_items, 2);
	assert_int_equal(ccf_nested_next(&nested.at, nested.end).len, 1);
	assert_memory_equal(ccf_nested_next(&nested.at, nested.end).s, "CG", 2);
	assert_true(nested.at == nested.end);
	assert_int_equal(ccf_nested(long_count, sizeof(long_count), false, &nested, NULL), 0);
	assert_int_equal(nested.n_items, 1);
	assert_int_equal(ccf_nested(good, sizeof(good), true, &nested, NULL), -EBADMSG);
	for (size_t i = 1; i < sizeof(good); i++)
		assert_int_equal(ccf_nested(good, i, false, &nested, NULL), -EBADMSG);
	for (int count = 0; count < 256; count++) {
		memcpy(bad, good, sizeof(bad));
		bad[5] = (uint8_t)count;
		assert_int_equal(ccf_nested(bad, sizeof(bad), false, &nested, NULL),
				count == 2 ? 0 : -EBADMSG);
	}
}

static void test_every_code_is_its_alleles(void **state)
{
	struct calls_scratch s = { 0 };
	struct gtb_calls calls;
	uint8_t row[2];
	struct stored_row words = { .kind = ROW_WORDS,
		.has_counts = true,
		.an = 2,
		.bytes = row,
		.len = 2,
		.code_max = GTB_CODE_MAX };

	(void)state;
	assert_int_equal(calls_scratch_init(&s, 1), 0);
	for (unsigned a = 0; a < 255; a++)
		for (unsigned b = 0; b < 255; b++) {
			unsigned code = a >= b ? (a + 1) * (a + 1) - b : b * b + a + 1;

			row[0] = (uint8_t)code;
			row[1] = (uint8_t)(code >> 8);
			words.n_alleles = 255;
			words.phased = true;
			words.ac = (a > 0) + (b > 0);
			assert_int_equal(calls_decode(&s, &words, &calls, NULL), 0);
			assert_int_equal(calls.alleles[0], a);
			assert_int_equal(calls.alleles[1], b);
			words.n_alleles = a > b ? a : b;
			words.phased = false;
			assert_int_equal(calls_decode(&s, &words, &calls, NULL), 0);
			assert_int_equal(calls.n_out_of_range, 1);
			assert_int_equal(calls.alleles[0], GTB_MISSING);
			words.n_alleles = 255;
			assert_int_equal(calls_decode(&s, &words, &calls, NULL), 0);
			assert_int_equal(calls.alleles[0], a < b ? a : b);
			words.ac++;
			assert_int_equal(calls_decode(&s, &words, &calls, NULL), -EBADMSG);
		}
	calls_scratch_done(&s);
}

static int decode(struct calls_scratch *s, enum row_kind kind, bool phased, const uint8_t *bytes,
		size_t len, uint32_t code_max)
{
	const struct stored_row row = { .kind = kind,
		.phased = phased,
		.bytes = bytes,
		.len = len,
		.code_max = code_max,
		.n_alleles = 255 };
	struct gtb_calls calls;

	return calls_decode(s, &row, &calls, NULL);
}

static void test_rows_of_every_kind(void **state)
{
	static const struct {
		enum row_kind kind;
		bool phased;
		uint8_t row[24];
		size_t len;
	} rows[] = {
		/* 0|0, missing, 1|1, 0|1, 0|1 of five samples */
		{ ROW_PACKED, true, { 25 * 1 + 5 * 0 + 3, 25 * 2 + 5 * 2 + 4 }, 2 },
		{ ROW_PACKED, false, { 1 << 6 | 0 << 4 | 3 << 2 | 2, 2 << 6 | 63 }, 2 },
		{ ROW_BYTES, false, { 1, 0, 3, 2, 2 }, 5 },
		{ ROW_WORDS, true, { 1, 0, 0, 0, 3, 0, 2, 0, 2, 0 }, 10 },
		{ ROW_PLINK, false, { 0 | 1 << 2 | 3 << 4 | 2 << 6, 2 | 0xfc }, 2 },
		{ ROW_SPARSE, true,
				{ 2, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0,
						0 },
				22 },
	};
	static const uint16_t want[] = { 1, 0, 3, 2, 2 };
	struct calls_scratch s = { 0 };

	(void)state;
	assert_int_equal(calls_scratch_init(&s, 5), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool sparse = rows[i].kind == ROW_SPARSE;

		assert_int_equal(decode(&s, rows[i].kind, rows[i].phased, rows[i].row, rows[i].len,
						 225),
				0);
		for (unsigned k = 0; k < 5; k++)
			assert_int_equal(s.codes[k], sparse && k == 2 ? 2 : want[k]);
		assert_int_equal(decode(&s, rows[i].kind, rows[i].phased, rows[i].row,
						 rows[i].len - 1, 225),
				-EBADMSG);
		assert_int_equal(decode(&s, rows[i].kind, rows[i].phased, rows[i].row,
						 rows[i].len + 1, 225),
				-EBADMSG);
	}
	calls_scratch_done(&s);
}

static void test_rows_that_cannot_be_are_refused(void **state)
{
	static const uint8_t too_large[] = { 1, 226, 1 };
	static const uint8_t no_such_sample[] = { 1, 0, 2, 0, 1, 0, 0, 0, 3, 0, 0, 0 };
	static const uint8_t endless[] = { 1, 0, 2, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0 };
	struct calls_scratch s = { 0 };
	uint8_t packed = 124;

	(void)state;
	assert_int_equal(calls_scratch_init(&s, 3), 0);
	assert_int_equal(decode(&s, ROW_BYTES, false, too_large, 3, 225), -EBADMSG);
	assert_int_equal(decode(&s, ROW_BYTES, false, too_large, 3, 226), 0);
	assert_int_equal(decode(&s, ROW_SPARSE, false, no_such_sample, 12, 225), -EBADMSG);
	assert_int_equal(decode(&s, ROW_SPARSE, false, endless, 12, 225), -EBADMSG);
	assert_int_equal(decode(&s, ROW_PACKED, true, &packed, 1, 225), 0);
	packed = 125;
	assert_int_equal(decode(&s, ROW_PACKED, true, &packed, 1, 225), -EBADMSG);
	calls_scratch_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_of_every_length),
		cmocka_unit_test(test_numbers_of_32_bits_have_no_longer_forms),
		cmocka_unit_test(test_differences_wrap_around),
		cmocka_unit_test(test_repeated_elements_are_the_same_bytes),
		cmocka_unit_test(test_elements_of_the_same_length),
		cmocka_unit_test(test_numbers_of_fixed_width),
		cmocka_unit_test(test_maps_have_their_keys_first),
		cmocka_unit_test(test_columns_that_lie_are_refused),
		cmocka_unit_test(test_nested_lists_have_what_they_count),
		cmocka_unit_test(test_every_code_is_its_alleles),
		cmocka_unit_test(test_rows_of_every_kind),
		cmocka_unit_test(test_rows_that_cannot_be_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
