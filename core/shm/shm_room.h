/* SPDX-License-Identifier: MIT */
/*
 * Whether an object has room, before a byte of it is allocated.
 *
 * What is in the way may be the file system of the folder, and, where that lies in memory (tmpfs),
 * the limit of a control group (v1 and v2, each from ours up to the root) and the memory of the
 * machine. A group's page cache counts as free: the kernel drops it before it kills. Every function
 * here may be called from any thread.
 */
#ifndef GENOFS_SHM_ROOM_H
#define GENOFS_SHM_ROOM_H

#include <stdint.h>

#include "core/base/err.h"

/* Where the numbers come from; tests name their own. */
struct shm_machine {
	const char *membership; /* /proc/self/cgroup */
	const char *groups;     /* /sys/fs/cgroup */
	const char *meminfo;    /* /proc/meminfo */
};

extern const struct shm_machine shm_this_machine;

/**
 * shm_room_check() - whether @bytes more can be allocated in a folder
 * @fd:     the folder, open
 * @folder: its name, for @err
 * @bytes:  that are still to be allocated; pages of memory come with a 64th and 4 MiB more, for
 * page tables and what else the process does meanwhile
 *
 * Return: 0; -ENOSPC where the file system is too small, -ENOMEM where memory is, and then @err has
 * both numbers and the cure; a negative errno where the folder cannot be asked.
 */
int shm_room_check(int fd, const char *folder, uint64_t bytes, const struct shm_machine *machine,
		struct err *err);

/* Whether the process can have @bytes more of its own; as shm_room_check() has it. Return: 0;
 * -ENOMEM. */
int shm_room_check_memory(uint64_t bytes, const struct shm_machine *machine, struct err *err);

/**
 * shm_room_take() - allocate all of the file @file, of @total bytes, in the folder @fd
 *
 * A limit that is reached while pages are allocated has the kernel kill the process, so that the
 * room is checked again before each 64 MiB. Afterwards no byte of the file needs a page any more:
 * no store to a mapping of it can end in SIGBUS.
 *
 * Return: as shm_room_check(); -ENOTSUP where the file system has no fallocate(2);
 * -EFBIG beyond RLIMIT_FSIZE.
 */
int shm_room_take(int file, uint64_t total, int fd, const char *folder,
		const struct shm_machine *machine, struct err *err);

#endif
