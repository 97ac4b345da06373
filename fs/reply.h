/* SPDX-License-Identifier: MIT */
/*
 * Errors as the kernel is told them, and the buffers that read replies are rendered in.
 *
 * A fresh megabyte for each request would cost more than filling it: its pages are faulted in and
 * zeroed each time. So buffers are made when first needed and kept; the one used last is used next.
 */
#ifndef GENOFS_FS_REPLY_H
#define GENOFS_FS_REPLY_H

#include <stddef.h>

#include "core/base/mounts.h"

/*
 * Bytes of the largest read request, and of a buffer. The kernel would ask for 1 MiB at once, which
 * one thread has to copy: a reader that does not go forward, for whom nothing is asked ahead, would
 * wait for it. Smaller ones are answered side by side: such readers take 0.7 of the time, others as
 * long as they did.
 */
enum { REPLY_MAX = MOUNTS_MAX_READ };

/* A positive errno for fuse_reply_err(): those that mean something to a reader, else EIO. */
int reply_errno(int r);

/* A buffer of REPLY_MAX bytes, or NULL. */
char *reply_buffer_new(void);
void reply_buffer_free(char *buffer); /* NULL is nothing to do */

struct reply_buffers;

/* At most @n buffers. Return: 0 or -ENOMEM. */
int reply_buffers_new(unsigned n, struct reply_buffers **out);
void reply_buffers_free(struct reply_buffers *b); /* all were given back; NULL is nothing to do */

/* REPLY_MAX bytes; waits for one where all are out. NULL when there is no memory for the first. */
char *reply_buffer_get(struct reply_buffers *b);
void reply_buffer_put(struct reply_buffers *b, char *buffer);

#endif
