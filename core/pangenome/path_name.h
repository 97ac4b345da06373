/* SPDX-License-Identifier: MIT */
/*
 * What paths and intervals of them are called in FASTA, as samtools takes it: sample#hap#contig,
 * or the contig alone of a generic path; intervals as :from-to behind it, both counted from 1.
 *
 * Spaces and control characters of names become '_', for they would end a name or its line; a name
 * of no characters is '_'.
 */
#ifndef GENOFS_PANGENOME_PATH_NAME_H
#define GENOFS_PANGENOME_PATH_NAME_H

#include "core/base/buf.h"
#include "core/graph/graph.h"

void path_name_put_clean(struct buf *out, struct name name);
void path_name_put(struct buf *out, const struct path_info *info);
/* ":from-to" of positions [@start, @end), 0-based. */
void path_name_put_interval(struct buf *out, uint64_t start, uint64_t end);

#endif
