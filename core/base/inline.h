/* SPDX-License-Identifier: MIT */
/* For functions that are given what is known where they are called (a width, a type), so that a
 * loop is made for each, in which nothing is left to be decided. */
#ifndef GENOFS_BASE_INLINE_H
#define GENOFS_BASE_INLINE_H

#define INLINE static inline __attribute__((always_inline))

#endif
