/* SPDX-License-Identifier: MIT */
#include "tools/args.h"

#include <stdio.h>

#include "core/base/number.h"

bool args_size(const char *command, const char *option, const char *text, size_t *out)
{
	uint64_t n;

	if (!number_parse_size(text, &n) || n > SIZE_MAX) {
		fprintf(stderr, "genofs %s: %s %s: not a size like 512M or 2G\n", command, option,
				text);
		return false;
	}
	*out = (size_t)n;
	return true;
}

bool args_number(const char *command, const char *option, const char *text, uint64_t min,
		uint64_t max, uint64_t *out)
{
	uint64_t n;

	if (!number_parse(text, 10, &n) || n < min || n > max) {
		fprintf(stderr, "genofs %s: %s %s: not a number from %llu to %llu\n", command,
				option, text, (unsigned long long)min, (unsigned long long)max);
		return false;
	}
	*out = n;
	return true;
}
