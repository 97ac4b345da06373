/* SPDX-License-Identifier: MIT */
/* What there is to say about a graph in shared memory, as JSON. */
#ifndef GENOFS_GRAPH_GRAPH_JSON_H
#define GENOFS_GRAPH_GRAPH_JSON_H

#include "core/base/buf.h"
#include "core/graph/graph.h"
#include "core/shm/shm_object.h"

/**
 * graph_json() - append members of a JSON object, without the braces
 * @folder: that the object is in
 * @pids:   pid_t of those who hold it; NULL: not known
 */
void graph_json(struct buf *b, const struct graph *g, const struct shm_object *object,
		const char *folder, const struct buf *pids);

#endif
