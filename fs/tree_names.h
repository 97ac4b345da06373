/* SPDX-License-Identifier: MIT */
/* Names of sources and contigs as names of folders: see tree.h for the rules. */
#ifndef GENOFS_FS_TREE_NAMES_H
#define GENOFS_FS_TREE_NAMES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/view/folders.h"

/* @in_dataset: the folder lies beside a dataset's files, whose names it must not have. */
void tree_encode_name(const char *s, size_t len, bool in_dataset, char out[NAME_MAX + 1]);

/* The folder of a block, by its index within the contig: six digits, or more where needed. */
void tree_block_name(uint32_t index, char out[NAME_MAX + 1]);
/* False for what tree_block_name() never makes. */
bool tree_parse_block_name(const char *name, uint32_t *index);

/* The row of view_kinds[] with this name, or n_view_kinds. */
unsigned tree_find_kind(const char *name);

#endif
