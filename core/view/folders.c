/* SPDX-License-Identifier: MIT */
#include "core/view/folders.h"

#include <stdbool.h>
#include <string.h>

#include "core/base/folder_name.h"
#include "core/view/view.h"

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

void folders_contig(const char *s, size_t len, char out[NAME_MAX + 1])
{
	folder_name_encode(s, len, is_taken(s, len), out);
}
