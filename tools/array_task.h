/* SPDX-License-Identifier: MIT */
/*
 * Which task of an array job this process belongs to, as schedulers say it in the environment:
 * Slurm, PBS, LSF, Grid Engine.
 */
#ifndef GENOFS_TOOLS_ARRAY_TASK_H
#define GENOFS_TOOLS_ARRAY_TASK_H

#include <stdint.h>

#include "core/base/err.h"

/* Task @k of @n, from 1. */
struct array_task {
	uint64_t k;
	uint64_t n; /* 0 where the scheduler does not say how many there are */
};

/**
 * array_task_find() - the task that the environment tells of
 * @get: getenv(3), or what stands for it in a test
 *
 * Return: 1; 0 where it tells of none; -EINVAL where what it tells cannot be counted: ids that are
 * no numbers, or do not lie one step apart.
 */
int array_task_find(const char *(*get)(const char *name), struct array_task *out, struct err *err);

#endif
