/* SPDX-License-Identifier: MIT */
#include "tools/args.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool args_size(const char *command, const char *option, const char *text, size_t *out)
{
	static const char units[] = "KMGT";
	char *end;
	unsigned long long n;
	size_t bytes;

	errno = 0;
	n = strtoull(text, &end, 10);
	bytes = (size_t)n;
	if (*text < '0' || *text > '9' || errno || bytes == 0)
		goto refuse;
	if (*end) {
		const char *unit = strchr(units, *end);

		if (!unit || end[1] ||
				__builtin_mul_overflow(bytes,
						(size_t)1 << (10 * (unit - units + 1)), &bytes))
			goto refuse;
	}
	*out = bytes;
	return true;
refuse:
	fprintf(stderr, "genofs %s: %s %s: not a size like 512M or 2G\n", command, option, text);
	return false;
}

bool args_number(const char *command, const char *option, const char *text, uint64_t min,
		uint64_t max, uint64_t *out)
{
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || n < min || n > max) {
		fprintf(stderr, "genofs %s: %s %s: not a number from %llu to %llu\n", command,
				option, text, (unsigned long long)min, (unsigned long long)max);
		return false;
	}
	*out = n;
	return true;
}

unsigned args_default_threads(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0 || CPU_COUNT(&set) < 1)
		return 1;
	return (unsigned)CPU_COUNT(&set);
}
