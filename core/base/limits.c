/* SPDX-License-Identifier: MIT */
#include "core/base/limits.h"

#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/cleanup.h"

static const char own_groups[] = "/proc/self/cgroup";
static const char groups_root[] = "/sys/fs/cgroup";

/* Reads one control group's folder; called for ours and for each above it. */
typedef void (*cgroup_visitor)(const char *folder, void *arg);

static void fclosep(FILE **f)
{
	if (*f)
		fclose(*f);
}

/* The numbers in a control file's line; false where there is no file, or "max" in it. */
static bool read_numbers(const char *folder, const char *file, int64_t *a, int64_t *b)
{
	char pathname[PATH_MAX];
	char line[64];
	char *end;
	CLEANUP(fclosep) FILE *f = NULL;

	if (snprintf(pathname, sizeof(pathname), "%s/%s", folder, file) >= PATH_MAX)
		return false;
	f = fopen(pathname, "re");
	if (!f || !fgets(line, sizeof(line), f))
		return false;
	*a = strtoll(line, &end, 10);
	*b = strtoll(end, NULL, 10);
	return end != line;
}

/* From the group @path below @root up to @root itself. */
static void visit_upwards(const char *root, const char *path, cgroup_visitor visit, void *arg)
{
	char folder[PATH_MAX];
	size_t n_root = strlen(root);

	if (snprintf(folder, sizeof(folder), "%s%s", root, path) >= PATH_MAX)
		return;
	for (;;) {
		visit(folder, arg);
		if (strlen(folder) <= n_root)
			return;
		*strrchr(folder, '/') = '\0';
	}
}

/* True where @list, words joined by commas, holds @word. */
static bool list_has(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (;; list++) {
		if (strncmp(list, word, n) == 0 && (list[n] == ',' || list[n] == '\0'))
			return true;
		list = strchr(list, ',');
		if (!list)
			return false;
	}
}

/*
 * Every group of @membership that limits its members with @controller. A line is
 * "number:controllers:path", with no controllers in v2 (cgroups(7)).
 */
void limits_visit_groups(const char *membership, const char *root, const char *controller,
		cgroup_visitor visit, void *arg)
{
	CLEANUP(fclosep) FILE *f = fopen(membership, "re");
	char line[PATH_MAX];

	while (f && fgets(line, sizeof(line), f)) {
		char folder[PATH_MAX];
		char *controllers = strchr(line, ':');
		char *path = controllers ? strchr(controllers + 1, ':') : NULL;
		bool v2;

		if (!path)
			continue;
		*controllers++ = '\0';
		*path++ = '\0';
		path[strcspn(path, "\n")] = '\0';
		v2 = *controllers == '\0';
		if (!v2 && !list_has(controllers, controller))
			continue;
		if (snprintf(folder, sizeof(folder), "%s%s%s", root, v2 ? "" : "/",
				    v2 ? "" : controller) < PATH_MAX)
			visit_upwards(folder, strcmp(path, "/") == 0 ? "" : path, visit, arg);
	}
}

static void lower_memory(const char *folder, void *arg)
{
	uint64_t *limit = arg;
	int64_t bytes;
	int64_t unused;

	if (!read_numbers(folder, "memory.max", &bytes, &unused) &&
			!read_numbers(folder, "memory.limit_in_bytes", &bytes, &unused))
		return;
	if (bytes >= 0 && (uint64_t)bytes < *limit)
		*limit = (uint64_t)bytes;
}

uint64_t limits_group_memory(const char *membership, const char *root, uint64_t limit)
{
	limits_visit_groups(membership, root, "memory", lower_memory, &limit);
	return limit;
}

uint64_t limits_memory(void)
{
	return limits_group_memory(own_groups, groups_root,
			(uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE));
}

/* A quota of 150000 in each period of 100000 microseconds is 2 processors, the last one idle half
 * of the time. */
static void lower_cpus(const char *folder, void *arg)
{
	unsigned *limit = arg;
	int64_t quota;
	int64_t period;
	int64_t unused;
	int64_t cpus;

	if (!read_numbers(folder, "cpu.max", &quota, &period) &&
			!(read_numbers(folder, "cpu.cfs_quota_us", &quota, &unused) &&
					read_numbers(folder, "cpu.cfs_period_us", &period,
							&unused)))
		return;
	if (quota <= 0 || period <= 0)
		return;
	cpus = quota / period + (quota % period != 0);
	if (cpus < *limit)
		*limit = (unsigned)cpus;
}

unsigned limits_group_cpus(const char *membership, const char *root, unsigned limit)
{
	limits_visit_groups(membership, root, "cpu", lower_cpus, &limit);
	return limit;
}

unsigned limits_cpus(void)
{
	cpu_set_t set;
	unsigned limit;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		limit = (unsigned)CPU_COUNT(&set);
	else /* more processors than the set has bits */
		limit = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	limit = limits_group_cpus(own_groups, groups_root, limit);
	return limit ? limit : 1;
}
