/* SPDX-License-Identifier: MIT */
/* What the ways of making cells of rows share. */
#ifndef GENOFS_GTB_GT_ROW_PRIVATE_H
#define GENOFS_GTB_GT_ROW_PRIVATE_H

#include "core/gtb/gt_row.h"

/* Of gt_row_maker.bits: slots with ALT 1, and slots that are missing. */
enum { ALT, NONE };

enum {
	MASK_BYTES = 64,    /* that a mask has a bit for each of */
	SPREAD_ROOM = 64,   /* bytes: slots are stored 32 at a time */
	PHASED_TABLE = 128, /* bytes of three samples, and some that cannot be */
	FILL_NONE = 0x80,   /* in it, above the bits: there are slots without a call; */
	FILL_BAD = 0x40     /* the byte cannot be */
};

struct gt_row_filled {
	uint32_t n; /* slots */
	bool has_none;
	bool has_bad;
};

struct packing; /* gt_row_packed.c */

/* A way of doing what is done with each byte. */
struct gt_row_way {
	const char *name;
	bool (*works)(void); /* on this processor */
	/* The bytes of [@p, @p + @len) that are not @ref to m->odd_bytes. Return: how many. */
	uint32_t (*find)(struct gt_row_maker *m, const uint8_t *p, size_t len, uint8_t ref);
	/* A cell's row of the slots of a sort, which @which is, as a list appended to @out, which
	 * has room for it; @seen: what is said of its bytes. Return: how many. */
	uint32_t (*list)(const struct gt_row_maker *m, const struct packing *p,
			const struct stored_row *row, unsigned which, struct buf *out,
			uint8_t *seen);
	/* The 6 bits that @table has for each of the first bytes to @to, where 4 bytes more are
	 * written. Return: of how many bytes, a multiple of 4. NULL: no faster than one by one. */
	size_t (*fill)(const uint8_t *p, size_t len, const uint8_t *table, uint8_t *to,
			struct gt_row_filled *out);
	/* The slots of n_slots <= 65536 bits to @to, two bytes each, where SPREAD_ROOM bytes more
	 * may be written. NULL: no faster than one by one. */
	void (*spread)(const uint8_t *bits, uint32_t n_slots, uint8_t *to);
};
/* The fastest first; the last works anywhere. */
extern const struct gt_row_way gt_row_ways[];
extern const unsigned n_gt_row_ways;
uint32_t gt_row_list_any(const struct gt_row_maker *m, const struct packing *p,
		const struct stored_row *row, unsigned which, struct buf *out, uint8_t *seen);
uint32_t gt_row_list_avx2(const struct gt_row_maker *m, const struct packing *p,
		const struct stored_row *row, unsigned which, struct buf *out, uint8_t *seen);

enum { CELL_HEAD = 4 };

/* A cell's head: of alleles up to @highest, all calls phased or none. */
void gt_row_write_head(uint8_t *to, uint32_t highest, bool phased);
void gt_row_put_head(struct buf *out, uint32_t highest, bool phased);
/* One of its rows, of ascending slots. */
void gt_row_put_slots(struct buf *out, const uint32_t *slots, uint32_t n, size_t n_slots);

/* What follows needs it. */
void gt_row_packed_init(struct gt_row_maker *m);
/* ROW_PACKED or ROW_PLINK of two alleles a sample. Return: false where it has to be taken sample by
 * sample, to say what is damaged or since it has alleles that its record has not: nothing is put.
 */
bool gt_row_put_packed(struct gt_row_maker *m, const struct stored_row *row, struct gt_tally *t,
		struct buf *out);

#endif
