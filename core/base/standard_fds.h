/* SPDX-License-Identifier: MIT */
/* A file or /dev/fuse must not become standard error where a caller has closed that. */
#ifndef GENOFS_BASE_STANDARD_FDS_H
#define GENOFS_BASE_STANDARD_FDS_H

#include <fcntl.h>
#include <unistd.h>

/* Call it before anything is opened. */
static inline void open_standard_fds(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= 2);
	if (fd >= 0)
		close(fd);
}

#endif
