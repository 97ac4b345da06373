/* SPDX-License-Identifier: MIT */
/*
 * Files that are made whole when they are first asked for, and kept while there is room: indexes.
 *
 * What is kept is bounded in bytes; files in use, and the one made last, are kept in any case. A
 * file that several threads want together is made once. Every function may be called from any
 * thread; none may hold a block.
 */
#ifndef GENOFS_VIEW_MADE_H
#define GENOFS_VIEW_MADE_H

#include "core/base/buf.h"
#include "core/base/kept.h"
#include "core/view/view.h"

/* A table for them, for kept_free(). 0 or -ENOMEM. */
int made_files_new(size_t budget, struct kept **out);

/* Keep nothing more that was made for datasets of the query with that number. */
void made_files_forget(struct kept *m, uint64_t query);

/* What view_kind.of points to. */
struct made_kind {
	/* Append the file's content. Return: 0 or a negative errno. */
	int (*make)(const struct view_kind *k, const struct dataset *d, struct buf *out,
			struct err *err);
	const void *of;
};

extern const struct view_ops made_ops;

#endif
