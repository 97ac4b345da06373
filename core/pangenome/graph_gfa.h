/* SPDX-License-Identifier: MIT */
/* A whole graph as GFA, served at any offset: byte for byte what gfa_write() gives. */
#ifndef GENOFS_PANGENOME_GRAPH_GFA_H
#define GENOFS_PANGENOME_GRAPH_GFA_H

#include "core/graph/gfa.h"
#include "core/pangenome/text.h"

/* Of a struct pg_file, whose pangenome it is of. Asks for the lengths of all paths. */
text_writer graph_gfa;
/* Of a struct gfa_source. */
text_writer graph_gfa_of_source;

/* Lines of GFA into a text: @g writes to where @o does, which is not to be used between the two. */
void gfa_to_text_begin(struct gfa_out *g, struct text_out *o);
void gfa_to_text_end(struct gfa_out *g);

#endif
