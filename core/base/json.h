/* SPDX-License-Identifier: MIT */
/* JSON, appended to bytes. */
#ifndef GENOFS_BASE_JSON_H
#define GENOFS_BASE_JSON_H

#include "core/base/buf.h"

/* A string between quotes. Bytes that are no UTF-8 become U+FFFD, each one. */
void json_put_string(struct buf *b, const char *p, size_t n);

#endif
