/* SPDX-License-Identifier: MIT */
/*
 * Disjoint sets of numbers (union-find), each known by its smallest member. At first
 * @parent[i] is i. One thread at a time.
 */
#ifndef GENOFS_BASE_DISJOINT_H
#define GENOFS_BASE_DISJOINT_H

#include <stdint.h>

static inline uint32_t disjoint_root(uint32_t *parent, uint32_t i)
{
	while (parent[i] != i) {
		parent[i] = parent[parent[i]];
		i = parent[i];
	}
	return i;
}

static inline void disjoint_join(uint32_t *parent, uint32_t a, uint32_t b)
{
	a = disjoint_root(parent, a);
	b = disjoint_root(parent, b);
	if (a < b)
		parent[b] = a;
	else
		parent[a] = b;
}

#endif
