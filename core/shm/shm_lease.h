/* SPDX-License-Identifier: MIT */
/*
 * Who uses an object: kernel locks (flock(2)), that end with the process that holds them, however
 * it ends. No count is kept that a crash could leave wrong.
 *
 * A shared lock on the object is a lease: as long as there is one, it is not dropped. Locks belong
 * to the open file, so a child after fork(2) shares its parent's lease and keeps it until both are
 * gone. Every function here may be called from any thread.
 */
#ifndef GENOFS_SHM_LEASE_H
#define GENOFS_SHM_LEASE_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "core/base/buf.h"
#include "core/base/err.h"

/* Out of the hands of a CLEANUP(closep): the caller's from here on. */
static inline int shm_fd_take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/**
 * shm_file_open() - an existing file of the folder @folder, to be read
 * @st: what it is: a regular file
 *
 * Reading it does not count as use where that can be avoided (O_NOATIME: the owner).
 *
 * Return: the descriptor; -ENOENT; -EINVAL for no regular file; another negative errno.
 */
int shm_file_open(int folder, const char *file, struct stat *st, struct err *err);

/* Whether @fd is still the file that has this name. */
bool shm_file_is_named(int folder, const char *file, int fd);

/**
 * shm_lease_take() - a shared lock; waits for nothing but the end of a drop
 *
 * Return: 0; -EAGAIN where the file was dropped: look for it again; -EINTR; a negative errno.
 */
int shm_lease_take(int fd, struct err *err);
/* The same for a file that has no name yet. Return: 0; a negative errno. */
int shm_lease_share(int fd, struct err *err);

/**
 * shm_lease_exclude() - an exclusive lock, that no one gets while there is a lease
 *
 * Return: 0; -EBUSY while somebody has one; a negative errno.
 */
int shm_lease_exclude(int fd, struct err *err);

/**
 * shm_name_lock() - the lock under which the object of this name is made
 * @file:    shm_lock_file()'s, made where it is missing
 * @waiting: called once where somebody else has it, before it waits; may be NULL
 * @fd:      the caller's, for shm_name_unlock(); untouched on failure
 *
 * Its holder's death gives it to the next in line at once.
 *
 * Return: 0; -EINTR where a signal came; a negative errno.
 */
int shm_name_lock(int folder, const char *file, void (*waiting)(void *arg), void *arg, int *fd,
		struct err *err);
/* Removes the file too. */
void shm_name_unlock(int folder, const char *file, int fd);

/**
 * shm_lease_pids() - append those (pid_t each) that hold a lock on the file @st
 *
 * As /proc/locks has them: the processes that took them, where they are in our pid namespace.
 * Others hold locks too, unseen, and so does a child whose parent took it. Where a file system's
 * stat(2) has another device than the kernel (btrfs, overlayfs) none is found.
 *
 * Return: 0; -ENOMEM; a negative errno where there is no /proc/locks.
 */
int shm_lease_pids(const struct stat *st, struct buf *pids);

#endif
