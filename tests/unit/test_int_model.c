/* SPDX-License-Identifier: MIT */
#include "core/codec/int_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/codec/int_values.h"

enum { N = 1000 };

static int32_t edge(unsigned i)
{
	static const int32_t edges[] = { 0, 1, -1, 127, 128, -120, -121, 32767, 32768, -32760,
		-32761, INT32_MAX, INT32_MIN, INT32_MIN + 1, INT32_MIN + 2, 14, 15, 16 };

	return i % 3 ? edges[i * (size_t)7 % (sizeof(edges) / sizeof(edges[0]))]
		     : (int32_t)(uint32_t)(i * 2654435761ULL);
}

static void test_classes_are_in_order_and_few(void **state)
{
	unsigned last = 0;

	(void)state;
	assert_int_equal(int_class(-1), 0);
	assert_int_equal(int_class(INT32_MIN), 0);
	assert_int_equal(int_class(0), 1);
	assert_int_equal(int_class(14), 15);
	assert_int_equal(int_class(15), 16);
	assert_int_equal(int_class(22), 16);
	assert_int_equal(int_class(23), 17);
	assert_int_equal(int_class(INT32_MAX), INT_CLASSES - 1);
	for (int32_t v = 0; v < 100000; v++) {
		assert_in_range(int_class(v), last, last + 1);
		last = int_class(v);
	}
}

static void test_arrays_come_back(void **state)
{
	int32_t values[N];
	int32_t work[N];
	int32_t other[N];

	(void)state;
	for (unsigned i = 0; i < N; i++) {
		values[i] = edge(i);
		other[i] = edge(i + 5);
	}
	memcpy(work, values, sizeof(work));
	int_model_take_apart(work, N);
	int_model_add(work, other, -3, N);
	int_model_zigzag(work, N);
	int_model_unzigzag(work, N);
	int_model_add(work, other, 3, N);
	int_model_sum_up(work, N);
	assert_memory_equal(work, values, sizeof(work));
	int_model_zigzag(work, 0);
	int_model_sum_up(work, 0);
	int_model_take_apart(work, 0);
}

static void test_planes_of_each_width_are_loaded(void **state)
{
	static const int32_t limits[] = { 0, INT8_MAX, INT16_MAX, 0, INT32_MAX };

	(void)state;
	for (uint8_t width = 1; width <= 4; width *= 2) {
		int32_t values[N];
		int32_t back[N];
		int32_t contexts[N];
		int32_t sorted[N];
		size_t ends[INT_CLASSES];
		uint8_t bytes[4 * N];
		uint8_t planes[4 * N];

		for (unsigned i = 0; i < N; i++) {
			values[i] = i % 5 ? (int32_t)(i * 2654435761u % (uint32_t)limits[width])
					  : INT32_MIN + (int32_t)(i % 2);
			contexts[i] = edge(i);
		}
		values[1] = limits[width];
		assert_int_equal(int_model_width(values, N), width);
		int_model_store(values, N, width, bytes);
		planes_split(bytes, width, N, planes);
		int_model_load(planes, width, N, back);
		assert_memory_equal(back, values, sizeof(back));

		int_model_sort_by_class(values, contexts, N, sorted, ends);
		assert_int_equal(ends[INT_CLASSES - 1], N);
		int_model_store(sorted, N, width, bytes);
		planes_split(bytes, width, N, planes);
		int_model_load_by_class(planes, width, N, contexts);
		assert_memory_equal(contexts, values, sizeof(values));
	}
	assert_int_equal(int_model_width(NULL, 0), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classes_are_in_order_and_few),
		cmocka_unit_test(test_arrays_come_back),
		cmocka_unit_test(test_planes_of_each_width_are_loaded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
