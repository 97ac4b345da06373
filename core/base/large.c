/* SPDX-License-Identifier: MIT */
#include "core/base/large.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { HUGE_PAGE = 2 << 20, PAGE = 4096, MAPPED_FROM = 128 << 10 };

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

void large_bring(void *p, size_t size)
{
	uintptr_t first = ((uintptr_t)p + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
	uintptr_t end = ((uintptr_t)p + size) & ~(uintptr_t)(PAGE - 1);

	if (first < end)
		madvise((void *)first, end - first, MADV_POPULATE_WRITE);
}

void *large_alloc(size_t size)
{
	void *p = NULL;

	if (size < HUGE_PAGE) {
		p = malloc(size);
		if (p && size >= MAPPED_FROM)
			large_bring(p, size);
		return p;
	}
	if (posix_memalign(&p, HUGE_PAGE, size) != 0)
		return NULL;
	/* Whole ones only: a last one that reaches past the end would be more than was asked. */
	madvise(p, size & ~((size_t)HUGE_PAGE - 1), MADV_HUGEPAGE);
	return p;
}
