/* SPDX-License-Identifier: MIT */
#include "core/base/large.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { HUGE_PAGE = 2 << 20 };

void *large_alloc(size_t size)
{
	void *p = NULL;

	if (size < HUGE_PAGE)
		return malloc(size);
	if (posix_memalign(&p, HUGE_PAGE, size) != 0)
		return NULL;
	/* Whole ones only: a last one that reaches past the end would be more than was asked. */
	madvise(p, size & ~((size_t)HUGE_PAGE - 1), MADV_HUGEPAGE);
	return p;
}
