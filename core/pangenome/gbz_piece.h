/* SPDX-License-Identifier: MIT */
/*
 * Parts of a GBZ as it is written: whole elements of 8 bytes, any of which is made without those
 * before it. For gbz_write.c only.
 */
#ifndef GENOFS_PANGENOME_GBZ_PIECE_H
#define GENOFS_PANGENOME_GBZ_PIECE_H

#include <stddef.h>
#include <stdint.h>

#include "core/graph/int_array.h"

enum gbz_piece_kind {
	GBZ_PIECE_BYTES,   /* as they are, 0 behind them */
	GBZ_PIECE_LETTERS, /* bytes, each as its number in an alphabet */
	GBZ_PIECE_ORDER,   /* 64-bit numbers */
	GBZ_PIECE_HIGH,    /* of a sparse vector: which values share their upper bits */
	GBZ_PIECE_LOW,     /* and the lower bits of each value */
};

struct gbz_piece {
	enum gbz_piece_kind kind;
	uint64_t at;             /* first byte, in the file */
	uint64_t size;           /* bytes */
	uint64_t n;              /* items: bytes, numbers or values */
	unsigned width;          /* bits of an item; of HIGH, those of LOW */
	const uint8_t *bytes;    /* of BYTES and LETTERS */
	const uint8_t *ranks;    /* of LETTERS: 256 of them, less than 2^width */
	const uint64_t *order;   /* of ORDER: less than 2^width */
	struct int_array values; /* of HIGH and LOW: n of them, or more */
};

/* Bytes [@off, @off + @len) of the piece, which are there. */
void gbz_piece_read(const struct gbz_piece *p, char *buf, size_t len, uint64_t off);

#endif
