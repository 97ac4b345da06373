/* SPDX-License-Identifier: MIT */
#include "core/base/words.h"

bool words_next(const char **list, const char *end, char *word)
{
	const char *at = *list;
	size_t n = 0;

	while (n == 0 && at < end) {
		for (; at < end && *at != ','; at++) {
			if (*at == '\\' && at + 1 < end)
				at++;
			word[n++] = *at;
		}
		if (at < end)
			at++;
	}
	word[n] = '\0';
	*list = at;
	return n > 0;
}
