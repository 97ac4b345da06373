/* SPDX-License-Identifier: MIT */
/* What commands take as a store: one, or a GTB file. */
#ifndef GENOFS_TOOLS_OPEN_STORE_H
#define GENOFS_TOOLS_OPEN_STORE_H

#include <stddef.h>

#include "core/store/reader.h"

/* What a GTB file's directory, and then its readers may take. */
struct open_memory {
	size_t bytes;
	const char *option; /* what to give more of, in messages */
};

/**
 * open_store() - open a store, or a GTB file as one
 * @contigs: pathname of a list of contigs for a GTB file, or NULL
 * @out:     the caller's to give to store_close()
 *
 * Return: 0; -EINVAL where @contigs is given with a store; as store_open() and gtb_store_open().
 */
int open_store(const char *pathname, const char *contigs, struct open_memory memory,
		struct store **out, struct err *err);

#endif
