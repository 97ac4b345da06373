/* SPDX-License-Identifier: MIT */
/*
 * A group: chunks of small contigs side by side, compressed together.
 *
 * A contig of a few records is a chunk of its own, whose streams are too short to compress. Such
 * chunks are stored bare (STREAM_BARE), and up to GROUP_TARGET bytes of them are compressed as one.
 */
#ifndef GENOFS_STORE_CHUNK_GROUP_H
#define GENOFS_STORE_CHUNK_GROUP_H

#include <stdint.h>

#include "core/base/err.h"

enum {
	GROUP_TARGET = 256 << 10,   /* a group is complete from so many bytes on */
	GROUP_CHUNK_MAX = 64 << 10, /* bytes of records of a chunk that goes to a group */
	GROUP_RAW_MAX = 1 << 20,    /* of the format */
	NO_GROUP = UINT32_MAX,
};

struct chunk_group {
	uint64_t offset;     /* in the file */
	uint64_t length;     /* there */
	uint64_t raw_length; /* the sum of its chunks' lengths; <= GROUP_RAW_MAX */
	uint64_t checksum;   /* of the bytes in the file */
	uint32_t first_chunk;
	uint32_t n_chunks;
	uint8_t codec;
};

/* The bytes of a group's chunks: @raw is the caller's to free. Return: 0; -ENOMEM; -EIO; -EBADMSG
 * where it is damaged. */
int chunk_group_read(int fd, const struct chunk_group *g, uint8_t **raw, struct err *err);

#endif
