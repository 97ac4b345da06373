/* SPDX-License-Identifier: MIT */
/* The process that keeps a shared mount as long as it has users. */
#ifndef GENOFS_JOB_KEEPER_H
#define GENOFS_JOB_KEEPER_H

#include "mount-helpers/job/job_mount.h"
#include "mount-helpers/job/share_place.h"

/**
 * keeper_run() - be the keeper
 * @listening: socket of those that join
 * @first:     connection of the user that started it
 *
 * Each user is sent a report: the mount, when it answers, or why there is none.
 */
__attribute__((noreturn)) void keeper_run(const struct job_request *request,
		struct share_place *place, int listening, int first);

#endif
