/* SPDX-License-Identifier: MIT */
/*
 * Which file an object was loaded from, so that it is not taken for that of another file, or of the
 * same file as it was before somebody wrote it anew.
 *
 * Two digests are kept. The quick one is of the size and of samples (all bytes of a file up to 4
 * MiB; of a larger one its first and last MiB and 64 pages of 4 KiB between them), so that it can
 * be taken at each attach. The full one is of all bytes, the same that `xxhsum -H128` prints; it is
 * taken once, when an object is made, and again only where quick digest and size agree but the time
 * does not: a file that was copied or touched.
 *
 * Every function here may be called from any thread.
 */
#ifndef GENOFS_SHM_IDENTITY_H
#define GENOFS_SHM_IDENTITY_H

#include <stdint.h>

#include "core/base/checksum.h"
#include "core/base/err.h"

enum {
	SHM_SOURCE_MAX = 3072
}; /* bytes of a source's pathname, with its NUL: one page has it all */

struct shm_identity {
	char path[SHM_SOURCE_MAX]; /* absolute, without symbolic links; "" is no source */
	uint64_t dev;              /* stat(2)'s, of the machine that made the object */
	uint64_t ino;
	uint64_t size; /* bytes */
	int64_t mtime; /* nanoseconds since 1970 */
	struct digest quick;
	struct digest full; /* zero where it was not taken */
};

/**
 * shm_identity() - the file @pathname as it is now, without its full digest
 * @out: untouched on failure
 *
 * Return: 0; -EINVAL where it is no regular file; -ENAMETOOLONG; -ESTALE where it changed
 * meanwhile; a negative errno of the file system.
 */
int shm_identity(const char *pathname, struct shm_identity *out, struct err *err);

/* Take the full digest of @id->path: reads all of it. Return: as shm_identity(). */
int shm_identity_full(struct shm_identity *id, struct err *err);

/**
 * shm_identity_compare() - whether @now is the file that the object was made from
 * @made: with its full digest
 *
 * The pathname is not compared: the same bytes may be mounted elsewhere.
 *
 * Return: 0; -ESTALE where it is another file or another content, and @err says which is newer;
 * what shm_identity_full() returns.
 */
int shm_identity_compare(
		const struct shm_identity *made, const struct shm_identity *now, struct err *err);

#endif
