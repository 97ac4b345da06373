/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/job_tag.h"

static const char *const variables[] = { "SLURM_JOB_ID", "SLURM_STEP_ID", "PBS_JOBID", "LSB_JOBID",
	"LSB_JOBINDEX", "JOB_ID", "SGE_TASK_ID" };

/* @environment: NAME=VALUE words, a blank between; NULL in @want: no job. */
static void assert_tag(const char *environment, const char *want)
{
	char copy[256];
	char tag[JOB_TAG_MAX];
	char *rest = copy;
	char *word;
	bool found;

	snprintf(copy, sizeof(copy), "%s", environment);
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		unsetenv(variables[i]);
	while ((word = strsep(&rest, " "))) {
		char *value = strchr(word, '=');

		if (!value)
			continue;
		*value = '\0';
		setenv(word, value + 1, 1);
	}
	found = job_tag(tag);
	assert_int_equal(found, want != NULL);
	assert_string_equal(tag, want ? want : "");
}

static void test_there_is_none_outside_of_jobs(void **state)
{
	(void)state;
	assert_tag("", NULL);
	assert_tag("SLURM_STEP_ID=3", NULL);
}

static void test_slurm_has_jobs_and_steps(void **state)
{
	(void)state;
	assert_tag("SLURM_JOB_ID=4711", "genofs:job=4711");
	assert_tag("SLURM_JOB_ID=4711 SLURM_STEP_ID=0", "genofs:job=4711.0");
	assert_tag("SLURM_JOB_ID=4711 SLURM_STEP_ID=12", "genofs:job=4711.12");
	/* the batch script */
	assert_tag("SLURM_JOB_ID=4711 SLURM_STEP_ID=4294967291", "genofs:job=4711");
	/* a task of an array is a job */
	assert_tag("SLURM_JOB_ID=4713 SLURM_ARRAY_JOB_ID=4711 SLURM_ARRAY_TASK_ID=2",
			"genofs:job=4713");
}

static void test_others_have_arrays(void **state)
{
	(void)state;
	assert_tag("PBS_JOBID=12.server-1", "genofs:job=12.server-1");
	assert_tag("PBS_JOBID=12[7].server", "genofs:job=12[7].server");
	assert_tag("LSB_JOBID=99 LSB_JOBINDEX=0", "genofs:job=99");
	assert_tag("LSB_JOBID=99 LSB_JOBINDEX=7", "genofs:job=99[7]");
	assert_tag("JOB_ID=5 SGE_TASK_ID=undefined", "genofs:job=5");
	assert_tag("JOB_ID=5 SGE_TASK_ID=3", "genofs:job=5.3");
	assert_tag("JOB_ID=5", NULL); /* anybody's variable */
}

static void test_what_is_no_id_is_not_taken(void **state)
{
	(void)state;
	assert_tag("SLURM_JOB_ID=", NULL);
	assert_tag("SLURM_JOB_ID=1,allow_other", NULL);
	assert_tag("SLURM_JOB_ID=../1", NULL);
	assert_tag("SLURM_JOB_ID=1 SLURM_STEP_ID=x", "genofs:job=1");
	assert_tag("PBS_JOBID=1/2", NULL);
	assert_tag("PBS_JOBID=1\\054x", NULL);
	assert_tag("PBS_JOBID=1111111111111111111111111111111111111111111111111111111111111111",
			NULL);
	/* then the next system's is looked for */
	assert_tag("SLURM_JOB_ID=x PBS_JOBID=8.s", "genofs:job=8.s");
}

static void test_slurm_tells_its_plugins_in_numbers(void **state)
{
	char tag[JOB_TAG_MAX];

	(void)state;
	job_tag_of_slurm(4711, 0, tag);
	assert_string_equal(tag, "genofs:job=4711.0");
	job_tag_of_slurm(4711, -1, tag);
	assert_string_equal(tag, "genofs:job=4711");
	job_tag_of_slurm(4294967295U, 4294967291L, tag);
	assert_string_equal(tag, "genofs:job=4294967295");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_is_none_outside_of_jobs),
		cmocka_unit_test(test_slurm_has_jobs_and_steps),
		cmocka_unit_test(test_others_have_arrays),
		cmocka_unit_test(test_what_is_no_id_is_not_taken),
		cmocka_unit_test(test_slurm_tells_its_plugins_in_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
