/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mount-helpers/slurm/spank_option.h"

/* The sources in brackets, then the folder. */
static void assert_parsed(const char *value, const char *want)
{
	struct spank_mount m = { 0 };
	struct err err = { 0 };
	char got[256];
	int n = 0;

	assert_int_equal(spank_option_parse(value, &m, &err), 0);
	for (size_t i = 0; i < m.n_sources; i++)
		n += snprintf(got + n, sizeof(got) - (size_t)n, "[%s]", m.sources[i]);
	snprintf(got + n, sizeof(got) - (size_t)n, "%s", m.mnt);
	assert_string_equal(got, want);
	spank_mount_done(&m);
}

static void assert_refused(const char *value, const char *why)
{
	struct spank_mount m = { 0 };
	struct err err = { 0 };

	assert_int_equal(spank_option_parse(value, &m, &err), -EINVAL);
	assert_null(m.sources); /* untouched on failure */
	assert_null(m.mnt);
	assert_non_null(strstr(err.msg, why));
}

static void test_sources_and_folder(void **state)
{
	(void)state;
	assert_parsed("/a.gst:/mnt", "[/a.gst]/mnt");
	assert_parsed("/a.gst,b=/c/d.gst:/mnt/e", "[/a.gst][b=/c/d.gst]/mnt/e");
	assert_parsed("/a\\,b.gst:/mnt", "[/a,b.gst]/mnt");
}

static void test_the_folder_is_behind_the_last_colon(void **state)
{
	(void)state;
	assert_parsed("shm:graph:/mnt", "[shm:graph]/mnt");
	assert_parsed("g=shm:graph,/a:b.gst:/mnt", "[g=shm:graph][/a:b.gst]/mnt");
}

static void test_what_is_missing_is_named(void **state)
{
	(void)state;
	assert_refused("", "SOURCE[,SOURCE...]:MNT is wanted");
	assert_refused("/a.gst", "SOURCE[,SOURCE...]:MNT is wanted");
	assert_refused("/a.gst:", "SOURCE[,SOURCE...]:MNT is wanted");
	assert_refused("shm:graph", "SOURCE[,SOURCE...]:MNT is wanted");
	assert_refused(":/mnt", "a SOURCE is needed before :/mnt");
	assert_refused(",:/mnt", "a SOURCE is needed before :/mnt");
}

static void test_pathnames_are_absolute(void **state)
{
	(void)state;
	assert_refused("/a.gst:mnt", "MNT an absolute pathname");
	assert_refused("a.gst:/mnt", "'a.gst' must be an absolute pathname");
	assert_refused("/a.gst,n=b.gst:/mnt", "'n=b.gst' must be an absolute pathname");
	assert_refused("n=:/mnt", "'n=' must be an absolute pathname");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sources_and_folder),
		cmocka_unit_test(test_the_folder_is_behind_the_last_colon),
		cmocka_unit_test(test_what_is_missing_is_named),
		cmocka_unit_test(test_pathnames_are_absolute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
