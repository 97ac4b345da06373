/* SPDX-License-Identifier: MIT */
#include "fs/tree_names.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/checksum.h"
#include "core/view/view.h"

enum {
	ESCAPE = 3,   /* bytes of %XX */
	TAIL = 1 + 16 /* '~' and the hash in hexadecimal */
};

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

static bool needs_escape(unsigned char c)
{
	return c < ' ' || c == 0x7f || c == '/' || c == '%';
}

void tree_encode_name(const char *s, size_t len, bool in_dataset, char out[NAME_MAX + 1])
{
	bool escape_first = len && (*s == '.' || *s == '@' || (in_dataset && is_taken(s, len)));
	size_t at = 0;
	size_t fits = 0; /* bytes of whole characters that leave room for the tail */

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		bool escape = needs_escape(c) || (i == 0 && escape_first);

		if (at + (escape ? ESCAPE : 1) > NAME_MAX) {
			snprintf(out + fits, TAIL + 1, "~%016" PRIx64, checksum(s, len));
			return;
		}
		if (escape)
			snprintf(out + at, ESCAPE + 1, "%%%02X", c);
		else
			out[at] = (char)c;
		at += escape ? ESCAPE : 1;
		if (at <= NAME_MAX - TAIL)
			fits = at;
	}
	out[at] = '\0';
}

void tree_block_name(uint32_t index, char out[NAME_MAX + 1])
{
	snprintf(out, NAME_MAX + 1, "%06" PRIu32, index);
}

bool tree_parse_block_name(const char *name, uint32_t *index)
{
	char canonical[NAME_MAX + 1];
	uint64_t n = 0;

	for (const char *p = name; *p; p++) {
		if (*p < '0' || *p > '9' || n > UINT32_MAX)
			return false;
		n = n * 10 + (uint64_t)(*p - '0');
	}
	if (n > UINT32_MAX)
		return false;
	tree_block_name((uint32_t)n, canonical);
	if (strcmp(name, canonical) != 0)
		return false;
	*index = (uint32_t)n;
	return true;
}
