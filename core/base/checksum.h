/* SPDX-License-Identifier: MIT */
/* Checksums of stored bytes: XXH3 with 64 bits, seed 0, of libxxhash. */
#ifndef GENOFS_BASE_CHECKSUM_H
#define GENOFS_BASE_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

uint64_t checksum(const void *p, size_t n);
/* Whether @sum is that of the bytes. A fuzzer's build says yes to all: the parsers are its target.
 */
bool checksum_fits(const void *p, size_t n, uint64_t sum);

/* 128 bits, for equality of contents where the bytes themselves are no longer at hand. */
struct digest {
	uint64_t low;
	uint64_t high;
};

struct digest digest_of(const void *p, size_t n);

/* The digest of bytes that come piece by piece. Zero-initialised; one thread at a time. */
struct digest_sum {
	struct XXH3_state_s *state; /* owned */
};

/* Begin with no bytes, again too. Return: 0; -ENOMEM. */
int digest_sum_begin(struct digest_sum *sum);
void digest_sum_add(struct digest_sum *sum, const void *p, size_t n);
/* Of all bytes since it began. */
struct digest digest_sum_end(const struct digest_sum *sum);
void digest_sum_done(struct digest_sum *sum);

static inline int digest_equal(struct digest a, struct digest b)
{
	return a.low == b.low && a.high == b.high;
}

#endif
