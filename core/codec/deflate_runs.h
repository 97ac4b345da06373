/* SPDX-License-Identifier: MIT */
/*
 * Deflate (RFC 1951) for bytes that repeat at one distance or not at all: genotypes of records of
 * BCF. Written and inflated several times as fast as what a general compressor makes, since there
 * are few and long symbols: repeats of what is 48 bytes before, which is a multiple of all usual
 * widths of a sample; what is between, a stored block where it is long.
 *
 * What it writes for given bytes never changes: stores have the lengths.
 */
#ifndef GENOFS_CODEC_DEFLATE_RUNS_H
#define GENOFS_CODEC_DEFLATE_RUNS_H

#include <stddef.h>
#include <stdint.h>

enum {
	DEFLATE_RUNS_MAX = 65280,                          /* bytes at a time, as bgzip takes */
	DEFLATE_RUNS_GROWTH = 5,                           /* the most that is added to them */
	DEFLATE_RUNS_ROOM = DEFLATE_RUNS_MAX + (16 << 10), /* that a writer needs */
};

/* Deflate @n bytes, one at least, into @out of DEFLATE_RUNS_ROOM. Return: bytes written. */
size_t deflate_runs(const uint8_t *x, size_t n, uint8_t *out);

#endif
