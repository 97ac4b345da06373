/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/err.h"

static void test_set_fills_code_and_message(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_int_equal(err_set(&err, -EIO, "chunk %d at byte %d", 17, 81920), -EIO);
	assert_int_equal(err.code, -EIO);
	assert_string_equal(err.msg, "chunk 17 at byte 81920");
}

static void test_set_replaces_what_was_there(void **state)
{
	struct err err = { 0 };

	(void)state;
	err_set(&err, -EIO, "a long first message");
	err_set(&err, -ENOMEM, "second");
	assert_int_equal(err.code, -ENOMEM);
	assert_string_equal(err.msg, "second");
}

static void test_null_is_allowed(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, -EINVAL, "nobody listens"), -EINVAL);
	assert_int_equal(err_prefix(NULL, -EINVAL, "nobody listens"), -EINVAL);
}

static void test_prefix_goes_in_front(void **state)
{
	struct err err = { 0 };

	(void)state;
	err_set(&err, -EBADMSG, "bad checksum");
	assert_int_equal(err_prefix(&err, -EBADMSG, "chunk %d", 3), -EBADMSG);
	assert_int_equal(err_prefix(&err, -EBADMSG, "%s", "cohort.gst"), -EBADMSG);
	assert_string_equal(err.msg, "cohort.gst: chunk 3: bad checksum");
	assert_int_equal(err.code, -EBADMSG);
}

static void test_prefix_may_change_the_code(void **state)
{
	struct err err = { 0 };

	(void)state;
	err_set(&err, -ENOENT, "gone");
	assert_int_equal(err_prefix(&err, -EIO, "a"), -EIO);
	assert_int_equal(err.code, -EIO);
}

static void test_control_bytes_do_not_reach_a_terminal(void **state)
{
	struct err err = { 0 };

	(void)state;
	err_set(&err, -EINVAL, "contig '\033[2J\n\x7f' is \xc3\xa9");
	assert_string_equal(err.msg, "contig '?[2J?"
				     "?' is \xc3\xa9");
	err_prefix(&err, -EINVAL, "a\tb");
	assert_string_equal(err.msg, "a?b: contig '?[2J?"
				     "?' is \xc3\xa9");
}

static void test_long_messages_are_cut_and_terminated(void **state)
{
	struct err err = { 0 };
	char text[2 * sizeof(err.msg)];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	err_set(&err, -EINVAL, "%s", text);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	err_prefix(&err, -EINVAL, "head");
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	assert_memory_equal(err.msg, "head: xxx", 9);
}

static void test_long_prefixes_are_cut_and_terminated(void **state)
{
	struct err err = { 0 };
	char text[2 * sizeof(err.msg)];

	(void)state;
	memset(text, 'y', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	err_set(&err, -EINVAL, "tail");
	err_prefix(&err, -EINVAL, "%s", text);
	assert_in_range(strlen(err.msg), sizeof(err.msg) - 3, sizeof(err.msg) - 1);
	assert_int_equal(err.msg[0], 'y');
}

static void test_a_cure_goes_behind_and_is_kept_whole(void **state)
{
	struct err err = { 0 };
	char text[2 * sizeof(err.msg)];

	(void)state;
	err_set(&err, -EIO, "line 7: no tabs");
	assert_int_equal(err_cure(&err, -EBADMSG, "mend it"), -EBADMSG);
	assert_int_equal(err.code, -EBADMSG);
	assert_string_equal(err.msg, "line 7: no tabs; mend it");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	err_set(&err, -EINVAL, "%s", text);
	err_cure(&err, -EINVAL, "mend it");
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	assert_string_equal(err.msg + strlen(err.msg) - 11, "xx; mend it");
	assert_int_equal(err_cure(NULL, -EINVAL, "mend it"), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_fills_code_and_message),
		cmocka_unit_test(test_set_replaces_what_was_there),
		cmocka_unit_test(test_null_is_allowed),
		cmocka_unit_test(test_prefix_goes_in_front),
		cmocka_unit_test(test_prefix_may_change_the_code),
		cmocka_unit_test(test_control_bytes_do_not_reach_a_terminal),
		cmocka_unit_test(test_long_messages_are_cut_and_terminated),
		cmocka_unit_test(test_long_prefixes_are_cut_and_terminated),
		cmocka_unit_test(test_a_cure_goes_behind_and_is_kept_whole),
	};

	return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
