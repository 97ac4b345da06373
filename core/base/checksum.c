/* SPDX-License-Identifier: MIT */
#include "core/base/checksum.h"

#include <errno.h>

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

static struct digest digest(XXH128_hash_t h)
{
	return (struct digest){ .low = h.low64, .high = h.high64 };
}

struct digest digest_of(const void *p, size_t n)
{
	return digest(XXH3_128bits(n ? p : "", n));
}

int digest_sum_begin(struct digest_sum *sum)
{
	if (!sum->state)
		sum->state = XXH3_createState();
	if (!sum->state)
		return -ENOMEM;
	XXH3_128bits_reset(sum->state);
	return 0;
}

void digest_sum_add(struct digest_sum *sum, const void *p, size_t n)
{
	XXH3_128bits_update(sum->state, n ? p : "", n);
}

struct digest digest_sum_end(const struct digest_sum *sum)
{
	return digest(XXH3_128bits_digest(sum->state));
}

void digest_sum_done(struct digest_sum *sum)
{
	XXH3_freeState(sum->state);
	sum->state = NULL;
}
