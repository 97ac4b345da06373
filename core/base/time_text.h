/* SPDX-License-Identifier: MIT */
/* Points in time as text. */
#ifndef GENOFS_BASE_TIME_TEXT_H
#define GENOFS_BASE_TIME_TEXT_H

#include <stdint.h>

enum { TIME_TEXT_LEN = 24 }; /* with the NUL */

/* @ns nanoseconds since 1970 as "2026-11-25T21:40:00Z"; "?" where that is not possible. Return:
 * @out. */
const char *time_text(int64_t ns, char out[TIME_TEXT_LEN]);

#endif
