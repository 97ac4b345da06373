/* SPDX-License-Identifier: MIT */
/*
 * The threads that take the kernel's requests from /dev/fuse and answer what can be answered out
 * of memory. Each waits in a read(2) of its own, so that the kernel's next request finds one
 * there; what takes longer than copying is not theirs (fs/ops.h).
 */
#ifndef GENOFS_FS_DISPATCH_H
#define GENOFS_FS_DISPATCH_H

struct fuse_session;
struct dispatch;

/* Make the threads, which take nothing before dispatch_begin(): what the process is to become
 * first, a sandbox forbids to make threads. Return: 0 or a negative errno. */
int dispatch_new(struct fuse_session *session, unsigned n_threads, struct dispatch **out);
void dispatch_begin(struct dispatch *d);

/* A descriptor that becomes readable when the first of them has ended. */
int dispatch_fd(const struct dispatch *d);

/*
 * Wait until all have ended, which they do when the mount is gone. Return: 0, or -EIO where one
 * ended for another reason: the others may then go on for ever.
 */
int dispatch_wait(struct dispatch *d);

/* Those that never began end now, those that did must have been waited for. NULL is nothing. */
void dispatch_free(struct dispatch *d);

/*
 * REPLY_MAX bytes to answer from, of the calling thread, which is one of these: it waits for no
 * other. NULL where memory is out.
 */
char *dispatch_buffer(void);

#endif
