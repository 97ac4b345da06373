/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/codec/gt_order.h"

static unsigned seed = 7;

static uint32_t random_below(uint32_t n)
{
	seed = seed * 1103515245 + 12345;
	return (uint32_t)((uint64_t)(seed >> 4) * n >> 28);
}

enum form { AS_RUNS, AS_LIST, AS_BITS, N_FORMS };

struct rows {
	uint32_t n;
	uint8_t *row;     /* by slot, with padding */
	uint8_t *places;  /* by place, with padding */
	uint8_t *back;    /* by slot, as read */
	uint32_t *naive;  /* the order that slots should have */
	uint32_t *sorted; /* the next one */
	struct gt_order writer;
	struct gt_order reader;
};

static size_t row_bytes(const struct rows *r)
{
	return (r->n + 7) / 8 + 8;
}

static void rows_make(struct rows *r, uint32_t n)
{
	memset(r, 0, sizeof(*r));
	r->n = n;
	r->row = malloc(row_bytes(r));
	r->places = malloc(row_bytes(r));
	r->back = malloc(row_bytes(r));
	r->naive = malloc(n * sizeof(*r->naive));
	r->sorted = malloc(n * sizeof(*r->sorted));
	for (uint32_t i = 0; i < n; i++)
		r->naive[i] = i;
	assert_int_equal(gt_order_begin(&r->writer, n), 0);
	assert_int_equal(gt_order_begin(&r->reader, n), 0);
}

static void rows_done(struct rows *r)
{
	free(r->row);
	free(r->places);
	free(r->back);
	free(r->naive);
	free(r->sorted);
	gt_order_done(&r->writer);
	gt_order_done(&r->reader);
}

static int bit(const uint8_t *row, uint32_t i)
{
	return row[i / 8] >> i % 8 & 1;
}

/* A row of about one in @rare, in stretches. */
static uint32_t rows_draw(struct rows *r, uint32_t rare)
{
	uint32_t n_ones = 0;
	int value = 0;

	memset(r->row, 0, row_bytes(r));
	for (uint32_t i = 0; i < r->n; i++) {
		if (random_below(4) == 0)
			value = random_below(rare) == 0;
		r->row[i / 8] |= (uint8_t)(value << i % 8);
		n_ones += (uint32_t)value;
	}
	return n_ones;
}

static void naive_move(struct rows *r)
{
	uint32_t at = 0;

	for (int value = 0; value < 2; value++)
		for (uint32_t i = 0; i < r->n; i++)
			if (bit(r->row, r->naive[i]) == value)
				r->sorted[at++] = r->naive[i];
	memcpy(r->naive, r->sorted, r->n * sizeof(*r->naive));
}

static void read_back(struct rows *r, enum form form, uint32_t n_ones)
{
	struct buf list = { 0 };
	struct buf ones = { 0 };
	struct cursor c;
	struct cursor d;

	if (form == AS_RUNS) {
		gt_runs_put(r->places, r->n, &list, &ones);
		c = cursor_over(list.data, list.len);
		d = cursor_over(ones.data, ones.len);
		assert_true(gt_order_take_runs(&r->reader, &c, &d, n_ones));
		assert_true(cursor_finished(&c) && cursor_finished(&d));
	} else if (form == AS_LIST) {
		gt_list_put(r->places, r->n, &list);
		c = cursor_over(list.data, list.len);
		assert_true(gt_order_take_list(&r->reader, &c, n_ones));
		assert_true(cursor_finished(&c));
	} else {
		assert_true(gt_order_take_bits(&r->reader, r->places, n_ones));
	}
	memset(r->back, 0, row_bytes(r));
	gt_order_last(&r->reader, n_ones, r->back);
	assert_memory_equal(r->row, r->back, (r->n + 7) / 8);
	buf_done(&list);
	buf_done(&ones);
}

static void move_through(uint32_t n, unsigned n_rows)
{
	static const uint32_t rares[] = { 1, 2, 3, 20, 400 };
	struct rows r;

	rows_make(&r, n);
	for (unsigned i = 0; i < n_rows; i++) {
		uint32_t n_ones = rows_draw(&r, rares[random_below(5)]);

		memset(r.places, 0, row_bytes(&r));
		gt_order_gather(&r.writer, r.row, r.places);
		for (uint32_t k = 0; k < n; k++)
			assert_int_equal(bit(r.places, k), bit(r.row, r.naive[k]));
		gt_order_move(&r.writer, r.places);
		read_back(&r, i % N_FORMS, n_ones);
		naive_move(&r);
		for (uint32_t k = 0; k < n; k++) {
			assert_int_equal(gt_order_slot(&r.writer, k), r.naive[k]);
			assert_int_equal(gt_order_slot(&r.reader, k), r.naive[k]);
		}
	}
	rows_done(&r);
}

static void test_rows_move_the_order_as_the_transform_says(void **state)
{
	(void)state;
	for (uint32_t n = 1; n < 140; n++)
		move_through(n, 12);
	move_through(5008, 9);
	move_through(65536, 3);
	move_through(65537, 3);
}

static void test_runs_by_slot_come_back(void **state)
{
	struct rows r;

	(void)state;
	for (uint32_t n = 1; n < 200; n++) {
		struct buf zeros = { 0 };
		struct buf ones = { 0 };
		struct cursor c;
		struct cursor d;
		uint32_t n_ones;

		rows_make(&r, n);
		n_ones = rows_draw(&r, 1 + n % 4);
		gt_runs_put(r.row, n, &zeros, &ones);
		memset(r.back, 0, row_bytes(&r));
		c = cursor_over(zeros.data, zeros.len);
		d = cursor_over(ones.data, ones.len);
		assert_true(gt_runs_next(&c, &d, n, n_ones, r.back));
		assert_true(cursor_finished(&c) && cursor_finished(&d));
		assert_memory_equal(r.row, r.back, (n + 7) / 8);
		c = cursor_over(zeros.data, zeros.len);
		d = cursor_over(ones.data, ones.len);
		assert_false(gt_runs_next(&c, &d, n, n_ones + 1, r.back));
		buf_done(&zeros);
		buf_done(&ones);
		rows_done(&r);
	}
}

/* What is not a row of so many slots with so many ones. */
static void test_damaged_rows_are_refused(void **state)
{
	static const uint8_t past_end[] = { 3, 11 };
	static const uint8_t too_far[] = { 0x85, 0x02 };
	static const uint8_t bits[] = { 0xff, 0x07 };
	struct gt_order o = { 0 };
	struct cursor c;
	struct cursor d;

	(void)state;
	assert_int_equal(gt_order_begin(&o, 10), 0);
	c = cursor_over(past_end, 1);
	d = cursor_over(past_end + 1, 1);
	assert_false(gt_order_take_runs(&o, &c, &d, 5));
	c = cursor_over(past_end, 1);
	d = cursor_over(NULL, 0);
	assert_false(gt_order_take_runs(&o, &c, &d, 5));
	c = cursor_over(too_far, 2);
	assert_false(gt_order_take_list(&o, &c, 1));
	c = cursor_over(past_end, 2);
	assert_false(gt_order_take_list(&o, &c, 2));
	assert_false(gt_order_take_bits(&o, bits, 11));
	assert_false(gt_order_take_bits(&o, bits, 10));
	gt_order_done(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_move_the_order_as_the_transform_says),
		cmocka_unit_test(test_runs_by_slot_come_back),
		cmocka_unit_test(test_damaged_rows_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
