/* SPDX-License-Identifier: MIT */
/*
 * Headers of a dataset: the store's, or what `bcftools view -s` makes of it for some samples.
 */
#ifndef GENOFS_VIEW_HEADS_H
#define GENOFS_VIEW_HEADS_H

#include "core/base/buf.h"
#include "core/view/rows.h"

/* Return: 0; -ENOMEM. @room may be used; @out borrows. */
int head_of_calls(const struct dataset *d, struct buf *room, struct row_head *out);
int head_of_sites(const struct dataset *d, struct buf *room, struct row_head *out);
int head_of_bcf(const struct dataset *d, struct buf *room, struct row_head *out);

/* Names of the dataset's samples, each with @end behind it. */
int put_sample_names(const struct dataset *d, char end, struct buf *out);
/* A line for each: @before, the name, @after. To be a file's text. */
int put_sample_lines(const struct dataset *d, const char *before, const char *after,
		struct buf *room, struct row_head *out);

#endif
