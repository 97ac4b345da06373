/* SPDX-License-Identifier: MIT */
/*
 * A GTB file as a store (core/store/reader.h): what genofs import would make of it, decoded when it
 * is asked for.
 */
#ifndef GENOFS_GTB_GTB_STORE_H
#define GENOFS_GTB_GTB_STORE_H

#include "core/gtb/gtb.h"
#include "core/store/reader.h"

/**
 * gtb_store_open() - the file as a store, whose records are in the order of positions
 * @o: memory: the most that the file's directory, the store's tables, and all decodes together may
 *     each hold, beside the blocks that come out. How much a block may have grows with it, too.
 *
 * Takes time by the number of blocks for version 1, by the number of records for version 2
 * (core/gtb/gtb_chunks.h), where decoding one block of the file, and what decodes hold is kept for
 * the next ones.
 *
 * Return: 0; -EINVAL where records are not in order, or a list of contigs cannot be used; what
 * gtb_open() may return. @err names file, place and cure.
 */
int gtb_store_open(const char *pathname, const struct gtb_options *o, struct store **out,
		struct err *err);

#endif
