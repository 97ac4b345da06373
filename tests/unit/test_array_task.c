/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tools/array_task.h"

/* "NAME=VALUE" lines that stand for the environment. */
static const char *const *environment;

static const char *get(const char *name)
{
	size_t n = strlen(name);

	for (const char *const *line = environment; *line; line++)
		if (strncmp(*line, name, n) == 0 && (*line)[n] == '=')
			return *line + n + 1;
	return NULL;
}

static void assert_task(const char *const *lines, uint64_t k, uint64_t n)
{
	struct array_task task = { 0 };
	struct err err = { 0 };

	environment = lines;
	assert_int_equal(array_task_find(get, &task, &err), 1);
	assert_int_equal(task.k, k);
	assert_int_equal(task.n, n);
}

static void assert_refused(const char *const *lines, const char *reason)
{
	struct array_task task = { .k = 7, .n = 9 };
	struct err err = { 0 };

	environment = lines;
	assert_int_equal(array_task_find(get, &task, &err), -EINVAL);
	assert_non_null(strstr(err.msg, reason));
	assert_int_equal(task.k, 7);
}

static void test_slurm_counts_from_any_id_in_steps(void **state)
{
	static const char *const plain[] = { "SLURM_ARRAY_TASK_ID=3", "SLURM_ARRAY_TASK_MIN=1",
		"SLURM_ARRAY_TASK_MAX=24", "SLURM_ARRAY_TASK_STEP=1", "SLURM_ARRAY_TASK_COUNT=24",
		NULL };
	static const char *const zero[] = { "SLURM_ARRAY_TASK_ID=0", "SLURM_ARRAY_TASK_MIN=0",
		"SLURM_ARRAY_TASK_MAX=9", "SLURM_ARRAY_TASK_STEP=1", "SLURM_ARRAY_TASK_COUNT=10",
		NULL };
	static const char *const steps[] = { "SLURM_ARRAY_TASK_ID=10", "SLURM_ARRAY_TASK_MIN=4",
		"SLURM_ARRAY_TASK_MAX=15", "SLURM_ARRAY_TASK_STEP=3", "SLURM_ARRAY_TASK_COUNT=4",
		NULL };

	(void)state;
	assert_task(plain, 3, 24);
	assert_task(zero, 1, 10);
	assert_task(steps, 3, 4);
}

static void test_ids_that_cannot_be_counted_are_refused(void **state)
{
	/* --array=1,5,7 */
	static const char *const list[] = { "SLURM_ARRAY_TASK_ID=5", "SLURM_ARRAY_TASK_MIN=1",
		"SLURM_ARRAY_TASK_MAX=7", "SLURM_ARRAY_TASK_STEP=1", "SLURM_ARRAY_TASK_COUNT=3",
		NULL };
	static const char *const between[] = { "SGE_TASK_ID=4", "SGE_TASK_FIRST=1",
		"SGE_TASK_LAST=9", "SGE_TASK_STEPSIZE=2", NULL };
	static const char *const past[] = { "LSB_JOBINDEX=11", "LSB_JOBINDEX_END=10", NULL };
	static const char *const no_step[] = { "SLURM_ARRAY_TASK_ID=1", "SLURM_ARRAY_TASK_STEP=0",
		NULL };
	static const char *const zero[] = { "PBS_ARRAY_INDEX=0", NULL };
	static const char *const text[] = { "PBS_ARRAY_INDEX=1-5", NULL };
	static const char *const negative[] = { "SLURM_ARRAY_TASK_ID=1", "SLURM_ARRAY_TASK_MIN=-1",
		NULL };

	(void)state;
	assert_refused(list, "SLURM_ARRAY_TASK_ID=5");
	assert_refused(between, "equal steps");
	assert_refused(past, "LSB_JOBINDEX=11");
	assert_refused(no_step, "SLURM_ARRAY_TASK_ID=1");
	assert_refused(zero, "from 1");
	assert_refused(text, "'1-5', which is no number");
	assert_refused(negative, "SLURM_ARRAY_TASK_MIN is '-1'");
}

static void test_other_schedulers_are_understood(void **state)
{
	static const char *const lsf[] = { "LSB_JOBINDEX=4", "LSB_JOBINDEX_END=10",
		"LSB_JOBINDEX_STEP=3", NULL };
	static const char *const sge[] = { "SGE_TASK_ID=6", "SGE_TASK_FIRST=2", "SGE_TASK_LAST=9",
		"SGE_TASK_STEPSIZE=2", NULL };
	static const char *const pbs[] = { "PBS_ARRAY_INDEX=5", NULL };

	(void)state;
	assert_task(lsf, 2, 4);
	assert_task(sge, 3, 4);
	assert_task(pbs, 5, 0); /* it does not say how many there are */
}

static void test_jobs_that_are_no_arrays_have_no_task(void **state)
{
	static const char *const jobs[] = { "SLURM_JOB_ID=17", "LSB_JOBINDEX=0",
		"SGE_TASK_ID=undefined", "SGE_TASK_FIRST=undefined", NULL };
	struct array_task task;

	(void)state;
	environment = jobs;
	assert_int_equal(array_task_find(get, &task, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slurm_counts_from_any_id_in_steps),
		cmocka_unit_test(test_ids_that_cannot_be_counted_are_refused),
		cmocka_unit_test(test_other_schedulers_are_understood),
		cmocka_unit_test(test_jobs_that_are_no_arrays_have_no_task),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
