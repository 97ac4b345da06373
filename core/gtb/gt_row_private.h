/* SPDX-License-Identifier: MIT */
/* What the ways of making cells of rows share. */
#ifndef GENOFS_GTB_GT_ROW_PRIVATE_H
#define GENOFS_GTB_GT_ROW_PRIVATE_H

#include "core/gtb/gt_row.h"

/* Of gt_row_maker.bits: slots with ALT 1, and slots that are missing. */
enum { ALT, NONE };

/* A cell's head: of alleles up to @highest, all calls phased or none. */
void gt_row_put_head(struct buf *out, uint32_t highest, bool phased);
/* One of its rows, of ascending slots. */
void gt_row_put_slots(struct buf *out, const uint32_t *slots, uint32_t n, size_t n_slots);

/* ROW_PACKED or ROW_PLINK of two alleles a sample. Return: false where it has to be taken sample by
 * sample, to say what is damaged or since it has alleles that its record has not: nothing is put.
 */
bool gt_row_put_packed(struct gt_row_maker *m, const struct stored_row *row, struct gt_tally *t,
		struct buf *out);

#endif
