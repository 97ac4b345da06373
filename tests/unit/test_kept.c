/* SPDX-License-Identifier: MIT */
/* Things that are made once, and kept while there is room. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "core/base/kept.h"

static const size_t BYTES = 100;

struct thing {
	struct kept_item kept;
	unsigned key;
};

static _Atomic unsigned n_made;
static _Atomic unsigned n_alive;
static _Atomic bool fails;
static bool all_past;

static bool is(const struct kept_item *item, const void *key)
{
	return ((const struct thing *)item)->key == *(const unsigned *)key;
}

static struct kept_item *alloc(const void *key)
{
	struct thing *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->key = *(const unsigned *)key;
	n_alive++;
	return &t->kept;
}

static int make(struct kept_item *item, struct err *err)
{
	const struct timespec moment = { .tv_nsec = 2000000 };

	nanosleep(&moment, NULL);
	n_made++;
	item->bytes = BYTES;
	return fails ? err_set(err, -EBADMSG, "it fails") : 0;
}

static void let_go(struct kept_item *item)
{
	n_alive--;
	free(item);
}

static bool is_past(const struct kept_item *item)
{
	(void)item;
	return all_past;
}

static const struct kept_kind kind = { is, alloc, make, let_go, is_past };

static struct kept *table(size_t budget, unsigned max)
{
	struct kept *k;

	n_made = 0;
	n_alive = 0;
	fails = false;
	all_past = false;
	assert_int_equal(kept_new(&kind, budget, max, &k), 0);
	return k;
}

static struct kept_item *get(struct kept *k, unsigned key)
{
	struct kept_item *item = NULL;
	struct err err = { 0 };

	assert_int_equal(kept_get(k, &key, &item, &err), 0);
	assert_int_equal(((struct thing *)item)->key, key);
	return item;
}

static void touch(struct kept *k, unsigned key)
{
	kept_put(k, get(k, key));
}

static void test_what_is_kept_is_not_made_again(void **state)
{
	struct kept *k = table(3 * BYTES, 10);

	(void)state;
	for (unsigned i = 0; i < 9; i++)
		touch(k, i % 3);
	assert_int_equal(n_made, 3);
	/* The one used longest ago goes. */
	touch(k, 0);
	touch(k, 3);
	assert_int_equal(n_alive, 3);
	touch(k, 0);
	touch(k, 2);
	assert_int_equal(n_made, 4);
	touch(k, 1);
	assert_int_equal(n_made, 5);
	kept_free(k);
	assert_int_equal(n_alive, 0);
}

static void test_their_number_is_bounded(void **state)
{
	struct kept *k = table(1 << 20, 2);

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		touch(k, i);
	assert_int_equal(n_alive, 2);
	kept_free(k);
}

static void test_what_is_used_stays(void **state)
{
	struct kept *k = table(BYTES, 10);
	struct kept_item *first = get(k, 0);
	struct kept_item *second = get(k, 1);

	(void)state;
	touch(k, 2);
	assert_int_equal(n_alive, 3);
	/* The same one, not another of the key. */
	assert_ptr_equal(get(k, 0), first);
	kept_put(k, first);
	/* There is room for one, which is in use. */
	kept_put(k, second);
	assert_int_equal(n_alive, 1);
	kept_put(k, first);
	assert_int_equal(n_alive, 1);
	kept_free(k);
	assert_int_equal(n_alive, 0);
}

static void test_a_failure_is_tried_again(void **state)
{
	struct kept *k = table(10 * BYTES, 10);
	struct kept_item *item = NULL;
	struct err err = { 0 };
	unsigned key = 7;

	(void)state;
	fails = true;
	assert_int_equal(kept_get(k, &key, &item, &err), -EBADMSG);
	assert_string_equal(err.msg, "it fails");
	assert_null(item);
	assert_int_equal(n_alive, 0);
	fails = false;
	touch(k, key);
	assert_int_equal(n_made, 2);
	kept_free(k);
}

static void test_what_is_past_is_made_anew(void **state)
{
	struct kept *k = table(10 * BYTES, 10);
	struct kept_item *item = get(k, 1);

	(void)state;
	all_past = true;
	touch(k, 1); /* used: stays */
	assert_int_equal(n_made, 1);
	kept_put(k, item);
	touch(k, 1);
	assert_int_equal(n_made, 2);
	assert_int_equal(n_alive, 1);
	kept_free(k);
}

static bool is_odd(const struct kept_item *item, const void *arg)
{
	(void)arg;
	return ((const struct thing *)item)->key % 2;
}

static void test_what_is_dropped_goes_with_its_last_user(void **state)
{
	struct kept *k = table(10 * BYTES, 10);
	struct kept_item *one = get(k, 1);

	(void)state;
	for (unsigned i = 2; i < 6; i++)
		touch(k, i);
	kept_drop(k, is_odd, NULL);
	assert_int_equal(n_alive, 3); /* 1, 2, 4 */
	touch(k, 1);                  /* another one */
	assert_int_equal(n_made, 6);
	kept_put(k, one);
	assert_int_equal(n_alive, 3);
	kept_free(k);
	assert_int_equal(n_alive, 0);
}

struct users {
	struct kept *k;
	_Atomic unsigned failed;
};

static void *use(void *arg)
{
	struct users *u = arg;

	for (unsigned i = 0; i < 200; i++) {
		struct kept_item *item;
		struct err err = { 0 };
		unsigned key = i / 10 % 7;

		if (kept_get(u->k, &key, &item, &err) < 0) {
			u->failed++;
			continue;
		}
		if (((struct thing *)item)->key != key)
			abort();
		kept_put(u->k, item);
		if (i % 50 == 0)
			kept_drop(u->k, is_odd, NULL);
	}
	return NULL;
}

static void run_users(struct users *u)
{
	pthread_t threads[8];

	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, use, u), 0);
	for (unsigned i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
}

static void test_threads_share(void **state)
{
	struct users u = { .k = table(3 * BYTES, 10) };

	(void)state;
	run_users(&u);
	assert_int_equal(u.failed, 0);
	assert_true(n_alive <= 4);
	fails = true;
	kept_drop(u.k, is_odd, NULL);
	run_users(&u);
	assert_true(u.failed > 0);
	kept_free(u.k);
	assert_int_equal(n_alive, 0);
}

/* All who want it at once get the one that is made once. */
static void *want(void *arg)
{
	touch(arg, 5);
	return NULL;
}

static void test_one_is_made_for_all(void **state)
{
	struct kept *k = table(10 * BYTES, 10);
	pthread_t threads[8];

	(void)state;
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, want, k), 0);
	for (unsigned i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(n_made, 1);
	kept_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_kept_is_not_made_again),
		cmocka_unit_test(test_their_number_is_bounded),
		cmocka_unit_test(test_what_is_used_stays),
		cmocka_unit_test(test_a_failure_is_tried_again),
		cmocka_unit_test(test_what_is_past_is_made_anew),
		cmocka_unit_test(test_what_is_dropped_goes_with_its_last_user),
		cmocka_unit_test(test_threads_share),
		cmocka_unit_test(test_one_is_made_for_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
