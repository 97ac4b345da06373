/* SPDX-License-Identifier: MIT */
/*
 * The first page of an object: what it is, where it came from, who made it.
 *
 * All integers are little-endian. Offsets in bytes:
 *
 *	   0  magic "genofshm"
 *	   8  u32 version of this layout, 1
 *	  12  u32 kind of the payload, u32 version of the payload's layout: the caller's
 *	  20  u32 uid, u32 pid of the maker
 *	  28  u32 length of the source's pathname, 0 for none
 *	  32  u64 bytes of the object, u64 offset and u64 bytes of the payload
 *	  56  u64 checksum of the payload (XXH3)
 *	  64  i64 when it was made, nanoseconds since 1970
 *	  72  boot id of the machine, text of up to 39 bytes, then zeros
 *	 112  source: u64 dev, u64 ino, u64 size, i64 mtime in nanoseconds, quick and full digest as
 *two u64 each (low, high) 176  source's pathname, then zeros 4088  u64 checksum of the bytes before
 *(XXH3)
 *
 * The payload follows at 4096. Pure functions: no I/O, any thread.
 */
#ifndef GENOFS_SHM_HEADER_H
#define GENOFS_SHM_HEADER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/err.h"
#include "core/shm/shm_identity.h"

enum { SHM_LAYOUT = 1, SHM_HEADER_LEN = 4096, SHM_BOOT_MAX = 40 };

struct shm_header {
	uint32_t kind;
	uint32_t kind_version;
	uint32_t uid;
	uint32_t pid;
	uint64_t total;          /* bytes of the file */
	uint64_t payload_offset; /* SHM_HEADER_LEN */
	uint64_t payload_size;
	uint64_t payload_checksum;
	int64_t created;            /* nanoseconds since 1970 */
	char boot[SHM_BOOT_MAX];    /* NUL-terminated */
	struct shm_identity source; /* source.path is "" for none */
};

/* Whether genofs made it, in this version or another. @len may be shorter than a header. */
bool shm_header_is_ours(const uint8_t *page, size_t len);

/**
 * shm_header_write() - the page of @h
 *
 * Return: 0; -ENOMEM.
 */
int shm_header_write(const struct shm_header *h, uint8_t page[SHM_HEADER_LEN]);

/**
 * shm_header_read() - what the page says
 * @page:      @len bytes, from anywhere
 * @file_size: of the object that begins with it
 * @out:       untouched on failure
 *
 * Return: 0; -ENOTSUP where another version of genofs made it; -EBADMSG where genofs did not make
 * it, or it is damaged.
 */
int shm_header_read(const uint8_t *page, size_t len, uint64_t file_size, struct shm_header *out,
		struct err *err);

#endif
