/* SPDX-License-Identifier: MIT */
/*
 * The kinds of virtual file in a dataset's folder. docs/views.md says what each holds.
 *
 * Bytes are a pure function of the store and the dataset. Sizes are exact and cost no decode. Every
 * function may be called from any thread; a thread holds no block when it calls or returns.
 */
#ifndef GENOFS_VIEW_VIEW_H
#define GENOFS_VIEW_VIEW_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/view/dataset.h"

struct view_kind {
	const char *name; /* in the dataset's folder */
	/* Bytes, exact. Return: 0 or a negative errno. */
	int (*size)(const struct dataset *d, uint64_t *out, struct err *err);
	/*
	 * Exactly min(@len, size - @off) bytes into @buf (0 at or past the end). Never fewer: what
	 * cannot be had is an error. Return: the number of bytes, or a negative errno.
	 */
	ssize_t (*read)(const struct dataset *d, void *buf, size_t len, uint64_t off,
			struct err *err);
	/*
	 * The chunk whose block a read at @off would want, or UINT32_MAX where none: past the
	 * end, in literal text. NULL for kinds that need no blocks.
	 */
	uint32_t (*chunk_at)(const struct dataset *d, uint64_t off);
	enum block_part part; /* that the kind reads; with chunk_at */
};

extern const struct view_kind view_kinds[];
extern const unsigned n_view_kinds;

#endif
