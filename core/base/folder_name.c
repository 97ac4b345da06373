/* SPDX-License-Identifier: MIT */
#include "core/base/folder_name.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/checksum.h"
#include "core/base/number.h"

enum {
	ESCAPE = 3,   /* bytes of %XX */
	TAIL = 1 + 16 /* '~' and the hash in hexadecimal */
};

static bool needs_escape(unsigned char c)
{
	return c < ' ' || c == 0x7f || c == '/' || c == '%';
}

void folder_name_encode(const char *s, size_t len, bool escape_first, char out[NAME_MAX + 1])
{
	bool first = escape_first || (len && (*s == '.' || *s == '@'));
	size_t at = 0;
	size_t fits = 0; /* bytes of whole characters that leave room for the tail */

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		bool escape = needs_escape(c) || (i == 0 && first);

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

void folder_name_of_number(uint64_t number, char out[NAME_MAX + 1])
{
	snprintf(out, NAME_MAX + 1, "%06" PRIu64, number);
}

bool folder_name_number(const char *name, uint64_t *number)
{
	char canonical[NAME_MAX + 1];
	uint64_t n;

	if (!number_parse(name, 10, &n))
		return false;
	folder_name_of_number(n, canonical);
	if (strcmp(name, canonical) != 0)
		return false;
	*number = n;
	return true;
}
