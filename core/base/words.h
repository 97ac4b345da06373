/* SPDX-License-Identifier: MIT */
/* Lists of words in one argument, as -o takes them: joined by commas, where a backslash takes the
 * next byte as it is. */
#ifndef GENOFS_BASE_WORDS_H
#define GENOFS_BASE_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/**
 * words_next() - the next word of a list that is not empty
 * @list: moved behind the word
 * @end:  where the list ends
 * @word: room for as many bytes as the list has, and a NUL
 *
 * Return: false where there is none.
 */
bool words_next(const char **list, const char *end, char *word);

/* Where SOURCE begins in [NAME=]SOURCE. A '=' behind a '/' is part of a pathname. */
static inline const char *words_source(const char *text)
{
	size_t n = strcspn(text, "=/");

	return text[n] == '=' ? text + n + 1 : text;
}

#endif
