/* SPDX-License-Identifier: MIT */
/*
 * Files of rows as BGZF (SAMv1 section 4.1) of stored blocks: nothing is compressed at read time.
 *
 * The head fills BGZF blocks of its own, two at least, with empty deflate blocks in front of it:
 * what a reader is given who only opens the file has no rows in it. Of the rows each BGZF block has
 * BGZF_PAYLOAD bytes, but the last. All but that one are exactly BGZF_BLOCK bytes: sizes and
 * offsets are arithmetic, and BGZF blocks, pages and requests begin at the same bytes.
 */
#ifndef GENOFS_VIEW_BGZF_H
#define GENOFS_VIEW_BGZF_H

#include "core/base/buf.h"
#include "core/view/rows.h"

enum {
	BGZF_BLOCK = 65536,
	BGZF_DEFLATED = 18,          /* where what is deflated begins in a BGZF block */
	BGZF_HEAD = 18 + 5,          /* of gzip with its extra field; of deflate */
	BGZF_TAIL = 8,               /* CRC-32 and length */
	BGZF_FRAME = 18 + BGZF_TAIL, /* what is around deflated bytes */
	BGZF_PAYLOAD = BGZF_BLOCK - BGZF_HEAD - BGZF_TAIL,
	BGZF_END_MAX = 4096 + 54 + 28 /* of bgzf_end_size() */
};

/* view_kind.of is the inner struct view_kind, of rows. */
extern const struct view_ops bgzf_ops;

/* Bytes of @head and @rows in BGZF, without the end; a head of 0 bytes takes no blocks. Return: 0;
 * -EOVERFLOW. */
int bgzf_size(uint64_t head, uint64_t rows, uint64_t *out);

/* BGZF blocks that a head of so many bytes takes. */
uint64_t bgzf_head_blocks(uint64_t head);

/* The virtual offset (SAMv1 section 4.1.1) of byte @at of what follows @head_blocks BGZF blocks. */
static inline uint64_t bgzf_virtual_offset(uint64_t head_blocks, uint64_t at)
{
	return ((head_blocks + at / BGZF_PAYLOAD) * BGZF_BLOCK) << 16 | at % BGZF_PAYLOAD;
}

/* BGZF block number @i of a head of @head bytes, which row file @inner has: BGZF_BLOCK bytes.
 * Return: 0; what the read of the head gave. */
int bgzf_head_block(const struct view_kind *inner, const struct dataset *d, uint64_t head,
		uint64_t i, uint8_t *block, struct err *err);

/* Around @n deflated bytes at @block + BGZF_DEFLATED, which are @len bytes of that CRC-32. */
void bgzf_frame(uint8_t *block, size_t n, uint32_t crc, size_t len);

/*
 * What follows BGZF blocks that end at byte @end of the file: the end marker, which is an empty
 * one, at the beginning of a page, and before it another empty one that fills that of the rows up.
 * Readers look for the marker when they open a file: the page it lies in has no rows in it, so that
 * no chunk is decoded for that.
 */
size_t bgzf_end_size(uint64_t end);
/* Bytes [@from, @from + @len) of it, all of which there are. */
void bgzf_end_read(uint64_t end, size_t from, uint8_t *to, size_t len);

/* Append @len bytes as a whole BGZF file, without a head. */
void bgzf_put_file(struct buf *out, const void *p, size_t len);

#endif
