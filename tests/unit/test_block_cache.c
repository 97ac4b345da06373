/* SPDX-License-Identifier: MIT */
#include "tests/unit/sample_store.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "core/base/stats.h"
#include "core/block/block_cache.h"
#include "core/block/decode.h"

enum { N_CHUNKS = 24, N_THREADS = 8 };

static char pathname[] = "/tmp/genofs-test-cache-XXXXXX";
static struct store *store;

static int open_store(void **state)
{
	struct err err = { 0 };
	int fd = mkstemp(pathname);

	(void)state;
	if (fd < 0)
		return -1;
	close(fd);
	sample_store_make(pathname, N_CHUNKS, 60, 20);
	return store_open(pathname, &store, &err);
}

static int close_store(void **state)
{
	(void)state;
	store_close(store);
	return unlink(pathname);
}

static struct block_cache *new_cache(size_t budget)
{
	struct block_cache *cache = NULL;

	assert_int_equal(block_cache_new(budget, &cache), 0);
	for (int i = 0; i < N_STATS; i++)
		stat_set(i, 0);
	return cache;
}

static void *get_all(void *arg)
{
	struct block_cache *cache = arg;

	for (uint32_t i = 0; i < N_CHUNKS; i++) {
		const struct block *b = NULL;

		if (block_cache_get(cache, store, i, BLOCK_CALLS, &b, NULL) < 0 || b->chunk != i)
			abort();
		block_put(b);
	}
	return NULL;
}

static void run_threads(void *(*fn)(void *), void *arg)
{
	pthread_t threads[N_THREADS];

	for (int i = 0; i < N_THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, fn, arg), 0);
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(threads[i], NULL);
}

static void test_threads_that_miss_together_decode_once(void **state)
{
	struct block_cache *cache = new_cache(1 << 26);

	(void)state;
	run_threads(get_all, cache);
	assert_int_equal(stat_get(STAT_DECODES), N_CHUNKS);
	assert_int_equal(stat_get(STAT_CACHE_BLOCKS), N_CHUNKS);
	assert_int_equal(stat_get(STAT_EVICTIONS), 0);
	block_cache_free(cache);
	assert_int_equal(stat_get(STAT_CACHE_BYTES), 0);
	assert_int_equal(stat_get(STAT_CACHE_BLOCKS), 0);
}

static void *get_at_random(void *arg)
{
	struct block_cache *cache = arg;
	uint32_t seed = (uint32_t)(uintptr_t)&seed;

	for (int i = 0; i < 500; i++) {
		const struct block *b = NULL;
		uint32_t chunk;

		seed = seed * 1664525u + 1013904223u;
		chunk = (seed >> 8) % N_CHUNKS;
		if (seed >> 28 == 1)
			block_cache_prefetch(cache, store, chunk, BLOCK_CALLS);
		if (seed >> 28 == 2)
			block_cache_passed(cache, store, chunk, BLOCK_CALLS);
		if (block_cache_get(cache, store, chunk, seed >> 30 ? BLOCK_CALLS : BLOCK_SITES, &b,
				    NULL) < 0 ||
				b->chunk != chunk || b->n_records != 60)
			abort();
		block_put(b);
	}
	return NULL;
}

static void test_the_budget_holds_under_load(void **state)
{
	/* Room for the largest decode and a few blocks: threads must wait for each other. */
	size_t budget = block_cache_need(store) * 5 / 4;
	struct block_cache *cache = new_cache(budget);

	(void)state;
	run_threads(get_at_random, cache);
	assert_true(stat_get(STAT_CACHE_PEAK_BYTES) <= budget);
	assert_true(stat_get(STAT_EVICTIONS) > 0);
	block_cache_free(cache);
	assert_int_equal(stat_get(STAT_CACHE_BYTES), 0);
}

static void test_a_block_in_use_is_not_evicted(void **state)
{
	struct block_cache *cache = new_cache(block_cache_need(store) * 2);
	const struct block *held = NULL;
	const struct block *b = NULL;

	(void)state;
	assert_int_equal(block_cache_get(cache, store, 3, BLOCK_CALLS, &held, NULL), 0);
	for (uint32_t i = 4; i < N_CHUNKS; i++) {
		assert_int_equal(block_cache_get(cache, store, i, BLOCK_CALLS, &b, NULL), 0);
		block_put(b);
	}
	assert_true(block_cache_has(cache, store, 3, BLOCK_CALLS));
	assert_true(stat_get(STAT_EVICTIONS) > 0);
	assert_int_equal(held->chunk, 3);
	block_put(held);
	block_cache_free(cache);
}

static void test_a_block_of_calls_serves_sites(void **state)
{
	struct block_cache *cache = new_cache(1 << 26);
	const struct block *b = NULL;

	(void)state;
	assert_int_equal(block_cache_get(cache, store, 0, BLOCK_SITES, &b, NULL), 0);
	assert_int_equal(b->part, BLOCK_SITES);
	assert_null(b->records[0].fmt);
	block_put(b);
	assert_int_equal(block_cache_get(cache, store, 0, BLOCK_CALLS, &b, NULL), 0);
	assert_int_equal(b->part, BLOCK_CALLS);
	block_put(b);
	assert_int_equal(block_cache_get(cache, store, 0, BLOCK_SITES, &b, NULL), 0);
	assert_int_equal(b->part, BLOCK_CALLS);
	block_put(b);
	assert_int_equal(stat_get(STAT_DECODES), 2);
	assert_int_equal(stat_get(STAT_CACHE_BLOCKS), 1); /* that of sites was dropped */
	block_cache_free(cache);
}

/* The store as it lies in a cache, when all of it has been read. */
static size_t bytes_of_all(void)
{
	struct block_cache *cache = new_cache(1 << 26);
	size_t bytes;

	get_all(cache);
	bytes = stat_get(STAT_CACHE_BYTES);
	block_cache_free(cache);
	return bytes;
}

static void test_of_what_readers_passed_a_quarter_of_the_budget_is_kept(void **state)
{
	const size_t budget = bytes_of_all() * 2;
	struct block_cache *cache = new_cache(budget);
	const struct block *b = NULL;
	/* Beside them: what others have, and what the decoder keeps. */
	size_t beside = block_cache_need(store);

	(void)state;
	get_all(cache);
	/* What is not there is nothing to do. */
	block_cache_passed(cache, store, 0, BLOCK_TILE);
	for (uint32_t i = 0; i < N_CHUNKS - 1; i++) {
		assert_true(block_cache_has(cache, store, i, BLOCK_CALLS));
		block_cache_passed(cache, store, i, BLOCK_CALLS);
		block_cache_passed(cache, store, i, BLOCK_CALLS);
		/* Chunk 0 is wanted once more, by somebody else. */
		if (i == 0) {
			assert_int_equal(
					block_cache_get(cache, store, 0, BLOCK_CALLS, &b, NULL), 0);
			beside += 2 * b->cost;
			block_put(b);
		}
	}
	assert_in_range(stat_get(STAT_CACHE_BYTES), budget / 8, budget / 4 + beside);
	assert_true(block_cache_has(cache, store, 0, BLOCK_CALLS));
	assert_false(block_cache_has(cache, store, 1, BLOCK_CALLS));
	assert_true(block_cache_has(cache, store, N_CHUNKS - 2, BLOCK_CALLS));
	assert_true(block_cache_has(cache, store, N_CHUNKS - 1, BLOCK_CALLS));
	assert_int_equal(stat_get(STAT_DECODES), N_CHUNKS);
	assert_int_equal(stat_get(STAT_BLOCKS_PASSED), N_CHUNKS - stat_get(STAT_CACHE_BLOCKS));
	assert_int_equal(stat_get(STAT_EVICTIONS), 0);
	block_cache_free(cache);
	assert_int_equal(stat_get(STAT_CACHE_BYTES), 0);
}

static void test_what_does_not_fit_is_refused(void **state)
{
	struct block_cache *cache = new_cache(block_cache_need(store) / 8);
	const struct block *b = NULL;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(block_cache_get(cache, store, 0, BLOCK_CALLS, &b, &err), -EOVERFLOW);
	assert_non_null(strstr(err.msg, "cache_size"));
	assert_int_equal(block_cache_get(cache, store, N_CHUNKS, BLOCK_CALLS, &b, &err), -EINVAL);
	block_cache_prefetch(cache, store, 0, BLOCK_CALLS);
	assert_int_equal(stat_get(STAT_PREFETCHES), 0);
	assert_null(b);
	block_cache_free(cache);
}

static void test_prefetch_keeps_what_was_used_last(void **state)
{
	struct block_cache *cache = new_cache(block_cache_need(store));
	const struct block *b = NULL;

	(void)state;
	assert_int_equal(block_cache_get(cache, store, 0, BLOCK_CALLS, &b, NULL), 0);
	block_put(b);
	block_cache_prefetch(cache, store, 1, BLOCK_CALLS);
	assert_true(block_cache_has(cache, store, 0, BLOCK_CALLS));
	assert_false(block_cache_has(cache, store, 1, BLOCK_CALLS));
	block_cache_free(cache);
}

static void test_prefetches_end_up_used_or_lost(void **state)
{
	struct block_cache *cache = new_cache(block_cache_need(store) * 2);
	const struct block *b = NULL;

	(void)state;
	block_cache_prefetch(cache, store, 1, BLOCK_CALLS);
	block_cache_prefetch(cache, store, 2, BLOCK_CALLS);
	assert_int_equal(stat_get(STAT_PREFETCHES), 2);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(block_cache_get(cache, store, 1, BLOCK_CALLS, &b, NULL), 0);
		block_put(b);
	}
	assert_int_equal(stat_get(STAT_PREFETCHES_USED), 1);
	assert_int_equal(stat_get(STAT_HITS), 2);
	assert_int_equal(stat_get(STAT_MISSES), 0);
	for (uint32_t i = 3; i < N_CHUNKS; i++) {
		assert_int_equal(block_cache_get(cache, store, i, BLOCK_CALLS, &b, NULL), 0);
		block_put(b);
	}
	assert_int_equal(stat_get(STAT_MISSES), N_CHUNKS - 3);
	assert_int_equal(stat_get(STAT_PREFETCHES_LOST), 1);
	block_cache_free(cache);
	assert_int_equal(stat_get(STAT_PREFETCHES_LOST), 1);
}

static void *get_bad(void *arg)
{
	const struct block *b = NULL;
	struct err err = { 0 };

	for (int i = 0; i < 20; i++)
		if (block_cache_get(arg, store, 2, BLOCK_CALLS, &b, &err) != -EBADMSG ||
				!strstr(err.msg, "chunk 2"))
			abort();
	return NULL;
}

static void test_a_damaged_chunk_fails_for_all_and_leaves_the_rest(void **state)
{
	struct block_cache *cache = new_cache(1 << 26);
	uint64_t at = store_chunk(store, 2)->offset + store_chunk(store, 2)->head_length - 5;
	int fd = open(pathname, O_RDWR);
	struct store *old = store;
	const struct block *b = NULL;
	struct err err = { 0 };
	uint8_t byte;
	uint8_t bad;

	(void)state;
	assert_int_equal(pread(fd, &byte, 1, (off_t)at), 1);
	bad = byte ^ 0x10;
	assert_int_equal(pwrite(fd, &bad, 1, (off_t)at), 1);
	assert_int_equal(store_open(pathname, &store, &err), 0);
	run_threads(get_bad, cache);
	assert_int_equal(block_cache_get(cache, store, 1, BLOCK_CALLS, &b, &err), 0);
	block_put(b);
	assert_true(stat_get(STAT_DECODE_ERRORS) > 0);
	block_cache_free(cache);
	store_close(store);
	store = old;
	assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads_that_miss_together_decode_once),
		cmocka_unit_test(test_the_budget_holds_under_load),
		cmocka_unit_test(test_a_block_in_use_is_not_evicted),
		cmocka_unit_test(test_a_block_of_calls_serves_sites),
		cmocka_unit_test(test_of_what_readers_passed_a_quarter_of_the_budget_is_kept),
		cmocka_unit_test(test_what_does_not_fit_is_refused),
		cmocka_unit_test(test_prefetch_keeps_what_was_used_last),
		cmocka_unit_test(test_prefetches_end_up_used_or_lost),
		cmocka_unit_test(test_a_damaged_chunk_fails_for_all_and_leaves_the_rest),
	};

	return cmocka_run_group_tests(tests, open_store, close_store);
}
