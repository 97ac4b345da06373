/* SPDX-License-Identifier: MIT */
/*
 * The objects of a folder: which there are, who uses them, and their end.
 *
 * Nothing that genofs did not make is touched: a file must be called as objects are, be a regular
 * file, and begin as they do. Every function here may be called from any thread.
 */
#ifndef GENOFS_SHM_MANAGE_H
#define GENOFS_SHM_MANAGE_H

#include <stdint.h>
#include <sys/types.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/shm/shm_object.h"

enum shm_state {
	SHM_READY,
	SHM_DAMAGED, /* begins like an object, but is not a whole one: nobody can attach to it */
	SHM_OTHER_VERSION, /* of another genofs */
	SHM_UNREADABLE,    /* of another user, who shares it with nobody */
	N_SHM_STATES
};

extern const char *const shm_state_names[N_SHM_STATES];

struct shm_info {
	const char *name;
	uint32_t user; /* in the name of its file */
	uid_t uid;     /* who it belongs to */
	mode_t mode;   /* permission bits */
	enum shm_state state;
	uint64_t size;      /* bytes of the file */
	int64_t last_used;  /* nanoseconds since 1970: the last attach or detach by its owner; of
			       others  the kernel notes one a day */
	unsigned n_holders; /* that shm_lease_pids() sees */
	const struct shm_header *header; /* where SHM_READY, else NULL */
};

/**
 * shm_list() - each object of the folder, in no order
 * @visit: anything but 0 ends it; @info lives for the call
 *
 * Return: 0; what @visit returned; a negative errno.
 */
int shm_list(const char *folder, int (*visit)(const struct shm_info *info, void *arg), void *arg,
		struct err *err);

/**
 * shm_holders() - append the processes (pid_t each) that hold a lease on it, as shm_lease_pids()
 * @wanted: folder, name and any_owner are looked at
 *
 * Return: 0; -ENOENT; a negative errno.
 */
int shm_holders(const struct shm_wanted *wanted, struct buf *pids, struct err *err);

/**
 * shm_drop() - remove an object that nobody uses; its memory is free at once
 * @wanted: folder, name and any_owner are looked at
 *
 * Return: 0; -ENOENT; -EBUSY while it is in use, and @err says by whom; -EBADMSG where genofs did
 * not make it; -EPERM; another negative errno.
 */
int shm_drop(const struct shm_wanted *wanted, struct err *err);

struct shm_gone {
	unsigned objects;
	unsigned locks;
	uint64_t bytes; /* of the objects */
};

/**
 * shm_gc() - remove our objects that nobody uses, and has not for @unused_seconds (0: now), those
 * that are damaged, and what died while it was making one
 * @removed: told of each that is gone; may be NULL
 * @out:     may be NULL
 *
 * Objects of other users stay, except for root. Objects of another version of genofs stay.
 *
 * Return: 0; a negative errno where the folder cannot be read.
 */
int shm_gc(const char *folder, uint64_t unused_seconds,
		void (*removed)(const struct shm_info *info, void *arg), void *arg,
		struct shm_gone *out, struct err *err);

#endif
