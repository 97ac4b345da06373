/* SPDX-License-Identifier: MIT */
/* Values of command line options. */
#ifndef GENOFS_TOOLS_ARGS_H
#define GENOFS_TOOLS_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EXIT_USAGE = 2 };

/* Bytes, with K, M, G or T for powers of 1024. False, with a message, where @text is no size. */
bool args_size(const char *command, const char *option, const char *text, size_t *out);
/* A whole number from @min to @max. False, with a message, where @text is none. */
bool args_number(const char *command, const char *option, const char *text, uint64_t min,
		uint64_t max, uint64_t *out);

#endif
