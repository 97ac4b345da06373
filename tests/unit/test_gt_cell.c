/* SPDX-License-Identifier: MIT */
#include "core/codec/gt_cell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/codec/gt_streams.h"
#include "core/record/record.h"

static uint32_t seed = 1;

static uint32_t next_random(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

static void put(uint8_t type, uint8_t *values, size_t i, int32_t v)
{
	int16_t v16 = (int16_t)v;

	if (type == RECORD_INT8)
		values[i] = (uint8_t)v;
	else if (type == RECORD_INT16)
		memcpy(values + 2 * i, &v16, sizeof(v16));
	else
		memcpy(values + 4 * i, &v, sizeof(v));
}

static int32_t end_of(uint8_t type)
{
	return type == RECORD_INT8    ? INT8_MIN + 1
	       : type == RECORD_INT16 ? INT16_MIN + 1
				      : INT32_MIN + 1;
}

/* Genotypes of all kinds: one in @rare slots is not REF, of these a tenth is missing. */
static void make(uint8_t type, uint8_t *values, uint32_t ploidy, uint32_t n_samples, uint32_t n_alt,
		uint32_t rare, int mixed)
{
	for (uint32_t s = 0; s < n_samples; s++) {
		uint32_t here = mixed ? 1 + next_random(ploidy) : ploidy;

		for (uint32_t p = 0; p < ploidy; p++) {
			uint32_t allele = next_random(rare) ? 0 : next_random(n_alt + 1);
			int32_t v = (int32_t)(allele + 1) << 1;

			if (allele && !next_random(10))
				v = 0;
			if (p && (!mixed || next_random(2)))
				v |= 1;
			put(type, values, (size_t)s * ploidy + p, p < here ? v : end_of(type));
		}
	}
}

static void round_trip(uint8_t type, uint32_t ploidy, uint32_t n_samples, uint32_t n_alt,
		uint32_t rare, int mixed)
{
	size_t n = (size_t)ploidy * n_samples * record_type_size(type);
	uint8_t *values = malloc(n + 1);
	uint8_t *back = malloc(n + 1);
	struct gt_scratch scratch = { 0 };
	struct gt_writer w = { 0 };
	struct gt_reader r = { .max_slots = ploidy * n_samples };
	struct buf cell = { 0 };
	uint8_t *cell_back;
	size_t len = 0;

	make(type, values, ploidy, n_samples, n_alt, rare, mixed);
	assert_int_equal(gt_cell_encode(type, values, ploidy, n_samples, &scratch, &cell), 1);
	assert_true(gt_cell_values(cell.data, cell.len, ploidy, n_samples, back));
	assert_memory_equal(values, back, n);

	for (int i = 0; i < 3; i++)
		assert_int_equal(gt_writer_put(&w, cell.data, cell.len, ploidy * n_samples), 0);
	for (unsigned i = 0; i < N_GT_STREAMS; i++)
		r.streams[i] = cursor_over(w.streams[i].data, w.streams[i].len);
	cell_back = malloc(cell.len);
	for (int i = 0; i < 3; i++) {
		assert_true(gt_reader_next(
				&r, ploidy * n_samples, NULL, cell_back, cell.len, &len));
		assert_int_equal(len, cell.len);
		assert_memory_equal(cell_back, cell.data, len);
	}
	for (unsigned i = 0; i < N_GT_STREAMS; i++)
		assert_true(cursor_finished(&r.streams[i]));
	gt_reader_done(&r);

	free(cell_back);
	gt_writer_done(&w);
	gt_scratch_done(&scratch);
	buf_done(&cell);
	free(values);
	free(back);
}

static void test_genotypes_of_every_shape_come_back(void **state)
{
	static const uint32_t samples[] = { 1, 3, 4, 7, 100, 2504 };
	static const uint32_t rares[] = { 1, 2, 50, 5000 };

	(void)state;
	for (unsigned i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		for (uint32_t ploidy = 1; ploidy <= 5; ploidy++)
			for (unsigned k = 0; k < sizeof(rares) / sizeof(rares[0]); k++)
				for (int mixed = 0; mixed < 2; mixed++) {
					round_trip(RECORD_INT8, ploidy, samples[i], 1, rares[k],
							mixed);
					round_trip(RECORD_INT8, ploidy, samples[i], 12, rares[k],
							mixed);
					round_trip(RECORD_INT16, ploidy, samples[i], 300, rares[k],
							mixed);
				}
	round_trip(RECORD_INT8, 2, 40000, 1, 50, 0); /* slots of more than 16 bits */
	round_trip(RECORD_INT8, 2, 40000, 12, 5000, 1);
	round_trip(RECORD_INT32, 2, 50, 3, 2, 1);
	round_trip(RECORD_INT32, 255, 3, 4095, 2, 1);
}

static void test_values_that_are_no_genotypes_do_not_fit(void **state)
{
	struct gt_scratch scratch = { 0 };
	struct buf cell = { 0 };
	static const uint8_t missing[] = { 0x80, 4 };
	static const uint8_t reserved[] = { 2, 0x83 };
	static const int32_t high[] = { (4096 + 1) << 1, 2 };

	(void)state;
	assert_int_equal(gt_cell_encode(RECORD_INT8, missing, 2, 1, &scratch, &cell), 0);
	assert_int_equal(gt_cell_encode(RECORD_INT8, reserved, 2, 1, &scratch, &cell), 0);
	assert_int_equal(gt_cell_encode(RECORD_INT32, (const uint8_t *)high, 2, 1, &scratch, &cell),
			0);
	assert_int_equal(gt_cell_encode(RECORD_FLOAT, missing, 1, 1, &scratch, &cell), 0);
	assert_int_equal(gt_cell_encode(RECORD_INT8, missing, 0, 1, &scratch, &cell), 0);
	assert_int_equal(gt_cell_encode(RECORD_INT8, missing, 256, 0, &scratch, &cell), 0);
	assert_int_equal(cell.len, 0);
	gt_scratch_done(&scratch);
	buf_done(&cell);
}

static void test_damaged_cells_are_refused(void **state)
{
	/* type, phase, n_alt 1; ALT: a list of 2 slots; MISSING and END empty */
	static const uint8_t sound[] = { 1, 0, 1, 0, 1, 2, 0, 0, 0, 0, 0, 3, 0, 0, 0 };
	uint8_t values[4];
	uint8_t bad[sizeof(sound)];

	(void)state;
	assert_true(gt_cell_values(sound, sizeof(sound), 2, 2, values));
	for (size_t n = 0; n < sizeof(sound); n++)
		assert_false(gt_cell_values(sound, n, 2, 2, values));
	memcpy(bad, sound, sizeof(bad));
	bad[11] = 4; /* past the last slot */
	assert_false(gt_cell_values(bad, sizeof(bad), 2, 2, values));
	bad[11] = 0; /* not ascending */
	assert_false(gt_cell_values(bad, sizeof(bad), 2, 2, values));
	bad[11] = 3;
	bad[4] = 9; /* no such form */
	assert_false(gt_cell_values(bad, sizeof(bad), 2, 2, values));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_genotypes_of_every_shape_come_back),
		cmocka_unit_test(test_values_that_are_no_genotypes_do_not_fit),
		cmocka_unit_test(test_damaged_cells_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
