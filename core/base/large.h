/* SPDX-License-Identifier: MIT */
/*
 * Memory for what may be large, and will be written to as a whole. Where the kernel has huge pages
 * for it, one fault brings 2 MiB in place of 4 KiB; what is smaller than those is brought in one
 * call: of a decode, a quarter was faults.
 */
#ifndef GENOFS_BASE_LARGE_H
#define GENOFS_BASE_LARGE_H

#include <stddef.h>

/* @size bytes, for free(3); NULL where memory is out. Takes no more than @size and a page. */
void *large_alloc(size_t size) __attribute__((malloc));

/* Have the pages within [p, p + size), which are to be written, brought in one call in place of a
 * fault each. Where the kernel cannot (before 5.14) they come with the faults. */
void large_bring(void *p, size_t size);

#endif
