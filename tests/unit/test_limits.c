/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/limits.h"

/* Stands for /sys/fs/cgroup, but for the file of the groups we are in. */
static char root[] = "/tmp/test-limits.XXXXXX";
static char membership[64];

static int make_root(void **state)
{
	(void)state;
	if (!mkdtemp(root))
		return -1;
	snprintf(membership, sizeof(membership), "%s/membership", root);
	return 0;
}

static const char *const files[] = { "memory.max", "memory.limit_in_bytes", "cpu.max",
	"cpu.cfs_quota_us", "cpu.cfs_period_us" };
/* What is inside another comes first. */
static const char *const folders[] = { "/memory/job/step", "/memory/job", "/memory", "/cpu/job",
	"/cpu", "/job/step", "/job", "" };

static int drop_root(void **state)
{
	char pathname[PATH_MAX];

	(void)state;
	unlink(membership);
	for (unsigned i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		for (unsigned j = 0; j < sizeof(files) / sizeof(files[0]); j++) {
			snprintf(pathname, sizeof(pathname), "%s%s/%s", root, folders[i], files[j]);
			unlink(pathname);
		}
		snprintf(pathname, sizeof(pathname), "%s%s", root, folders[i]);
		rmdir(pathname);
	}
	return mkdir(root, 0700);
}

static int drop_all(void **state)
{
	int r = drop_root(state);

	return r < 0 ? r : rmdir(root);
}

static void write_text(const char *pathname, const char *text)
{
	FILE *f = fopen(pathname, "we");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* The file of a control group, in a folder that is made where it is missing. */
static void write_group(const char *folder, const char *file, const char *text)
{
	char pathname[PATH_MAX];

	snprintf(pathname, sizeof(pathname), "%s%s", root, folder);
	mkdir(pathname, 0700);
	snprintf(pathname, sizeof(pathname), "%s%s/%s", root, folder, file);
	write_text(pathname, text);
}

static void test_the_lowest_limit_up_the_hierarchy_holds(void **state)
{
	(void)state;
	write_text(membership, "0::/job/step\n");
	write_group("/job", "memory.max", "300\n");
	write_group("/job/step", "memory.max", "500\n");
	assert_int_equal(limits_group_memory(membership, root, 1000), 300);
	assert_int_equal(limits_group_memory(membership, root, 200), 200);
	write_group("/job/step", "memory.max", "100\n");
	assert_int_equal(limits_group_memory(membership, root, 1000), 100);
	write_group("", "memory.max", "50\n"); /* a container's own root */
	assert_int_equal(limits_group_memory(membership, root, 1000), 50);
}

static void test_no_limit_leaves_the_machines(void **state)
{
	(void)state;
	assert_int_equal(limits_group_memory("/nonexistent", root, 1000), 1000);
	assert_int_equal(limits_group_cpus("/nonexistent", root, 8), 8);
	write_text(membership, "no colons\n\n0::/job\n");
	assert_int_equal(limits_group_memory(membership, root, 1000), 1000);
	write_group("/job", "memory.max", "max\n");
	write_group("/job", "cpu.max", "max 100000\n");
	assert_int_equal(limits_group_memory(membership, root, 1000), 1000);
	assert_int_equal(limits_group_cpus(membership, root, 8), 8);
}

static void test_version_1_is_read_by_controller(void **state)
{
	(void)state;
	write_text(membership, "5:cpu,cpuacct:/job\n4:memory:/job/step\n1:name=memory:/x\n");
	write_group("/memory", "memory.limit_in_bytes", "9223372036854771712\n");
	write_group("/memory/job", "memory.limit_in_bytes", "400\n");
	write_group("/memory/job/step", "memory.limit_in_bytes", "700\n");
	assert_int_equal(limits_group_memory(membership, root, 1000), 400);
	write_group("/cpu", "cpu.cfs_quota_us", "-1\n");
	write_group("/cpu", "cpu.cfs_period_us", "100000\n");
	assert_int_equal(limits_group_cpus(membership, root, 8), 8);
	write_group("/cpu/job", "cpu.cfs_quota_us", "250000\n");
	write_group("/cpu/job", "cpu.cfs_period_us", "100000\n");
	assert_int_equal(limits_group_cpus(membership, root, 8), 3);
}

static void test_a_quota_is_rounded_up_to_processors(void **state)
{
	(void)state;
	write_text(membership, "0::/job\n");
	write_group("/job", "cpu.max", "150000 100000\n");
	assert_int_equal(limits_group_cpus(membership, root, 8), 2);
	write_group("/job", "cpu.max", "1000 100000\n");
	assert_int_equal(limits_group_cpus(membership, root, 8), 1);
	write_group("/job", "cpu.max", "900000 100000\n");
	assert_int_equal(limits_group_cpus(membership, root, 8), 8);
}

static void test_this_machine_has_both(void **state)
{
	(void)state;
	assert_true(limits_memory() > 0);
	assert_true(limits_cpus() >= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_the_lowest_limit_up_the_hierarchy_holds, drop_root),
		cmocka_unit_test_teardown(test_no_limit_leaves_the_machines, drop_root),
		cmocka_unit_test_teardown(test_version_1_is_read_by_controller, drop_root),
		cmocka_unit_test_teardown(test_a_quota_is_rounded_up_to_processors, drop_root),
		cmocka_unit_test(test_this_machine_has_both),
	};

	return cmocka_run_group_tests(tests, make_root, drop_all);
}
