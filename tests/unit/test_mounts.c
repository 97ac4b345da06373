/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/mounts.h"

static void assert_pathname(const char *given, const char *want)
{
	char *got = mounts_pathname(given);

	assert_non_null(got);
	assert_string_equal(got, want);
	free(got);
}

static void test_pathnames_are_made_absolute(void **state)
{
	(void)state;
	assert_int_equal(chdir("/usr"), 0);
	assert_pathname("/", "/");
	assert_pathname("../usr/./", "/usr");
}

static void test_what_cannot_be_looked_at_keeps_its_name(void **state)
{
	(void)state;
	assert_int_equal(chdir("/usr"), 0);
	assert_pathname("/no-such-folder", "/no-such-folder");
	assert_pathname("no-such-folder//", "/usr/no-such-folder");
	assert_pathname("../usr/no-such-folder", "/usr/no-such-folder");
	assert_null(mounts_pathname("/no-such-folder/inside"));
}

static void test_other_mounts_are_not_ours(void **state)
{
	bool ours = true;

	(void)state;
	assert_true(mounts_at("/proc", &ours) >= 1);
	assert_false(ours);
	assert_int_equal(mounts_at("/no-such-folder", &ours), 0);
	assert_false(ours);
}

static void test_no_mount_cannot_be_detached(void **state)
{
	(void)state;
	assert_true(mounts_detach("/no-such-folder", true, true) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pathnames_are_made_absolute),
		cmocka_unit_test(test_what_cannot_be_looked_at_keeps_its_name),
		cmocka_unit_test(test_other_mounts_are_not_ours),
		cmocka_unit_test(test_no_mount_cannot_be_detached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
