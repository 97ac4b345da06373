/* SPDX-License-Identifier: MIT */
#include "fs/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <seccomp.h>

#include "core/base/cleanup.h"
#include "core/base/sanitized.h"

static const int allowed[] = {
	/* /dev/fuse, the stores, the socket to the supervisor */
	SCMP_SYS(read),
	SCMP_SYS(readv),
	SCMP_SYS(pread64),
	SCMP_SYS(preadv),
	SCMP_SYS(preadv2),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(sendto),
	SCMP_SYS(recvfrom),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(close),
	SCMP_SYS(lseek),
	SCMP_SYS(fstat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(statx),
	/* memory, never executable: see deny_exec() */
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(getrandom), /* malloc's caches */
	SCMP_SYS(sysinfo),   /* qsort(3), to see how much memory there is */
	/* threads and time */
	SCMP_SYS(futex),
	SCMP_SYS(sched_yield),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(rseq),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(getpid),
	SCMP_SYS(getppid),
	SCMP_SYS(gettid),
	/* signals to itself (abort(3)) and the end */
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(tgkill),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

/* Where a pangenome is mounted: what core/shm asks for when it makes, opens or lists objects, and
 * looks how much memory there is. */
static const int allowed_for_files[] = {
	SCMP_SYS(openat),
	SCMP_SYS(fcntl),
	SCMP_SYS(flock),
	SCMP_SYS(fallocate),
	SCMP_SYS(pwrite64),
	SCMP_SYS(fchmod),
	SCMP_SYS(fsync),
	SCMP_SYS(utimensat),
	SCMP_SYS(linkat),
	SCMP_SYS(unlinkat),
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),
	SCMP_SYS(fstatfs),
	SCMP_SYS(getdents64),
	SCMP_SYS(geteuid),
};

static void seccomp_releasep(scmp_filter_ctx *filter)
{
	if (*filter)
		seccomp_release(*filter);
}

/* Memory may be mapped and its protection changed, but not to be executed. */
static int deny_exec(scmp_filter_ctx filter, int call)
{
	return seccomp_rule_add(
			filter, SCMP_ACT_ALLOW, call, 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
}

/* Limits may be asked for, not set. */
static int allow_getrlimit(scmp_filter_ctx filter)
{
	return seccomp_rule_add(
			filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1, SCMP_A2(SCMP_CMP_EQ, 0, 0));
}

static int allow(scmp_filter_ctx filter, const int *calls, size_t n)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
	return r;
}

/*
 * What is not allowed fails with EPERM. It does not kill: libraries try things that they can do
 * without, as glibc's free(3), which once in a process's life wants to read
 * /proc/sys/vm/overcommit_memory.
 */
static int load_filter(bool files)
{
	CLEANUP(seccomp_releasep) scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r;

	if (!filter)
		return -ENOMEM;
	/* On all threads, not only this one. */
	r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	if (r == 0)
		r = allow(filter, allowed, sizeof(allowed) / sizeof(allowed[0]));
	if (r == 0 && files)
		r = allow(filter, allowed_for_files,
				sizeof(allowed_for_files) / sizeof(allowed_for_files[0]));
	if (r == 0 && files)
		r = allow_getrlimit(filter);
	if (r == 0)
		r = deny_exec(filter, SCMP_SYS(mmap));
	if (r == 0)
		r = deny_exec(filter, SCMP_SYS(mprotect));
	return r == 0 ? seccomp_load(filter) : r;
}

static int take_no_privileges(struct err *err)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? err_set(err, -errno, "no_new_privs: %m")
							  : 0;
}

int sandbox_enter(bool files, struct err *err)
{
	int r;

	if (SANITIZED)
		return 0;
	r = take_no_privileges(err);
	if (r < 0)
		return r;
	r = load_filter(files);
	if (r < 0)
		return err_set(err, r, "seccomp: %s (sandbox=no goes without)", strerror(-r));
	return 0;
}

/* ---- files: landlock(7) ---- */

/* Headers may be older than the kernel. */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER ((uint64_t)1 << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE ((uint64_t)1 << 14)
#endif

#define RIGHTS_TO_READ ((uint64_t)LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define RIGHTS_TO_MAKE                                                                             \
	(RIGHTS_TO_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |            \
			LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REFER |                \
			LANDLOCK_ACCESS_FS_TRUNCATE)

/* All rights that the kernel knows of, by the version of its interface. */
static uint64_t known_rights(long version)
{
	uint64_t rights = LANDLOCK_ACCESS_FS_REFER - 1; /* those of version 1 */

	if (version >= 2)
		rights |= LANDLOCK_ACCESS_FS_REFER;
	if (version >= 3)
		rights |= LANDLOCK_ACCESS_FS_TRUNCATE;
	return rights;
}

static int allow_beneath(int rules, const char *folder, uint64_t rights, struct err *err)
{
	CLEANUP(closep) int fd = open(folder, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr rule = { .allowed_access = rights, .parent_fd = fd };

	if (fd < 0 || syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) <
					0)
		return err_set(err, -errno, "landlock: %s: %m", folder);
	return 0;
}

/* What is not there cannot be read, sandbox or not. */
static int allow_to_read(int rules, const char *folder, struct err *err)
{
	struct stat st;

	return stat(folder, &st) < 0 ? 0 : allow_beneath(rules, folder, RIGHTS_TO_READ, err);
}

int sandbox_enter_files(const char *folder, struct err *err)
{
	long version = syscall(
			SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	const struct landlock_ruleset_attr handled = { .handled_access_fs = known_rights(version) };
	CLEANUP(closep) int rules = -1;
	int r;

	if (SANITIZED || version < 1)
		return 0;
	rules = (int)syscall(SYS_landlock_create_ruleset, &handled,
			sizeof(handled.handled_access_fs), 0);
	if (rules < 0)
		return err_set(err, -errno, "landlock: %m (sandbox=no goes without)");
	r = allow_beneath(rules, folder, RIGHTS_TO_MAKE & handled.handled_access_fs, err);
	if (r == 0)
		r = allow_to_read(rules, "/proc", err);
	if (r == 0)
		r = allow_to_read(rules, "/sys/fs/cgroup", err);
	if (r == 0)
		r = take_no_privileges(err);
	if (r == 0 && syscall(SYS_landlock_restrict_self, rules, 0) < 0)
		r = err_set(err, -errno, "landlock: %m (sandbox=no goes without)");
	return r;
}
