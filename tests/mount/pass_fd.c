/* SPDX-License-Identifier: MIT */
/*
 * pass_fd MNT PROGRAM ARGUMENT...: mount FUSE on MNT, then run the program with the last argument
 * added: "/dev/fd/N", N being the mount's descriptor.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char **args = calloc((size_t)argc + 1, sizeof(*args));
	char options[100];
	char device[32];
	int fd = open("/dev/fuse", O_RDWR);

	if (argc < 3 || fd < 0 || !args)
		return 2;
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=%u,group_id=%u", fd,
			getuid(), getgid());
	if (mount("passed", argv[1], "fuse.genofs", MS_NOSUID | MS_NODEV, options) < 0) {
		perror(argv[1]);
		return 1;
	}
	snprintf(device, sizeof(device), "/dev/fd/%d", fd);
	memcpy(args, argv + 2, (size_t)(argc - 2) * sizeof(*args));
	args[argc - 2] = device;
	execv(args[0], args);
	perror(args[0]);
	return 1;
}
