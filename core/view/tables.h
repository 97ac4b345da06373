/* SPDX-License-Identifier: MIT */
/*
 * Small files made of the store's tables: header.vcf, samples.txt, contigs.tsv, blocks.tsv. No
 * block is needed for them.
 */
#ifndef GENOFS_VIEW_TABLES_H
#define GENOFS_VIEW_TABLES_H

#include "core/view/rows.h"

/* What view_kind.of points to. */
struct table_kind {
	/* table_text_ops */
	int (*text)(const struct dataset *d, struct buf *room, struct row_head *out);
	/* table_lines_ops; have what @write needs known before; NULL: nothing. */
	int (*prepare)(const struct dataset *d, struct err *err);
	void (*write)(const struct dataset *d, struct text_out *o);
};

extern const struct view_ops table_text_ops;  /* a text that lies in memory */
extern const struct view_ops table_lines_ops; /* lines that are made anew */

extern const struct table_kind table_header;
extern const struct table_kind table_samples;
extern const struct table_kind table_contigs;
extern const struct table_kind table_blocks;

#endif
