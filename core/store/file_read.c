/* SPDX-License-Identifier: MIT */
#include "core/store/file_read.h"

#include "core/base/pread_all.h"
#include "core/base/stats.h"

int file_read(int fd, void *buf, size_t n, uint64_t offset, struct err *err)
{
	int r = pread_all(fd, buf, n, offset, err);

	if (r == 0)
		stat_add(STAT_STORE_BYTES, n);
	return r;
}
