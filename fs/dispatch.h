/* SPDX-License-Identifier: MIT */
/*
 * The threads that take the kernel's requests from /dev/fuse and answer what can be answered out
 * of memory. Each waits in a read(2) of its own, so that the kernel's next request finds one
 * there; what takes longer than copying is not theirs (fs/ops.h).
 */
#ifndef GENOFS_FS_DISPATCH_H
#define GENOFS_FS_DISPATCH_H

#include <stdbool.h>

struct fuse_session;
struct dispatch;

/*
 * Make the threads, which take nothing before dispatch_run(): what the process is to become before
 * that, a sandbox forbids to make threads. SIGUSR2 is taken: a thread that ends sends it to the one
 * that called this, which is the one for dispatch_run() and dispatch_free(), and has it blocked
 * from here on.
 *
 * Return: 0 or a negative errno.
 */
int dispatch_new(struct fuse_session *session, unsigned n_threads, struct dispatch **out);

/**
 * dispatch_run() - let them begin, and wait until they have ended, as they do with the mount
 * @fd:    watched meanwhile
 * @on_fd: called when @fd is readable or at its end; false when all is to end
 *
 * Return: 0 when the mount is gone; -EIO when /dev/fuse failed or @on_fd said so. Threads may then
 * wait for requests for ever, so that nothing but the end of the process is left.
 */
int dispatch_run(struct dispatch *d, int fd, bool (*on_fd)(int fd));

/* Those that never began end now; of those that did, dispatch_run() has returned 0. NULL is nothing
 * to do. */
void dispatch_free(struct dispatch *d);

/*
 * REPLY_MAX bytes to answer from, of the calling thread, which is one of these: it waits for no
 * other. NULL where memory is out.
 */
char *dispatch_buffer(void);

#endif
