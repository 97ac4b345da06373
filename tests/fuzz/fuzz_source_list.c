/* SPDX-License-Identifier: MIT */
/* A file that may be a list of sources: what it lists are pathnames, each with its line. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fs/sources.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static int fd = -1;
	struct source_arg *args = calloc(1, sizeof(*args));
	char pathname[32];
	unsigned n = 1;

	if (fd < 0)
		fd = memfd_create("list", 0);
	if (!args || ftruncate(fd, 0) < 0 || pwrite(fd, data, len, 0) != (ssize_t)len)
		abort();
	snprintf(pathname, sizeof(pathname), "/proc/self/fd/%d", fd);
	if (source_arg_parse(pathname, args, NULL) < 0)
		abort();
	if (source_args_expand(&args, &n, NULL) == 0 && n == 0)
		abort();
	for (unsigned i = 0; i < n; i++) {
		if (!args[i].pathname || !*args[i].pathname || strchr(args[i].pathname, '\n'))
			abort();
		source_arg_done(&args[i]);
	}
	free(args);
	return 0;
}
