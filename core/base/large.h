/* SPDX-License-Identifier: MIT */
/*
 * Memory for what may be large, and will be written to as a whole: out of huge pages where the
 * kernel has them. One fault then brings 2 MiB in place of 4 KiB: of a decode into fresh memory a
 * quarter was faults, and on a virtual machine whose page tables are shadowed, half.
 *
 * A process that wants it says once how much there may be. It is mapped in regions, as they are
 * needed; one that has nothing in it any more is given back, but for the first. Without, and for
 * what is small, it is malloc(3)'s. Any thread may allocate and free.
 */
#ifndef GENOFS_BASE_LARGE_H
#define GENOFS_BASE_LARGE_H

#include <stddef.h>

/*
 * Have regions of @size bytes in all, rounded up to huge pages. What does not fit in them is mapped
 * by itself, and as long as there is such, they keep no page that is not in use. Called before
 * there are other threads. Under a sanitizer, which is to see the end of each allocation, it does
 * nothing.
 */
void large_set_room(size_t size);

/*
 * Have the pages brought that are taken first, @size bytes of them at most. What is brought later
 * keeps a reader waiting, on a virtual machine for milliseconds a page that its host has to find.
 * Nothing where there is something by itself.
 */
void large_warm(size_t size);

/* @size bytes, for large_free(); NULL where memory is out. Takes no more than @size and a page. */
void *large_alloc(size_t size);
/* The same of @n items of @size bytes, all zero; NULL also where that is too much to count. */
void *large_calloc(size_t n, size_t size);
/* Give back what is behind the first @size bytes of what large_alloc() gave. Return: where they are
 * from now on, in place of @p; never NULL. */
void *large_shrink(void *p, size_t size);
/* What large_alloc() gave, or malloc(3). NULL is nothing to do. */
void large_free(void *p);

/* Have the pages within [p, p + size), which are to be written, brought in one call in place of a
 * fault each. Where the kernel cannot (before 5.14) they come with the faults. */
void large_bring(void *p, size_t size);

#endif
