/* SPDX-License-Identifier: MIT */
#include "core/base/number.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The number that @text begins with; NULL where there is none, else what follows it. */
static const char *leading_number(const char *text, int base, uint64_t *out)
{
	char *end;

	if (!isdigit((unsigned char)*text)) /* strtoull(3) takes blanks and signs */
		return NULL;
	errno = 0;
	*out = strtoull(text, &end, base);
	return errno ? NULL : end;
}

bool number_parse(const char *text, int base, uint64_t *out)
{
	uint64_t n;
	const char *end = leading_number(text, base, &n);

	if (!end || *end)
		return false;
	*out = n;
	return true;
}

bool number_parse_size(const char *text, uint64_t *out)
{
	static const char units[] = "KMGT";
	uint64_t n;
	const char *end = leading_number(text, 10, &n);

	if (!end || n == 0)
		return false;
	if (*end) {
		const char *unit = strchr(units, toupper((unsigned char)*end));

		if (!unit || end[1] ||
				__builtin_mul_overflow(
						n, (uint64_t)1024 << 10 * (unit - units), &n))
			return false;
	}
	*out = n;
	return true;
}
