/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/words.h"

/* The words of @list, each in brackets. */
static void assert_words(const char *list, const char *want)
{
	const char *end = list + strlen(list);
	char word[64];
	char got[128] = "";
	int n = 0;

	while (words_next(&list, end, word))
		n += snprintf(got + n, sizeof(got) - (size_t)n, "[%s]", word);
	assert_string_equal(got, want);
	assert_string_equal(word, "");
}

static void test_words_are_between_commas(void **state)
{
	(void)state;
	assert_words("a", "[a]");
	assert_words("a,b=c,d", "[a][b=c][d]");
}

static void test_empty_words_are_none(void **state)
{
	(void)state;
	assert_words("", "");
	assert_words(",,", "");
	assert_words(",a,,b,", "[a][b]");
}

static void test_a_backslash_takes_the_next_byte_as_it_is(void **state)
{
	(void)state;
	assert_words("a\\,b,c", "[a,b][c]");
	assert_words("a\\\\,b", "[a\\][b]");
	assert_words("a\\", "[a\\]"); /* nothing is behind it */
}

static void test_the_list_ends_where_the_caller_says(void **state)
{
	static const char text[] = "ab,cd,ef";
	const char *at = text;
	char word[16];

	(void)state;
	assert_true(words_next(&at, text + 4, word));
	assert_true(words_next(&at, text + 4, word));
	assert_string_equal(word, "c");
	assert_false(words_next(&at, text + 4, word));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_are_between_commas),
		cmocka_unit_test(test_empty_words_are_none),
		cmocka_unit_test(test_a_backslash_takes_the_next_byte_as_it_is),
		cmocka_unit_test(test_the_list_ends_where_the_caller_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
