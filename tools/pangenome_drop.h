/* SPDX-License-Identifier: MIT */
/* The end of a graph in shared memory, with all that was worked out from it. */
#ifndef GENOFS_TOOLS_PANGENOME_DROP_H
#define GENOFS_TOOLS_PANGENOME_DROP_H

#include "core/base/err.h"

/**
 * pangenome_drop() - remove an object and, where it is a graph, the indexes made of it
 * @folder:    NULL: the default
 * @n_indexes: how many there were
 *
 * Nothing is removed while a process holds any of them. Indexes of other users stay.
 *
 * Return: 0; as shm_drop().
 */
int pangenome_drop(const char *folder, const char *name, unsigned *n_indexes, struct err *err);

#endif
