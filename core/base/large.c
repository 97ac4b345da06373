/* SPDX-License-Identifier: MIT */
#include "core/base/large.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/base/sanitized.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

enum {
	PAGE = 4096, /* what a region is cut into */
	HUGE_PAGE = 2 << 20,
	REGION_MAX = 32 << 20,
	LARGE_FROM = 32 << 10, /* less is malloc's */
	REGIONS_MAX = 4096     /* of each of the two sorts */
};

#define USED 0x80000000u

/*
 * Runs of pages, used or free, no two free ones side by side. The first and the last page of a run
 * say how long it is, so that its neighbours are found.
 */
struct region {
	char *base;
	uint32_t n_free;  /* pages */
	uint32_t brought; /* pages: those before it are there */
	uint32_t run[];   /* region_pages of them */
};

/* What did not fit into a region. */
struct single {
	char *base;
	size_t size;
};

static size_t max_regions; /* 0: all is malloc's */
static uint32_t region_pages;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct region *regions[REGIONS_MAX]; /* by lock; n_regions of them, owned */
static size_t n_regions;                    /* by lock */
static struct single singles[REGIONS_MAX];  /* by lock */
static size_t n_singles;                    /* by lock */

void large_set_room(size_t size)
{
	size_t region = REGION_MAX;
	size_t n;

	if (SANITIZED || !size)
		return;
	if (size < region)
		region = (size + HUGE_PAGE - 1) & ~((size_t)HUGE_PAGE - 1);
	n = size / region + (size % region != 0);
	region_pages = (uint32_t)(region / PAGE);
	max_regions = n < REGIONS_MAX ? n : REGIONS_MAX;
}

static size_t region_size(void)
{
	return (size_t)region_pages * PAGE;
}

static uint32_t pages_of(size_t size)
{
	return (uint32_t)((size + PAGE - 1) / PAGE);
}

/* Where huge pages begin. */
static char *map_pages(size_t size)
{
	char *p = mmap(NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);
	size_t before;

	if (p == MAP_FAILED)
		return NULL;
	before = -(uintptr_t)p % HUGE_PAGE;
	if (before)
		munmap(p, before);
	munmap(p + before + size, HUGE_PAGE - before);
	/* Whole ones only: a last one that reaches past the end would be more than was asked. */
	madvise(p + before, size & ~((size_t)HUGE_PAGE - 1), MADV_HUGEPAGE);
	return p + before;
}

/* ---- regions, with the lock ---- */

static void set_run(struct region *g, uint32_t first, uint32_t n, uint32_t used)
{
	g->run[first] = n | used;
	g->run[first + n - 1] = n | used;
}

static void new_region(void)
{
	struct region *g;

	if (n_regions == max_regions)
		return;
	g = malloc(sizeof(*g) + region_pages * sizeof(g->run[0]));
	if (!g)
		return;
	g->base = map_pages(region_size());
	if (!g->base) {
		free(g);
		return;
	}
	g->n_free = region_pages;
	g->brought = 0;
	set_run(g, 0, region_pages, 0);
	regions[n_regions++] = g;
}

/* The first run of @n pages that are free; NULL: none. *@fresh: how many at its end have to be
 * brought. */
static char *take_run(struct region *g, uint32_t n, uint32_t *fresh)
{
	uint32_t at = 0;
	uint32_t length;

	if (g->n_free < n)
		return NULL;
	while (at < region_pages && (g->run[at] & USED || g->run[at] < n))
		at += g->run[at] & ~USED;
	if (at == region_pages)
		return NULL;
	length = g->run[at];
	set_run(g, at, n, USED);
	if (length > n)
		set_run(g, at + n, length - n, 0);
	g->n_free -= n;
	if (at + n > g->brought)
		*fresh = at + n - (at > g->brought ? at : g->brought);
	if (at <= g->brought && at + n > g->brought)
		g->brought = at + n;
	return g->base + (size_t)at * PAGE;
}

static void drop_pages(struct region *g, uint32_t first, uint32_t n)
{
	if (first < g->brought)
		g->brought = first;
	madvise(g->base + (size_t)first * PAGE, (size_t)n * PAGE, MADV_DONTNEED);
}

static void drop_free_pages(void)
{
	for (size_t i = 0; i < n_regions; i++) {
		struct region *g = regions[i];

		for (uint32_t at = 0; at < region_pages; at += g->run[at] & ~USED)
			if (!(g->run[at] & USED))
				drop_pages(g, at, g->run[at]);
	}
}

/* What is used becomes free, and one run with those beside it that are. */
static void free_pages(struct region *g, uint32_t first, uint32_t n)
{
	if (n_singles)
		drop_pages(g, first, n);
	g->n_free += n;
	if (first + n < region_pages && !(g->run[first + n] & USED))
		n += g->run[first + n];
	if (first && !(g->run[first - 1] & USED)) {
		n += g->run[first - 1];
		first -= g->run[first - 1];
	}
	set_run(g, first, n, 0);
}

/* Of the run that begins at @p, the first @keep pages stay in use. */
static void free_run(size_t i, const char *p, uint32_t keep)
{
	struct region *g = regions[i];
	uint32_t first = (uint32_t)((size_t)(p - g->base) / PAGE);
	uint32_t n = g->run[first] & ~USED;

	if (keep >= n)
		return;
	if (keep)
		set_run(g, first, keep, USED);
	free_pages(g, first + keep, n - keep);
	/* The first stays: it will be wanted again. */
	if (g->n_free < region_pages || i == 0)
		return;
	munmap(g->base, region_size());
	free(g);
	regions[i] = regions[--n_regions];
}

static char *from_regions(size_t size, uint32_t *fresh)
{
	uint32_t n = pages_of(size);
	char *p = NULL;

	if (size > region_size())
		return NULL;
	for (size_t i = 0; !p && i < n_regions; i++)
		p = take_run(regions[i], n, fresh);
	if (p)
		return p;
	new_region();
	return n_regions ? take_run(regions[n_regions - 1], n, fresh) : NULL;
}

/* ---- what lies by itself, with the lock ---- */

static char *new_single(size_t size)
{
	char *p;

	size = (size + PAGE - 1) & ~((size_t)PAGE - 1);
	if (n_singles == REGIONS_MAX)
		return NULL;
	p = map_pages(size);
	if (!p)
		return NULL;
	if (!n_singles)
		drop_free_pages();
	singles[n_singles++] = (struct single){ p, size };
	return p;
}

/* Of what lies by itself: the pages behind the first @size bytes; with none, all of it. */
static void free_single(size_t i, size_t size)
{
	struct single *single = &singles[i];
	size_t keep = (size + PAGE - 1) & ~((size_t)PAGE - 1);

	if (keep < single->size)
		munmap(single->base + keep, single->size - keep);
	single->size = keep < single->size ? keep : single->size;
	if (!keep)
		*single = singles[--n_singles];
}

/* All but the first @size bytes of what begins at @p. False where that is malloc's. */
static bool give_back(const char *p, size_t size)
{
	for (size_t i = 0; i < n_regions; i++)
		if (p >= regions[i]->base && p < regions[i]->base + region_size()) {
			free_run(i, p, pages_of(size));
			return true;
		}
	for (size_t i = 0; i < n_singles; i++)
		if (p == singles[i].base) {
			free_single(i, size);
			return true;
		}
	return false;
}

/* ---- for callers ---- */

void large_bring(void *p, size_t size)
{
	uintptr_t first = ((uintptr_t)p + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
	uintptr_t end = ((uintptr_t)p + size) & ~(uintptr_t)(PAGE - 1);

	if (first < end)
		madvise((void *)first, end - first, MADV_POPULATE_WRITE);
}

void large_warm(size_t size)
{
	char *base = NULL;

	size = size < region_size() ? size : region_size();
	pthread_mutex_lock(&lock);
	if (!n_regions)
		new_region();
	if (n_regions && !n_singles) {
		base = regions[0]->base;
		if (regions[0]->brought < pages_of(size))
			regions[0]->brought = pages_of(size);
	}
	pthread_mutex_unlock(&lock);
	if (!base)
		return;
	/* One at a time: whoever waits for a page gets it as soon as it is there. */
	for (size_t at = 0; at < size; at += HUGE_PAGE)
		large_bring(base + at, HUGE_PAGE);
}

void *large_alloc(size_t size)
{
	uint32_t fresh = 0;
	char *p;

	if (!max_regions || size < LARGE_FROM || size > SIZE_MAX / 2)
		return malloc(size);
	pthread_mutex_lock(&lock);
	p = from_regions(size, &fresh);
	if (!p) {
		p = new_single(size);
		fresh = pages_of(size);
	}
	pthread_mutex_unlock(&lock);
	if (!p) /* perhaps a little less of address space is left */
		return malloc(size);
	if (fresh)
		large_bring(p + (size_t)(pages_of(size) - fresh) * PAGE, (size_t)fresh * PAGE);
	return p;
}

void *large_calloc(size_t n, size_t size)
{
	size_t bytes;
	void *p;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	p = large_alloc(bytes);
	if (p)
		memset(p, 0, bytes);
	return p;
}

/* Likewise. */
static bool give_back_locked(const void *p, size_t size)
{
	bool found;

	if (!max_regions)
		return false;
	pthread_mutex_lock(&lock);
	found = give_back(p, size);
	pthread_mutex_unlock(&lock);
	return found;
}

void *large_shrink(void *p, size_t size)
{
	void *moved;

	size = size ? size : 1;
	if (give_back_locked(p, size))
		return p;
	moved = realloc(p, size);
	return moved ? moved : p;
}

void large_free(void *p)
{
	if (p && !give_back_locked(p, 0))
		free(p);
}
