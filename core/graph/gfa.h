/* SPDX-License-Identifier: MIT */
/*
 * A graph as GFA 1.1: header, segments, links, then paths and walks in the order of paths.
 *
 * Where the graph has a translation, segments are those of the file it was made of, under their
 * names; else each id is one. Links are those that some path takes, each once, its canonical form.
 * Generic paths are P lines, all others W lines with the haplotype, 0 where there is none.
 * From any thread.
 */
#ifndef GENOFS_GRAPH_GFA_H
#define GENOFS_GRAPH_GFA_H

#include <stddef.h>

#include "core/base/err.h"
#include "core/graph/graph.h"

/* Takes text, piece by piece. Return: 0, or a negative errno that ends the writing. */
typedef int gfa_sink(void *arg, const char *text, size_t n);

/* Return: 0; what @sink gave; -EBADMSG where the image is damaged; -ENOMEM. */
int gfa_write(const struct graph *g, gfa_sink *sink, void *arg, struct err *err);

#endif
