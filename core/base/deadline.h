/* SPDX-License-Identifier: MIT */
/* Points in time for pthread_cond_timedwait(). */
#ifndef GENOFS_BASE_DEADLINE_H
#define GENOFS_BASE_DEADLINE_H

#include <time.h>

enum { NS_PER_MS = 1000000, NS_PER_S = 1000000000 };

/* @ms milliseconds, 0 or more, after @t. */
static inline struct timespec deadline_after(struct timespec t, long ms)
{
	t.tv_sec += ms / 1000;
	t.tv_nsec += ms % 1000 * NS_PER_MS;
	if (t.tv_nsec >= NS_PER_S) {
		t.tv_nsec -= NS_PER_S;
		t.tv_sec++;
	}
	return t;
}

#endif
