/* SPDX-License-Identifier: MIT */
#include "fs/tree_names.h"

#include <string.h>

#include "core/base/folder_name.h"
#include "core/view/view.h"

unsigned tree_find_kind(const char *name)
{
	unsigned row = 0;

	while (row < n_view_kinds && strcmp(view_kinds[row].name, name) != 0)
		row++;
	return row;
}

void tree_encode_name(const char *s, size_t len, bool in_dataset, char out[NAME_MAX + 1])
{
	if (in_dataset)
		folders_contig(s, len, out);
	else
		folder_name_encode(s, len, false, out);
}

void tree_block_name(uint32_t index, char out[NAME_MAX + 1])
{
	folder_name_of_number(index, out);
}

bool tree_parse_block_name(const char *name, uint32_t *index)
{
	uint64_t n;

	if (!folder_name_number(name, &n) || n > UINT32_MAX)
		return false;
	*index = (uint32_t)n;
	return true;
}
