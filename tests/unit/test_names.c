/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/names.h"

static int make_table(void **state)
{
	struct names *t = NULL;
	int r = names_new(&t);

	*state = t;
	return r;
}

static int drop_table(void **state)
{
	names_free(*state);
	return 0;
}

static void test_numbers_are_given_in_order(void **state)
{
	struct names *t = *state;
	uint32_t id = 99;

	assert_int_equal(names_count(t), 0);
	assert_int_equal(names_intern(t, "chr1", 4, &id), 0);
	assert_int_equal(id, 0);
	assert_int_equal(names_intern(t, "chr2", 4, &id), 0);
	assert_int_equal(id, 1);
	assert_int_equal(names_count(t), 2);
}

static void test_a_known_string_keeps_its_number(void **state)
{
	struct names *t = *state;
	uint32_t id = 99;

	names_intern(t, "DP", 2, &id);
	names_intern(t, "GQ", 2, &id);
	assert_int_equal(names_intern(t, "DP", 2, &id), 0);
	assert_int_equal(id, 0);
	assert_int_equal(names_count(t), 2);
}

static void test_find_does_not_add(void **state)
{
	struct names *t = *state;
	uint32_t id = 99;

	assert_int_equal(names_find(t, "AF", 2, &id), -ENOENT);
	assert_int_equal(id, 99); /* untouched on failure */
	assert_int_equal(names_count(t), 0);
	names_intern(t, "AF", 2, &id);
	id = 99;
	assert_int_equal(names_find(t, "AF", 2, &id), 0);
	assert_int_equal(id, 0);
}

static void test_length_counts_and_any_byte_is_allowed(void **state)
{
	struct names *t = *state;
	uint32_t a;
	uint32_t b;
	uint32_t empty;

	names_intern(t, "a\0b", 3, &a);
	names_intern(t, "a\0c", 3, &b);
	names_intern(t, "", 0, &empty);
	assert_int_not_equal(a, b);
	assert_int_equal(names_get(t, a)->len, 3);
	assert_memory_equal(names_get(t, a)->s, "a\0b", 4);
	assert_int_equal(names_get(t, empty)->len, 0);
	assert_string_equal(names_get(t, empty)->s, "");
}

static void test_strings_stay_where_they_are(void **state)
{
	struct names *t = *state;
	const struct name *first;
	char text[16];
	uint32_t id;

	names_intern(t, "first", 5, &id);
	first = names_get(t, id);
	for (unsigned i = 0; i < 5000; i++) {
		int n = snprintf(text, sizeof(text), "n%u", i);

		assert_int_equal(names_intern(t, text, (size_t)n, &id), 0);
		assert_int_equal(id, i + 1);
	}
	assert_ptr_equal(names_get(t, 0), first);
	for (unsigned i = 0; i < 5000; i++) {
		int n = snprintf(text, sizeof(text), "n%u", i);

		assert_int_equal(names_find(t, text, (size_t)n, &id), 0);
		assert_string_equal(names_get(t, id)->s, text);
	}
}

enum { THREADS = 4, STRINGS = 3000 };

static void *intern_all(void *table)
{
	char text[16];
	uint32_t id;

	for (unsigned i = 0; i < STRINGS; i++) {
		int n = snprintf(text, sizeof(text), "k%u", i);

		if (names_intern(table, text, (size_t)n, &id) < 0 ||
				strcmp(names_get(table, id)->s, text) != 0)
			return table;
	}
	return NULL;
}

static void test_threads_agree_on_the_numbers(void **state)
{
	pthread_t threads[THREADS];
	void *failed = NULL;

	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, intern_all, *state), 0);
	for (unsigned i = 0; i < THREADS; i++) {
		void *result;

		pthread_join(threads[i], &result);
		if (result)
			failed = result;
	}
	assert_null(failed);
	assert_int_equal(names_count(*state), STRINGS);
}

static void test_null_is_freed_safely(void **state)
{
	struct names *t = NULL;

	(void)state;
	names_free(NULL);
	names_freep(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
				test_numbers_are_given_in_order, make_table, drop_table),
		cmocka_unit_test_setup_teardown(
				test_a_known_string_keeps_its_number, make_table, drop_table),
		cmocka_unit_test_setup_teardown(test_find_does_not_add, make_table, drop_table),
		cmocka_unit_test_setup_teardown(
				test_length_counts_and_any_byte_is_allowed, make_table, drop_table),
		cmocka_unit_test_setup_teardown(
				test_strings_stay_where_they_are, make_table, drop_table),
		cmocka_unit_test_setup_teardown(
				test_threads_agree_on_the_numbers, make_table, drop_table),
		cmocka_unit_test(test_null_is_freed_safely),
	};

	return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
