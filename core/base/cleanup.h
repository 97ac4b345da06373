/* SPDX-License-Identifier: MIT */
/*
 * Scope-bound ownership: a local marked CLEANUP(fn) has fn(&local) called when it goes out of
 * scope. Hand over by copying the pointer out and setting the local to NULL (or -1 for an fd).
 */
#ifndef GENOFS_BASE_CLEANUP_H
#define GENOFS_BASE_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(fn) __attribute__((cleanup(fn)))

static inline void freep(void *pointer_to_pointer)
{
	free(*(void **)pointer_to_pointer);
}

static inline void closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#endif
