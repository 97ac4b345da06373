/* SPDX-License-Identifier: MIT */
/* without_namespaces PROGRAM ARGUMENT...: run it where unshare(2) is not permitted. Takes root, and
 * so leaves set-user-ID programs as they are. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <seccomp.h>

int main(int argc, char **argv)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	if (argc < 2 || !filter || seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0) < 0 ||
			seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(unshare), 0) < 0 ||
			seccomp_load(filter) < 0) {
		fputs("without_namespaces: seccomp failed\n", stderr);
		return 2;
	}
	seccomp_release(filter);
	execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 2;
}
