/* SPDX-License-Identifier: MIT */
#include "core/shm/shm_room.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include "core/base/cleanup.h"
#include "core/base/limits.h"

const struct shm_machine shm_this_machine = {
	.membership = "/proc/self/cgroup", .groups = "/sys/fs/cgroup", .meminfo = "/proc/meminfo"
};

enum { STEP = 64 << 20, MARGIN = 4 << 20, MARGIN_SHARE = 64 };

/* The tightest group so far. */
struct group_room {
	uint64_t left; /* bytes */
	uint64_t limit;
	char folder[PATH_MAX];
};

static void fclosep(FILE **f)
{
	if (*f)
		fclose(*f);
}

/* The number that file @name of @folder begins with, or, with @key, the one behind that word at the
 * beginning of a line. False where there is none. */
static bool read_number(const char *folder, const char *name, const char *key, uint64_t *out)
{
	char pathname[PATH_MAX];
	char line[256];
	size_t n = key ? strlen(key) : 0;
	CLEANUP(fclosep) FILE *f = NULL;

	if (snprintf(pathname, sizeof(pathname), "%s%s%s", folder, *folder ? "/" : "", name) >=
			PATH_MAX)
		return false;
	f = fopen(pathname, "re");
	while (f && fgets(line, sizeof(line), f)) {
		char *end;

		if (n && (strncmp(line, key, n) != 0 || !strchr(" :", line[n])))
			continue;
		*out = strtoull(line + n + (n ? 1 : 0), &end, 10);
		return *end == '\n' || *end == ' ';
	}
	return false;
}

/* Page cache of files: charged to the group, and dropped before its limit is one. */
static uint64_t file_cache(const char *folder, bool v2)
{
	uint64_t inactive = 0;
	uint64_t active = 0;

	read_number(folder, "memory.stat", v2 ? "inactive_file" : "total_inactive_file", &inactive);
	read_number(folder, "memory.stat", v2 ? "active_file" : "total_active_file", &active);
	return inactive + active;
}

static void look_at_group(const char *folder, void *arg)
{
	struct group_room *room = arg;
	bool v2;
	uint64_t limit;
	uint64_t used;
	uint64_t cache;

	v2 = read_number(folder, "memory.max", NULL, &limit);
	if (!v2 && !read_number(folder, "memory.limit_in_bytes", NULL, &limit))
		return;
	if (!read_number(folder, v2 ? "memory.current" : "memory.usage_in_bytes", NULL, &used))
		return;
	cache = file_cache(folder, v2);
	used -= cache < used ? cache : used;
	if (limit >= used && limit - used >= room->left)
		return;
	room->left = limit > used ? limit - used : 0;
	room->limit = limit;
	snprintf(room->folder, sizeof(room->folder), "%s", folder);
}

static const char *size_text(uint64_t bytes, char out[48])
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double value = (double)bytes / 1024;
	unsigned i = 0;

	for (; value >= 1024 && i < 3; i++)
		value /= 1024;
	snprintf(out, 48, "%llu bytes (%.1f %s)", (unsigned long long)bytes, value, units[i]);
	return out;
}

static int check_file_system(int fd, const char *folder, uint64_t bytes, struct err *err)
{
	char needed[48];
	char left[48];
	struct statvfs st;
	uint64_t available;

	if (fstatvfs(fd, &st) < 0)
		return err_set(err, -errno, "%s: %m", folder);
	if (!st.f_blocks) /* a tmpfs without a limit of its own */
		return 0;
	if (__builtin_mul_overflow((uint64_t)st.f_bavail, (uint64_t)st.f_frsize, &available))
		available = UINT64_MAX;
	if (available >= bytes)
		return 0;
	err_set(err, -ENOSPC, "%s: too small: %s needed, %s available", folder,
			size_text(bytes, needed), size_text(available, left));
	return err_cure(err, -ENOSPC,
			"make it larger (docker and podman: --shm-size; Kubernetes: an emptyDir of "
			"medium "
			"Memory; else mount -o remount,size=), drop other objects in it, or use "
			"another "
			"folder");
}

/* Pages of the file system are memory. */
static bool in_memory(int fd)
{
	struct statfs st;

	return fstatfs(fd, &st) == 0 && (st.f_type == TMPFS_MAGIC || st.f_type == RAMFS_MAGIC);
}

int shm_room_check_memory(uint64_t bytes, const struct shm_machine *machine, struct err *err)
{
	struct group_room room = { .left = UINT64_MAX };
	uint64_t needed = bytes + bytes / MARGIN_SHARE + MARGIN;
	uint64_t available;
	char a[48];
	char b[48];

	limits_visit_groups(machine->membership, machine->groups, "memory", look_at_group, &room);
	if (room.left < needed) {
		err_set(err, -ENOMEM,
				"not enough memory: %s needed, and the control group %.96s has %s "
				"left of "
				"its %llu",
				size_text(needed, a), room.folder, size_text(room.left, b),
				(unsigned long long)room.limit);
		return err_cure(err, -ENOMEM,
				"ask for more memory (Slurm: --mem; docker: --memory), or use a "
				"folder on a "
				"disk");
	}
	if (!read_number("", machine->meminfo, "MemAvailable", &available))
		return 0;
	available *= 1024;
	if (available >= needed)
		return 0;
	err_set(err, -ENOMEM, "not enough memory: %s needed, and the machine has %s available",
			size_text(needed, a), size_text(available, b));
	return err_cure(err, -ENOMEM,
			"end other programs, drop other objects, or use a folder on a disk");
}

int shm_room_check(int fd, const char *folder, uint64_t bytes, const struct shm_machine *machine,
		struct err *err)
{
	int r = check_file_system(fd, folder, bytes, err);

	if (r == 0 && bytes && in_memory(fd))
		r = shm_room_check_memory(bytes, machine, err);
	return r;
}

static int take_step(int file, uint64_t at, uint64_t n, const char *folder, struct err *err)
{
	int r;

	do
		r = fallocate(file, 0, (off_t)at, (off_t)n);
	while (r < 0 && errno == EINTR);
	if (r == 0)
		return 0;
	if (errno == EOPNOTSUPP || errno == ENOSYS)
		return err_set(err, -ENOTSUP,
				"%s: its file system cannot allocate space ahead; use a folder on "
				"tmpfs, "
				"ext4 or xfs",
				folder);
	if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
		return err_set(err, errno == EDQUOT ? -EDQUOT : -ENOSPC,
				"%s: out of space at %llu bytes of the object (%m); free some, or "
				"use another "
				"folder",
				folder, (unsigned long long)at);
	return err_set(err, -errno, "%s: space cannot be allocated: %m", folder);
}

int shm_room_take(int file, uint64_t total, int fd, const char *folder,
		const struct shm_machine *machine, struct err *err)
{
	struct rlimit most;

	/* Beyond it, fallocate(2) sends a signal that ends the process. */
	if (getrlimit(RLIMIT_FSIZE, &most) == 0 && most.rlim_cur < total)
		return err_set(err, -EFBIG,
				"a file may have %llu bytes here, %llu needed; raise ulimit -f",
				(unsigned long long)most.rlim_cur, (unsigned long long)total);
	for (uint64_t at = 0; at < total; at += STEP) {
		uint64_t n = total - at < STEP ? total - at : STEP;
		int r = shm_room_check(fd, folder, total - at, machine, err);

		if (r == 0)
			r = take_step(file, at, n, folder, err);
		if (r < 0)
			return r;
	}
	return 0;
}
