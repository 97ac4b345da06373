/* SPDX-License-Identifier: MIT */
#ifndef GENOFS_BASE_PREAD_ALL_H
#define GENOFS_BASE_PREAD_ALL_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

/* All of @n bytes at @offset of a file. Any thread. Return: 0; -EIO where there are not as many, or
 * reading failed. */
int pread_all(int fd, void *buf, size_t n, uint64_t offset, struct err *err);

#endif
