/* SPDX-License-Identifier: MIT */
/* The paths of a layout under way; for layout_build.c only. */
#ifndef GENOFS_PANGENOME_LAYOUT_PATHS_H
#define GENOFS_PANGENOME_LAYOUT_PATHS_H

#include "core/pangenome/layout.h"

/**
 * layout_add_paths() - walk the paths of the group; write spans, samples, sides and pieces
 * @l:      with all tables but those
 * @wanted: 1 for each component of the group
 *
 * Return: 0; -EBADMSG; -EOVERFLOW; -ENOMEM.
 */
int layout_add_paths(const struct layout_input *in, const struct layout *l, const uint8_t *wanted,
		struct index_parts *out, struct err *err);

#endif
