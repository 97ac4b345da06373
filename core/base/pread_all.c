/* SPDX-License-Identifier: MIT */
#include "core/base/pread_all.h"

#include <errno.h>
#include <unistd.h>

int pread_all(int fd, void *buf, size_t n, uint64_t offset, struct err *err)
{
	uint8_t *at = buf;

	while (n) {
		ssize_t got = pread(fd, at, n, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(err, -EIO, "cannot read at byte %llu: %m",
					(unsigned long long)offset);
		if (got == 0)
			return err_set(err, -EIO, "ends at byte %llu: it was cut short",
					(unsigned long long)offset);
		at += got;
		n -= (size_t)got;
		offset += (uint64_t)got;
	}
	return 0;
}
