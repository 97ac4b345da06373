/* SPDX-License-Identifier: MIT */
/* Numbers as users write them. */
#ifndef GENOFS_BASE_NUMBER_H
#define GENOFS_BASE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* All of @text as a number that is not negative. False where it is none, or too large. */
bool number_parse(const char *text, int base, uint64_t *out);
/* The same for bytes: K, M, G or T at the end, in either case, for powers of 1024; not 0. */
bool number_parse_size(const char *text, uint64_t *out);

#endif
