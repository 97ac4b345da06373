/* SPDX-License-Identifier: MIT */
#include "fs/sandbox.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

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

/*
 * What is not allowed fails with EPERM. It does not kill: libraries try things that they can do
 * without, as glibc's free(3), which once in a process's life wants to read
 * /proc/sys/vm/overcommit_memory.
 */
static int load_filter(void)
{
	CLEANUP(seccomp_releasep) scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r;

	if (!filter)
		return -ENOMEM;
	/* On all threads, not only this one. */
	r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	for (size_t i = 0; r == 0 && i < sizeof(allowed) / sizeof(allowed[0]); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
	if (r == 0)
		r = deny_exec(filter, SCMP_SYS(mmap));
	if (r == 0)
		r = deny_exec(filter, SCMP_SYS(mprotect));
	return r == 0 ? seccomp_load(filter) : r;
}

int sandbox_enter(struct err *err)
{
	int r;

	if (SANITIZED)
		return 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_set(err, -errno, "no_new_privs: %m");
	r = load_filter();
	if (r < 0)
		return err_set(err, r, "seccomp: %s (sandbox=no goes without)", strerror(-r));
	return 0;
}
