/* SPDX-License-Identifier: MIT */
/*
 * What this process may use of the machine: memory and processors, as the machine and the control
 * groups (v1 and v2, cgroups(7)) allow. A group's limit holds for all below it, so each is read
 * from ours up to the root.
 * Every function here may be called from any thread.
 */
#ifndef GENOFS_BASE_LIMITS_H
#define GENOFS_BASE_LIMITS_H

#include <stdint.h>

/* Bytes: the machine's memory, or the lowest limit of a group. */
uint64_t limits_memory(void);
/* Processors that it may run on and has the quota for; at least 1. */
unsigned limits_cpus(void);

/*
 * Call @visit with the folder of each group that @controller ("memory", "cpu") limits this process
 * with, of ours first, then of those above it.
 * @membership: the groups this process is in, as /proc/self/cgroup lists them
 * @root:       the folder of the groups: /sys/fs/cgroup
 */
void limits_visit_groups(const char *membership, const char *root, const char *controller,
		void (*visit)(const char *folder, void *arg), void *arg);

/* The lowest limit of those groups, or @limit where none is lower. */
uint64_t limits_group_memory(const char *membership, const char *root, uint64_t limit);
unsigned limits_group_cpus(const char *membership, const char *root, unsigned limit);

#endif
