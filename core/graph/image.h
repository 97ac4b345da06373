/* SPDX-License-Identifier: MIT */
/*
 * A whole graph in one piece of memory, without pointers: docs/graph-image.md.
 *
 * The size is known from an open GBZ before any memory is had; building decodes straight into it.
 * What is built may be shared between processes, mapped read-only or kept in a file. A program that
 * was given an image verifies it once, after which nothing in it leads out of it; attaching is a
 * matter of the sections' table.
 */
#ifndef GENOFS_GRAPH_IMAGE_H
#define GENOFS_GRAPH_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/checksum.h"
#include "core/base/err.h"
#include "core/graph/gbz.h"

struct graph;

/* Bytes of the image of @gbz, exactly. Return: 0; -EOVERFLOW where they are not countable. */
int image_size(const struct gbz *gbz, uint64_t *size, struct err *err);

/* Told now and then of bytes worked through; anything but 0 ends the build. */
typedef int image_progress(void *arg, uint64_t done, uint64_t total);

/**
 * image_build() - decode a graph into memory
 * @mem:      aligned to 8 bytes; what is in it is overwritten. Nobody else may write to it
 * @size:     as image_size() says, or more
 * @progress: may be NULL
 *
 * The image is complete, and its magic there, when this returns 0. Beside it this needs less than
 * 1 MiB, what the decompressor's window takes (up to 128 MiB, by the file; 2 to 8 MiB usually),
 * 16 bytes for each edge of the node that has the most, and 32 for each record of 512 bytes or
 * more.
 *
 * Return: 0; -EINVAL where @size is too small; -EBADMSG where the file is damaged; -EIO where it
 * could not be read or was changed meanwhile; -ENOMEM; -ECANCELED.
 */
int image_build(const struct gbz *gbz, void *mem, size_t size, image_progress *progress, void *arg,
		struct err *err);

/* Note the checksum of the source's bytes in an image that was built. */
void image_set_source_digest(void *mem, struct digest digest);

/**
 * image_verify() - check all of an image that may be anything
 *
 * All that image_build() guarantees is checked: places, orders, every run of every record, where
 * they lead, what names are made of, the checksum. Its cost is that of decoding each record twice.
 * It tells of the bytes as they were: what somebody else may still write to is not made safe by it.
 *
 * Return: 0; -EBADMSG, or -ENOTSUP where its layout is of another version; -ENOMEM.
 */
int image_verify(const void *mem, size_t size, struct err *err);

/* That an image which image_build() made is as it was then: its checksum alone, which costs a
 * read of it. Return: as image_verify(). */
int image_verify_content(const void *mem, size_t size, struct err *err);

/**
 * image_attach() - make a graph of an image
 * @mem: stays the caller's, who must keep it as long as the graph is used
 * @out: untouched on failure; nothing in it is to be freed
 *
 * Checks the head and the sections' table, not what is in the sections. Functions of graph.h stay
 * within the image whatever is there, but of an image that was not verified they may tell nonsense.
 *
 * Return: 0; -EBADMSG, or -ENOTSUP where its layout is of another version.
 */
int image_attach(const void *mem, size_t size, struct graph *out, struct err *err);

#endif
