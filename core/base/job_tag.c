/* SPDX-License-Identifier: MIT */
#include "core/base/job_tag.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/number.h"

enum { ID_MAX = 48 }; /* bytes of an ID, and of its part */

/* Slurm gives steps that are none (the batch script, an outer shell) numbers from here on. */
#define SLURM_NO_STEP 0xfffffff0U

/* The environment of a batch system. */
struct family {
	const char *job;    /* variable of the ID */
	const char *beside; /* a variable that must be there as well: NULL for none */
	bool is_number;     /* the ID is one */
	const char *part;   /* variable of the array's task or of the step; NULL: in the ID */
	uint64_t from, to;  /* what a part may be */
	const char *before, *behind; /* the part, in the tag */
};

static const struct family families[] = {
	{ "SLURM_JOB_ID", NULL, true, "SLURM_STEP_ID", 0, SLURM_NO_STEP - 1, ".", "" },
	{ "PBS_JOBID", NULL, false, NULL, 0, 0, "", "" },
	{ "LSB_JOBID", NULL, true, "LSB_JOBINDEX", 1, UINT32_MAX, "[", "]" },
	/* JOB_ID may be anybody's variable; SGE_TASK_ID is "undefined" outside of arrays. */
	{ "JOB_ID", "SGE_TASK_ID", true, "SGE_TASK_ID", 1, UINT32_MAX, ".", "" },
};

static bool is_id(const char *text, bool is_number)
{
	static const char digits[] = "0123456789";
	static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_.[]";
	size_t n = text ? strlen(text) : 0;

	return n > 0 && n <= ID_MAX && text[strspn(text, is_number ? digits : letters)] == '\0';
}

static bool tag_of(const struct family *f, char out[JOB_TAG_MAX])
{
	const char *id = getenv(f->job);
	const char *part = f->part ? getenv(f->part) : NULL;
	uint64_t n;

	if (!is_id(id, f->is_number) || (f->beside && !getenv(f->beside)))
		return false;
	if (is_id(part, true) && number_parse(part, 10, &n) && n >= f->from && n <= f->to)
		snprintf(out, JOB_TAG_MAX, JOB_TAG_PREFIX "%s%s%s%s", id, f->before, part,
				f->behind);
	else
		snprintf(out, JOB_TAG_MAX, JOB_TAG_PREFIX "%s", id);
	return true;
}

bool job_tag(char out[JOB_TAG_MAX])
{
	out[0] = '\0';
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (tag_of(&families[i], out))
			return true;
	return false;
}

void job_tag_of_slurm(unsigned job, long step, char out[JOB_TAG_MAX])
{
	if (step < 0 || step >= (long)SLURM_NO_STEP)
		snprintf(out, JOB_TAG_MAX, JOB_TAG_PREFIX "%u", job);
	else
		snprintf(out, JOB_TAG_MAX, JOB_TAG_PREFIX "%u.%ld", job, step);
}
