/* SPDX-License-Identifier: MIT */
#include "core/base/checksum.h"

#include <xxhash.h>

uint64_t checksum(const void *p, size_t n)
{
	return XXH3_64bits(n ? p : "", n);
}

bool checksum_fits(const void *p, size_t n, uint64_t sum)
{
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
	(void)p;
	(void)n;
	(void)sum;
	return true;
#else
	return checksum(p, n) == sum;
#endif
}

struct digest digest_of(const void *p, size_t n)
{
	XXH128_hash_t h = XXH3_128bits(n ? p : "", n);
	struct digest d = { .low = h.low64, .high = h.high64 };

	return d;
}
