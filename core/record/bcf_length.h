/* SPDX-License-Identifier: MIT */
/*
 * How many bytes parts of a record are in BCF (VCFv4.3 section 6.3).
 *
 * Nearly all are as many as in struct record: keys below 128, fewer than 15 values. What they are
 * more is modulo 2^64.
 */
#ifndef GENOFS_RECORD_BCF_LENGTH_H
#define GENOFS_RECORD_BCF_LENGTH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/record/record.h"

enum {
	BCF_FIXED = 24,        /* bytes from CHROM to n_sample */
	BCF_DESCRIPTOR_N = 15, /* more values than it can say: a typed integer follows */
	BCF_KEY_SMALL = 0x80,  /* keys below are one byte, here and there */
};

/* What no length is: added for what BCF has no number for. A record of parts that its head can
 * count has 2^64 of them never. */
#define BCF_TOO_LONG ((uint64_t)1 << 40)

static inline unsigned bcf_int_width(uint32_t v)
{
	return v <= INT8_MAX ? 1 : v <= INT16_MAX ? 2 : 4;
}

static inline uint64_t bcf_descriptor_size(uint64_t n)
{
	return n < BCF_DESCRIPTOR_N ? 1 : 2ull + bcf_int_width((uint32_t)n);
}

static inline uint64_t bcf_text_size(uint64_t len)
{
	return len > INT32_MAX ? BCF_TOO_LONG : bcf_descriptor_size(len) + len;
}

/* Than the text and its length before it. */
static inline uint64_t bcf_text_more(uint64_t len)
{
	return len < BCF_DESCRIPTOR_N ? 0 : bcf_text_size(len) - len - varint_size(len);
}

/* How many there may be of what a record's head counts in 16 and in 8 bits. */
static inline bool bcf_has_numbers_for(const struct record *r)
{
	return r->n_allele <= UINT16_MAX && r->n_fmt <= UINT8_MAX;
}

/* Of a field's key, type and number of values. */
static inline uint64_t bcf_head_more(uint32_t key, uint32_t n)
{
	return bcf_text_more(n) + bcf_int_width(key) - varint_size(key);
}

#endif
