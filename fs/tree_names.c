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

static bool is_taken(const char *s, size_t len)
{
	if (len == strlen(BLOCKS_NAME) && memcmp(s, BLOCKS_NAME, len) == 0)
		return true;
	for (unsigned row = 0; row < n_view_kinds; row++)
		if (len == strlen(view_kinds[row].name) &&
				memcmp(s, view_kinds[row].name, len) == 0)
			return true;
	return false;
}

void tree_encode_name(const char *s, size_t len, bool in_dataset, char out[NAME_MAX + 1])
{
	folder_name_encode(s, len, in_dataset && is_taken(s, len), out);
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
