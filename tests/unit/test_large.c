/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/large.h"
#include "core/base/sanitized.h"

#define MIB ((size_t)1 << 20)
#define ROOM (64 * MIB)

enum { N_SLOTS = 64, N_STEPS = 600, N_THREADS = 3 };

/* An allocation with its own byte at either end, and here and there between. */
struct slot {
	uint8_t *p;
	size_t size;
	uint8_t mark;
};

static void mark(const struct slot *s)
{
	for (size_t i = 0; i < s->size; i += 1021)
		s->p[i] = s->mark;
	s->p[s->size - 1] = s->mark;
}

/* Return: whether it has what was written, and nothing of another. */
static bool is_whole(const struct slot *s)
{
	for (size_t i = 0; i < s->size; i += 1021)
		if (s->p[i] != s->mark)
			return false;
	return s->p[s->size - 1] == s->mark;
}

static size_t some_size(unsigned *seed)
{
	switch (rand_r(seed) % 4) {
	case 0:
		return 1 + (size_t)rand_r(seed) % 1000;
	case 1:
		return 1 + (size_t)rand_r(seed) % (64 << 10);
	case 2:
		return 1 + (size_t)rand_r(seed) % MIB;
	default:
		return 1 + (size_t)rand_r(seed) % (6 * MIB);
	}
}

/* Return: NULL, or anything else where an allocation was not whole. */
static void *allocate_and_free(void *arg)
{
	unsigned seed = *(unsigned *)arg;
	struct slot slots[N_SLOTS] = { { 0 } };
	void *bad = NULL;

	for (int i = 0; i < N_STEPS; i++) {
		struct slot *s = &slots[rand_r(&seed) % N_SLOTS];

		if (s->p) {
			bad = is_whole(s) ? bad : arg;
			large_free(s->p);
			s->p = NULL;
			continue;
		}
		s->size = some_size(&seed);
		s->mark = (uint8_t)rand_r(&seed);
		s->p = large_alloc(s->size);
		if (!s->p)
			return arg;
		mark(s);
	}
	for (int i = 0; i < N_SLOTS; i++) {
		if (slots[i].p && !is_whole(&slots[i]))
			bad = arg;
		large_free(slots[i].p);
	}
	return bad;
}

static void test_allocations_never_overlap(void **state)
{
	pthread_t threads[N_THREADS];
	unsigned seeds[N_THREADS];

	(void)state;
	for (unsigned i = 0; i < N_THREADS; i++) {
		seeds[i] = 4711 + i;
		assert_int_equal(
				pthread_create(&threads[i], NULL, allocate_and_free, &seeds[i]), 0);
	}
	for (unsigned i = 0; i < N_THREADS; i++) {
		void *bad;

		pthread_join(threads[i], &bad);
		assert_null(bad);
	}
}

static void test_zeros_are_zeros_also_where_something_was(void **state)
{
	(void)state;
	for (int round = 0; round < 3; round++) {
		uint8_t *p = large_calloc(3, 100000);

		assert_non_null(p);
		for (size_t i = 0; i < 300000; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, 300000);
		large_free(p);
	}
	assert_null(large_calloc(SIZE_MAX / 2, 3));
}

static size_t resident(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	char line[256];
	char *at;

	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	fclose(f);
	strtoul(line, &at, 10); /* all that is mapped */
	return strtoul(at, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
}

static void test_what_is_warm_is_taken_first(void **state)
{
	size_t before = resident();
	uint8_t *p;

	(void)state;
	if (SANITIZED)
		return;
	large_warm(4 * MIB);
	assert_true(resident() >= before + 4 * MIB);
	before = resident();
	p = large_alloc(3 * MIB);
	assert_non_null(p);
	memset(p, 1, 3 * MIB);
	assert_true(resident() < before + MIB);
	large_warm(4 * MIB);
	for (size_t i = 0; i < 3 * MIB; i++)
		assert_int_equal(p[i], 1);
	large_free(p);
	large_warm(SIZE_MAX); /* no more than there is room for */
	assert_true(resident() < before + ROOM);
}

static void test_what_is_shrunk_keeps_its_bytes_and_gives_the_rest_to_others(void **state)
{
	const size_t sizes[] = { 100, MIB, 8 * MIB, ROOM + MIB };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct slot first = { .p = large_alloc(sizes[i]), .size = sizes[i], .mark = 7 };
		struct slot second = { .size = sizes[i] / 2, .mark = 9 };

		assert_non_null(first.p);
		mark(&first);
		first.size = sizes[i] / 3;
		first.p = large_shrink(first.p, first.size);
		assert_non_null(first.p);
		mark(&first);
		second.p = large_alloc(second.size);
		assert_non_null(second.p);
		mark(&second);
		assert_true(is_whole(&first));
		first.p = large_shrink(first.p, 0);
		assert_int_equal(first.p[0], first.mark);
		assert_true(is_whole(&second));
		large_free(first.p);
		assert_true(is_whole(&second));
		large_free(second.p);
	}
}

/* Each leaves room for the next one. */
static void test_more_fits_after_shrinking(void **state)
{
	enum { N = 56 };
	uint8_t *p[N];
	const size_t before = resident();

	(void)state;
	if (SANITIZED)
		return;
	for (size_t i = 0; i < N; i++) {
		p[i] = large_alloc(4 * MIB);
		assert_non_null(p[i]);
		memset(p[i], (int)i, 4 * MIB);
		p[i] = large_shrink(p[i], MIB);
	}
	assert_true(resident() < before + ROOM + 8 * MIB);
	for (size_t i = 0; i < N; i++) {
		assert_int_equal(p[i][0], i);
		assert_int_equal(p[i][MIB - 1], i);
		large_free(p[i]);
	}
}

static void test_what_malloc_gave_is_taken(void **state)
{
	(void)state;
	large_free(malloc(1));
	large_free(malloc(MIB));
	large_free(NULL);
}

/*
 * Each second of what fills the room is freed: no run is long enough for what comes then, which
 * lies by itself, and the free pages are given back for it.
 */
static void test_memory_is_bounded_where_nothing_fits(void **state)
{
	static uint8_t *p[ROOM / MIB];
	const size_t before = resident();
	uint8_t *big;

	(void)state;
	if (SANITIZED) /* all is malloc's: the test of overlaps is what there is to see */
		return;
	for (size_t i = 0; i < ROOM / MIB; i++) {
		p[i] = large_alloc(MIB);
		assert_non_null(p[i]);
		memset(p[i], 1, MIB);
	}
	for (size_t i = 0; i < ROOM / MIB; i += 2)
		large_free(p[i]);
	big = large_alloc(ROOM / 2);
	assert_non_null(big);
	memset(big, 2, ROOM / 2);
	assert_true(resident() < before + ROOM + 8 * MIB);
	for (size_t i = 1; i < ROOM / MIB; i += 2) {
		assert_int_equal(p[i][0], 1);
		assert_int_equal(p[i][MIB - 1], 1);
		large_free(p[i]);
	}
	assert_true(resident() < before + ROOM / 2 + 8 * MIB);
	large_free(big);
	assert_true(resident() < before + 8 * MIB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_warm_is_taken_first),
		cmocka_unit_test(test_memory_is_bounded_where_nothing_fits),
		cmocka_unit_test(test_allocations_never_overlap),
		cmocka_unit_test(test_zeros_are_zeros_also_where_something_was),
		cmocka_unit_test(test_what_is_shrunk_keeps_its_bytes_and_gives_the_rest_to_others),
		cmocka_unit_test(test_more_fits_after_shrinking),
		cmocka_unit_test(test_what_malloc_gave_is_taken),
	};

	large_set_room(ROOM);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
