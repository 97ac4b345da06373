/* SPDX-License-Identifier: MIT */
/*
 * A slice as GFA 1.1: the header, a segment for each of its nodes, the links between them, and a
 * walk for each piece of a path.
 *
 * Segments are nodes, and called by their ids, also where the graph has a translation: the segments
 * of that may be cut by the slice's edges. Links are canonical edges with both ends in the slice.
 * Every piece is a W line with the sample, haplotype and contig of its path and the bases of the
 * contig that it is, [start, end), the path's fragment added. So are those of generic paths, of
 * sample _gbwt_ref and haplotype 0, for P lines have no place for where they begin.
 */
#ifndef GENOFS_PANGENOME_SLICE_GFA_H
#define GENOFS_PANGENOME_SLICE_GFA_H

#include "core/pangenome/text.h"

/* Of a struct pg_file with a slice. */
text_writer slice_gfa;

#endif
