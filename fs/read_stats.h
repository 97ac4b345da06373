/* SPDX-License-Identifier: MIT */
/* What reads of files cost: how many of each kind of file, and how long each took. */
#ifndef GENOFS_FS_READ_STATS_H
#define GENOFS_FS_READ_STATS_H

#include "core/base/buf.h"
#include "core/view/view.h"

/**
 * read_stats_add() - count a read that is about to be answered
 * @kind:  NULL for files of pangenomes, which are counted together
 * @start: stat_clock() when it was dispatched
 *
 * Any thread. Before the answer, so that whoever has it finds it counted.
 */
void read_stats_add(const struct view_kind *kind, size_t bytes, uint64_t start);

/* Append them in the text format of Prometheus. */
void read_stats_write(struct buf *out);

#endif
