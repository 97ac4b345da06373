/* SPDX-License-Identifier: MIT */
/* What the folders of a dataset are called that lie beside its files. */
#ifndef GENOFS_VIEW_FOLDERS_H
#define GENOFS_VIEW_FOLDERS_H

#include <limits.h>
#include <stddef.h>

#define BLOCKS_NAME "blocks"

/* The folder of a contig of that name, which is none of the files' and not BLOCKS_NAME. A block's
 * within BLOCKS_NAME is folder_name_of_number() of its index within the contig. */
void folders_contig(const char *s, size_t len, char out[NAME_MAX + 1]);

#endif
