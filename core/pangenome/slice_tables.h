/* SPDX-License-Identifier: MIT */
/*
 * The tables of a slice: text, a header line that begins with '#', columns parted by tabs, '.' for
 * what has no value. Writers are of a struct pg_file with a slice.
 *
 * Nodes come by block, then id; edges by the node that they leave, its strand, and where they lead;
 * pieces by path and start.
 */
#ifndef GENOFS_PANGENOME_SLICE_TABLES_H
#define GENOFS_PANGENOME_SLICE_TABLES_H

#include "core/pangenome/text.h"

/* node_id length anchor_pos hops visits segment. Visits are those of all paths, in either
 * direction. A slice without reference has neither anchors nor hops. */
text_writer slice_nodes_tsv;
/* from to: edges in canonical form, both ends of which are the slice's. */
text_writer slice_edges_tsv;
/*
 * from to block: edges of which the first node, in canonical form, is the slice's and the other is
 * not. The block is where that one lies: its number on the same contig, CONTIG:NUMBER on another.
 */
text_writer slice_links_tsv;
/* path_id piece start end first_node last_node steps: bases of the contig that the path is of. */
text_writer slice_walks_tsv;

#endif
