/* SPDX-License-Identifier: MIT */
/*
 * Which job of a batch system this process is in, as the source of a mount tells it: what ends a
 * job's left-overs finds its mounts by that.
 *
 *	genofs:job=4711        a job of Slurm, PBS, LSF or Grid Engine
 *	genofs:job=4711.3      step 3 of a Slurm job
 *	genofs:job=4711[7]     task 7 of an array (LSF; PBS spells its own)
 *	genofs:job=4711.7      task 7 of an array (Grid Engine)
 *
 * A task of a Slurm array is a job with an ID of its own. So a mount is job N's where N comes
 * behind "job=", with the end, '.' or '[' behind it. IDs come out of the environment: only letters,
 * digits and - _ . [ ] are taken.
 */
#ifndef GENOFS_BASE_JOB_TAG_H
#define GENOFS_BASE_JOB_TAG_H

#include <stdbool.h>

enum { JOB_TAG_MAX = 128 }; /* bytes with the NUL */

#define JOB_TAG_PREFIX "genofs:job="

/* False, with "" in @out, outside of jobs, and where the environment has no ID of the right form.
 */
bool job_tag(char out[JOB_TAG_MAX]);

/* The tag of job @job, step @step (negative: the job's script), without the environment. */
void job_tag_of_slurm(unsigned job, long step, char out[JOB_TAG_MAX]);

#endif
