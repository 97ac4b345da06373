/* SPDX-License-Identifier: MIT */
/*
 * A graph as a GBZ of version 1 (GBWT 5, GBWTGraph 3), for programs that read no other.
 *
 * Nothing in it is compressed by more than bits, so that its size is a matter of arithmetic and any
 * part of it is written without what comes before: from the image, as it is asked for. What the
 * image does not keep is not there: samples of the document array, which readers make anew where
 * they want them, and metadata that name nothing. Read back, the file gives the same image from
 * its first section on.
 *
 * Vectors, alphabets and dictionaries are laid out as gbwtgraph does: of a file of version 1 that
 * it wrote, all bytes are the same but those samples. Of its releases from 2026 on, the bound of
 * where sequences begin is another, which the image does not keep: all their bases, where here and
 * before it is the last start and 1.
 */
#ifndef GENOFS_PANGENOME_GBZ_WRITE_H
#define GENOFS_PANGENOME_GBZ_WRITE_H

#include "core/base/err.h"
#include "core/graph/graph.h"

struct gbz_writer;

/**
 * gbz_writer_new() - find out what goes where
 * @g:   is to be there as long as the writer
 * @out: for gbz_writer_free(); untouched on failure
 *
 * Reads all sequences and names once, for their letters, and needs 8 bytes for each path
 * meanwhile. What it keeps are some 12 KiB, and 8 bytes for each name of a sample or contig.
 *
 * Return: 0; -ENOMEM.
 */
int gbz_writer_new(const struct graph *g, struct gbz_writer **out, struct err *err);
void gbz_writer_free(struct gbz_writer *w); /* NULL is nothing to do */
void gbz_writer_freep(struct gbz_writer **w);
/* Bytes that it keeps. */
size_t gbz_writer_bytes(const struct gbz_writer *w);

/* Bytes of the file, exactly. */
uint64_t gbz_writer_size(const struct gbz_writer *w);
/* Bytes [@off, @off + @len) of the file, which are there. Any thread, any number at a time. */
void gbz_writer_read(const struct gbz_writer *w, char *buf, size_t len, uint64_t off);

#endif
