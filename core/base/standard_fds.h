/* SPDX-License-Identifier: MIT */
/* Descriptors 0 to 2: a file or /dev/fuse must not become standard error where a caller has closed
 * that. */
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

/* From here on nobody reads what is printed, and no terminal or pipe is held. */
static inline void close_standard_fds(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int i = 0; fd >= 0 && i < 3; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
}

#endif
