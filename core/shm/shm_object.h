/* SPDX-License-Identifier: MIT */
/*
 * An object: bytes that processes of one machine share, read-only, under a name.
 *
 * It is a file of a folder (by default in memory, /dev/shm) that holds a header page and a payload,
 * of whatever kind. It is made once (shm_create.h), never changes, and is there until it is dropped
 * (shm_manage.h). docs/shm.md is the protocol.
 *
 * An attached object is immutable: any thread may read it. Attach and detach from any thread.
 */
#ifndef GENOFS_SHM_OBJECT_H
#define GENOFS_SHM_OBJECT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/err.h"
#include "core/shm/shm_header.h"
#include "core/shm/shm_identity.h"
#include "core/shm/shm_name.h"

struct shm_object;

/* Which object. What is zero or NULL is not asked for. */
struct shm_wanted {
	const char *folder;                /* NULL is SHM_FOLDER */
	const char *name;                  /* shm_name_check()'s rules */
	const struct shm_identity *source; /* the file that it must have been made from */
	uint32_t kind;                     /* of the payload; the caller's numbers */
	uint32_t kind_version;             /* looked at with @kind only */
	bool any_owner; /* also of other users than us and root, who could cut it under us */
};

/**
 * shm_attach() - map an object that is there, and hold a lease on it
 * @out: the caller's, for shm_detach(); untouched on failure
 *
 * Ours is taken before root's, if we may read that, and it before those of others. The moment
 * counts as use.
 *
 * Return: 0; -ENOENT where there is none; -ESTALE where it is of another source (see
 * shm_identity_compare()); -EPERM where it is of another user; -EINVAL where @wanted makes no
 * sense, or the object has another kind; -ENOTSUP where it has another version; -EBADMSG where it
 * is damaged; another negative errno of the file system.
 */
int shm_attach(const struct shm_wanted *wanted, struct shm_object **out, struct err *err);

/* Ends the lease; the mapping must not be used after it. NULL is nothing to do. */
void shm_detach(struct shm_object *object);
void shm_detachp(struct shm_object **object);

const void *shm_payload(const struct shm_object *object);
uint64_t shm_payload_size(const struct shm_object *object);
const struct shm_header *shm_object_header(const struct shm_object *object);
const char *shm_object_name(const struct shm_object *object);

/* Reads all of the payload. Return: 0; -EBADMSG where it is not what was published. */
int shm_verify(const struct shm_object *object, struct err *err);

/* For the other parts of this room. */

/* Open the folder, NULL for the default. Return: the descriptor; a negative errno. */
int shm_folder_open(const char *folder, struct err *err);

/* The file of an object as shm_attach() looks for it. Return: 0; -ENOENT. */
int shm_find(int folder, const char *name, bool any_owner, char file[SHM_FILE_MAX]);

/* Read the header of the open file. Return: as shm_header_read(); a negative errno. */
int shm_read_header(int fd, uint64_t file_size, struct shm_header *out, struct err *err);

#endif
