/* SPDX-License-Identifier: MIT */
/*
 * The kinds of virtual file in a dataset's folder. docs/views.md says what each holds.
 *
 * Bytes are a pure function of the store and the dataset. Every function may be called from any
 * thread; a thread holds no block when it calls or returns.
 */
#ifndef GENOFS_VIEW_VIEW_H
#define GENOFS_VIEW_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/view/dataset.h"

struct view_kind;

/* How files of one make are served. @k is the row of view_kinds[], k->of what it is made of. */
struct view_ops {
	/* Bytes, exact. Return: 0 or a negative errno. */
	int (*size)(const struct view_kind *k, const struct dataset *d, uint64_t *out,
			struct err *err);
	/*
	 * Exactly min(@len, size - @off) bytes into @buf (0 at or past the end). Never fewer: what
	 * cannot be had is an error. Return: the number of bytes, or a negative errno.
	 */
	ssize_t (*read)(const struct view_kind *k, const struct dataset *d, void *buf, size_t len,
			uint64_t off, struct err *err);
	/*
	 * Which of the dataset's chunks a read at @off would want the block of, or UINT32_MAX
	 * where none: past the end, in literal text. NULL where no blocks are read.
	 */
	uint32_t (*chunk_at)(const struct view_kind *k, const struct dataset *d, uint64_t off);
};

struct view_kind {
	const char *name; /* in the dataset's folder */
	const struct view_ops *ops;
	const void *of;
	enum block_part part; /* of the blocks that it reads */
	bool typed;           /* it has integers in the widths that they have in a block of calls */
	bool counted;         /* its size follows from counts and tables, whatever the store */
	bool lazy;            /* its size may cost more than arithmetic: listings leave it out */
	bool decodes;         /* and more than reading the store's tables */
	bool (*exists)(const struct dataset *d); /* NULL: in every dataset */
	/* Records of the dataset that the file of @size bytes leaves out. NULL: none. */
	uint64_t (*left_out)(const struct dataset *d, uint64_t size);
};

static inline int view_size(
		const struct view_kind *k, const struct dataset *d, uint64_t *out, struct err *err)
{
	return k->ops->size(k, d, out, err);
}

static inline ssize_t view_read(const struct view_kind *k, const struct dataset *d, void *buf,
		size_t len, uint64_t off, struct err *err)
{
	return k->ops->read(k, d, buf, len, off, err);
}

static inline bool view_exists(const struct view_kind *k, const struct dataset *d)
{
	return !k->exists || k->exists(d);
}

extern const struct view_kind view_kinds[];
extern const unsigned n_view_kinds;

#endif
