/* SPDX-License-Identifier: MIT */
/*
 * Any file as BGZF (SAMv1 section 4.1) of stored blocks: nothing is compressed at read time.
 *
 * Each BGZF block has BGZF_PAYLOAD bytes of the inner file but the last, and is then exactly
 * BGZF_BLOCK bytes in the outer one: sizes and offsets are arithmetic, and BGZF blocks, pages and
 * requests begin at the same bytes.
 */
#ifndef GENOFS_VIEW_BGZF_H
#define GENOFS_VIEW_BGZF_H

#include "core/base/buf.h"
#include "core/view/view.h"

enum {
	BGZF_BLOCK = 65536,
	BGZF_HEAD = 18 + 5, /* of gzip with its extra field; of deflate */
	BGZF_TAIL = 8,      /* CRC-32 and length */
	BGZF_PAYLOAD = BGZF_BLOCK - BGZF_HEAD - BGZF_TAIL,
	BGZF_EOF = 28 /* the empty block at the end */
};

/* view_kind.of is the inner struct view_kind. */
extern const struct view_ops bgzf_ops;

/* Bytes of @inner ones in BGZF. Return: 0; -EOVERFLOW. */
int bgzf_size(uint64_t inner, uint64_t *out);

/* The virtual offset of byte @inner (SAMv1 section 4.1.1). */
static inline uint64_t bgzf_virtual_offset(uint64_t inner)
{
	return (inner / BGZF_PAYLOAD * BGZF_BLOCK) << 16 | inner % BGZF_PAYLOAD;
}

/* Append @len bytes as a whole BGZF file. */
void bgzf_put_file(struct buf *out, const void *p, size_t len);

#endif
