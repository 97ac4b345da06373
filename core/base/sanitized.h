/* SPDX-License-Identifier: MIT */
/* SANITIZED: 1 where the compiler's sanitizers watch, which want memory had anew and calls of their
 * own; else 0. */
#ifndef GENOFS_BASE_SANITIZED_H
#define GENOFS_BASE_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
		__has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#endif
