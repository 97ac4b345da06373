/* SPDX-License-Identifier: MIT */
/*
 * Making an object, so that nobody ever sees half of one.
 *
 * It is built in a file without a name, which the kernel frees when its maker ends, however that
 * is: until the last step, which gives it its name, there is nothing to see and nothing to clean
 * up. Of those who make the same one at once, one does the work; the others wait and attach to it.
 */
#ifndef GENOFS_SHM_CREATE_H
#define GENOFS_SHM_CREATE_H

#include <stdint.h>
#include <sys/types.h>

#include "core/base/checksum.h"
#include "core/base/err.h"
#include "core/shm/shm_object.h"
#include "core/shm/shm_room.h"

enum shm_phase {
	SHM_WAIT,      /* another makes it */
	SHM_CHECK,     /* is there room? */
	SHM_ALLOCATE,  /* take it */
	SHM_FILL,      /* the caller's bytes */
	SHM_VERIFY,    /* the caller's check, the checksum, the source as it is now */
	SHM_SEAL,      /* header written, nothing writable any more */
	SHM_PUBLISH,   /* gets its name next */
	SHM_PUBLISHED, /* has it */
	N_SHM_PHASES
};

extern const char *const shm_phase_names[N_SHM_PHASES];

struct shm_maker {
	uint64_t size; /* bytes of the payload, exactly */
	/* Called where the object is to be made here, in place of @size: what it takes to know its
	 * size is then done by one maker. May be NULL. */
	int (*prepare)(uint64_t *size, void *arg, struct err *err);
	mode_t mode; /* who may read it; 0 is 0600. Nobody may write */
	/*
	 * Write all of the @size bytes, zero before, at an address that is a multiple of 4096. It
	 * must leave no thread that goes on writing, and no child process. Negative is a failure,
	 * with
	 * @err.
	 */
	int (*fill)(void *payload, uint64_t size, void *arg, struct err *err);
	/* Look at them once more; may be NULL. */
	int (*verify)(const void *payload, uint64_t size, void *arg, struct err *err);
	/* Told of each phase as it begins; may be NULL. */
	void (*phase)(enum shm_phase phase, void *arg);
	void *arg;
	/* The full digest of the source, if fill takes it on its way; looked at after fill. NULL:
	 * the source is read once more for it. */
	const struct digest *source_digest;
	const struct shm_machine *machine; /* NULL is this one */
};

/**
 * shm_create() - make the object @wanted, or attach to it where it is there
 * @wanted: with kind and version; its source, if any, is noted in the object. A source that changes
 *          meanwhile is a failure
 * @out:    attached; the caller's, for shm_detach(); untouched on failure
 *
 * Call it from any thread. A signal ends the wait for another maker, with -EINTR, if its handler
 * says so (no SA_RESTART).
 *
 * Return: 0 where it was made here, 1 where it was there or another made it; -ENOSPC and -ENOMEM
 * where it has no room, as shm_room_check() says; -ESTALE where the source changed; what
 * shm_attach(), fill and verify return; another negative errno of the file system. After a failure
 * nothing is left.
 */
int shm_create(const struct shm_wanted *wanted, const struct shm_maker *maker,
		struct shm_object **out, struct err *err);

#endif
