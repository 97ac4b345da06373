/* SPDX-License-Identifier: MIT */
#include "core/codec/int_predict.h"

#include "tests/unit/format_columns.h"

static struct predict_table table;

/* To what is stored of an element, and back. */
static void assert_comes_back(struct random_column *c, struct predict_job *job)
{
	struct element_planes p = tile_element(&c->tile, job->element);
	size_t len = p.n * c->tile.width;
	struct buf truth = { 0 };
	struct buf stored = { 0 };
	struct element_planes out = { .n = p.n };

	if (!len)
		return;
	buf_put(&truth, p.data, len);
	assert_true(buf_reserve(&stored, len));
	out.data = stored.data;
	job->table = &table;
	predict_apply(job, &out);
	memcpy(p.data, stored.data, len);
	predict_undo(job);
	assert_memory_equal(p.data, truth.data, len);
	buf_done(&truth);
	buf_done(&stored);
}

/* Elements that are single values. */
static uint32_t single(const struct random_column *c)
{
	return c->layout.n_elements - c->layout.rest;
}

static void round_trip(uint8_t kind, unsigned shape)
{
	static const uint8_t widths[] = { 1, 2, 4 };
	uint32_t n_samples = random_below(600);
	size_t n_cells = random_below(20);
	struct random_column target;
	struct random_column other;
	struct predict_job job = { .how.kind = kind, .n_cells = n_cells };

	random_column_make(&target, widths[random_below(3)], n_samples, n_cells,
			1 + random_below(6), 4, shape);
	random_column_make(&other, widths[random_below(3)], n_samples, n_cells, 1 + random_below(6),
			4, random_below(4));
	job.target = &target.tile;
	for (job.element = 0; job.element < single(&target); job.element++) {
		bool own = job.element && random_below(2);

		job.from[0] = &other.tile;
		job.how.from[0].element = random_below(single(&other));
		job.from[1] = own ? &target.tile : &other.tile;
		job.how.from[1].element = random_below(own ? job.element : single(&other));
		assert_comes_back(&target, &job);
	}
	random_column_done(&target);
	random_column_done(&other);
}

static void test_every_predictor_comes_back(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < N_PREDICTORS; kind++)
		for (unsigned i = 0; i < 120; i++)
			round_trip((uint8_t)kind, i % 4);
}

/* A column of one byte a value, n values of each of the samples. */
static void fixed_column(struct random_column *c, const uint8_t *rows, uint32_t n_samples,
		size_t n_cells, uint32_t n)
{
	random_column_make(c, 1, n_samples, n_cells, n, n, 0);
	memcpy(c->rows.data, rows, c->rows.len);
	random_column_lay_out(c);
}

/* What @kind stores of the first element of @target. */
static void assert_stored(struct random_column *target, struct random_column *other, uint8_t kind,
		const uint8_t *want)
{
	struct element_planes p = tile_element(&target->tile, 0);
	struct element_planes out = { .n = p.n };
	uint8_t stored[16];
	struct predict_job job = { .how.kind = kind,
		.target = &target->tile,
		.from = { &other->tile, &other->tile },
		.n_cells = target->layout.n_cells,
		.table = &table };

	job.how.from[1].element = 1;
	out.data = stored;
	predict_apply(&job, &out);
	assert_memory_equal(stored, want, p.n);
}

static void test_predictions_are_those_of_the_format(void **state)
{
	/* Two samples, three cells: of one value, and of three. */
	static const uint8_t one[] = { 9, 8, 9, 8, 30, 200 };
	static const uint8_t three[] = { 5, 4, 0, 3, 5, 1, 5, 4, 0, 3, 6, 1, 100, 120, 110, 255, 2,
		3 };
	static const uint8_t none[] = { 9, 8, 9, 8, 30, 200 };
	static const uint8_t cell[] = { 9, 8, 0, 0, 21, 192 };
	static const uint8_t before[] = { 9, 255, 1, 255, 22, 170 };
	static const uint8_t context[] = { 9, 8, 0, 0, 30, 200 };
	static const uint8_t contexts[] = { 9, 8, 0, 8, 30, 200 };
	static const uint8_t sum[] = { 0, 255, 0, 254, 212, 196 };
	static const uint8_t second[] = { 5, 5, 5, 5, 187, 198 };
	struct random_column target;
	struct random_column other;

	(void)state;
	fixed_column(&target, one, 2, 3, 1);
	fixed_column(&other, three, 2, 3, 3);
	assert_stored(&target, &other, PREDICT_NONE, none);
	assert_stored(&target, &other, PREDICT_CELL, cell);
	assert_stored(&target, &other, PREDICT_BEFORE, before);
	assert_stored(&target, &other, PREDICT_ONE, context);
	assert_stored(&target, &other, PREDICT_TWO, contexts);
	assert_stored(&target, &other, PREDICT_SUM, sum);
	assert_stored(&target, &other, PREDICT_SECOND, second);
	random_column_done(&target);
	random_column_done(&other);
}

static void test_predictors_are_read_as_written(void **state)
{
	(void)state;
	for (unsigned k = 0; k < N_PREDICTORS; k++) {
		uint8_t kind = (uint8_t)k;
		struct predictor p = { .kind = kind };
		struct predictor back;
		struct buf bytes = { 0 };
		struct cursor c;

		for (unsigned i = 0; i < predictor_elements(kind) + predictor_columns(kind); i++) {
			p.from[i].column = 300 + i;
			p.from[i].element = predictor_elements(kind) ? 7 : 0;
		}
		predictor_put(&bytes, &p);
		c = cursor_over(bytes.data, bytes.len);
		assert_true(predictor_read(&c, &back));
		assert_true(cursor_finished(&c));
		assert_memory_equal(&p, &back, sizeof(p));
		c = cursor_over(bytes.data, bytes.len - 1);
		assert_false(predictor_read(&c, &back) && kind != PREDICT_NONE);
		buf_done(&bytes);
	}
}

static void test_unknown_predictor_is_refused(void **state)
{
	static const uint8_t bytes[] = { N_PREDICTORS, 0, 0, 0, 0 };
	struct cursor c = cursor_over(bytes, sizeof(bytes));
	struct predictor p;

	(void)state;
	assert_false(predictor_read(&c, &p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_predictor_comes_back),
		cmocka_unit_test(test_predictions_are_those_of_the_format),
		cmocka_unit_test(test_predictors_are_read_as_written),
		cmocka_unit_test(test_unknown_predictor_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
