/* SPDX-License-Identifier: MIT */
/* JSON on standard output. */
#ifndef GENOFS_TOOLS_JSON_H
#define GENOFS_TOOLS_JSON_H

#include <stddef.h>

/* A string between quotes, as json_put_string(). */
void json_string(const char *p, size_t n);

#endif
