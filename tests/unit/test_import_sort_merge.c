/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/import/sort_merge.h"

enum { N_BATCHES = 60, BATCH_RECORDS = 500, N_CONTIGS = 3, N_POSITIONS = 200 };

/* Records whose bytes say when they came: fmt is the input number, padded to make runs long. */
static struct batch *make_batch(uint32_t *order)
{
	struct batch *b = NULL;

	assert_int_equal(batch_new(&b), 0);
	for (unsigned i = 0; i < BATCH_RECORDS; i++, ++*order) {
		struct record r = { .pos = rand() % N_POSITIONS,
			.contig = (uint32_t)rand() % N_CONTIGS,
			.site_len = 1 + (size_t)rand() % 900,
			.fmt_len = sizeof(*order) };
		struct proof p = { .whole = { .low = *order } };
		char pad[1000];

		memset(pad, rand(), sizeof(pad));
		buf_put(&b->bytes, pad, r.site_len);
		buf_put(&b->bytes, order, sizeof(*order));
		assert_int_equal(batch_add(b, &r, &p, false), 0);
	}
	batch_seal(b);
	return b;
}

struct seen {
	uint32_t n;
	uint32_t contig;
	int64_t pos;
	uint32_t order;
	uint32_t stop_after;
};

static int look(void *arg, struct batch *b, struct err *err)
{
	struct seen *seen = arg;

	for (uint32_t i = 0; i < b->n; i++) {
		const struct record *r = &b->records[i];
		uint32_t order;

		memcpy(&order, r->fmt, sizeof(order));
		assert_int_equal(b->proofs[i].whole.low, order);
		if (seen->n && r->contig == seen->contig && r->pos == seen->pos)
			assert_true(order > seen->order);
		else if (seen->n)
			assert_true(r->contig > seen->contig ||
					(r->contig == seen->contig && r->pos > seen->pos));
		seen->contig = r->contig;
		seen->pos = r->pos;
		seen->order = order;
		seen->n++;
	}
	if (seen->stop_after && seen->n > seen->stop_after)
		return err_set(err, -ENOSPC, "full");
	return 0;
}

static struct sorter *make_sorter(size_t sort_bytes, size_t merge_bytes, const _Atomic int *stop)
{
	struct sorter_setup setup = { .target = "/tmp/test-sort",
		.sort_bytes = sort_bytes,
		.merge_bytes = merge_bytes,
		.stop = stop };
	struct sorter *s = NULL;

	assert_int_equal(sorter_new(&setup, &s), 0);
	return s;
}

static void add_all(struct sorter *s)
{
	struct err err = { 0 };
	uint32_t order = 0;

	srand(3);
	for (unsigned i = 0; i < N_BATCHES; i++) {
		struct batch *b = make_batch(&order);

		assert_int_equal(sorter_add(s, b, 0, b->n / 2, &err), 0);
		assert_int_equal(sorter_add(s, b, b->n / 2, b->n, &err), 0);
		batch_put(b);
	}
}

static void assert_sorts(size_t sort_bytes, size_t merge_bytes)
{
	struct sorter *s = make_sorter(sort_bytes, merge_bytes, NULL);
	struct seen seen = { 0 };
	struct err err = { 0 };

	add_all(s);
	assert_int_equal(sorter_merge(s, look, &seen, &err), 0);
	assert_int_equal(seen.n, N_BATCHES * BATCH_RECORDS);
	sorter_free(s);
}

static void test_all_in_memory(void **state)
{
	(void)state;
	assert_sorts(1 << 30, 1 << 30);
}

static void test_runs_are_merged_stably(void **state)
{
	(void)state;
	assert_sorts(2 << 20, 64 << 20);
}

static void test_more_runs_than_fit_are_merged_in_passes(void **state)
{
	(void)state;
	assert_sorts(1, 1); /* a run for each half batch, two at a time */
	assert_sorts(1 << 20, (size_t)3 * 400 * 1024);
}

static void test_nothing_gives_nothing(void **state)
{
	struct sorter *s = make_sorter(1, 1, NULL);
	struct seen seen = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(sorter_merge(s, look, &seen, &err), 0);
	assert_int_equal(seen.n, 0);
	sorter_free(s);
}

static void test_a_failure_downstream_ends_the_merge(void **state)
{
	struct sorter *s = make_sorter(1 << 20, 8 << 20, NULL);
	struct seen seen = { .stop_after = 5000 };
	struct err err = { 0 };

	(void)state;
	add_all(s);
	assert_int_equal(sorter_merge(s, look, &seen, &err), -ENOSPC);
	assert_string_equal(err.msg, "full");
	sorter_free(s);
}

static void test_stop_ends_it(void **state)
{
	_Atomic int stop = 0;
	struct sorter *s = make_sorter(1 << 20, 8 << 20, &stop);
	struct seen seen = { 0 };
	struct err err = { 0 };

	(void)state;
	add_all(s);
	atomic_store(&stop, 1);
	assert_int_equal(sorter_merge(s, look, &seen, &err), -EINTR);
	sorter_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_in_memory),
		cmocka_unit_test(test_runs_are_merged_stably),
		cmocka_unit_test(test_more_runs_than_fit_are_merged_in_passes),
		cmocka_unit_test(test_nothing_gives_nothing),
		cmocka_unit_test(test_a_failure_downstream_ends_the_merge),
		cmocka_unit_test(test_stop_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
