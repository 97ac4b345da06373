/* SPDX-License-Identifier: MIT */
#ifndef GENOFS_STORE_FILE_READ_H
#define GENOFS_STORE_FILE_READ_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

/* As pread_all(), counted as read from a store. Return: 0; -EIO where there are not as many, or
 * reading failed. */
int file_read(int fd, void *buf, size_t n, uint64_t offset, struct err *err);

#endif
