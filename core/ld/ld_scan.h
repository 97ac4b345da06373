/* SPDX-License-Identifier: MIT */
/*
 * All pairs of sites within a window of each other: the sites come in batches, threads go through
 * the pairs, and the text comes out in order, whatever the number of threads.
 *
 *	CHR_A	BP_A	SNP_A	CHR_B	BP_B	SNP_B	R2
 *
 * by the first site of the pair, then by the second, which comes after it. Only batches that some
 * window still needs are in memory.
 */
#ifndef GENOFS_LD_LD_SCAN_H
#define GENOFS_LD_LD_SCAN_H

#include "core/ld/ld_output.h"
#include "core/ld/ld_pair.h"

enum {
	LD_BATCH_BYTES = 1 << 20,  /* of a batch of sites, but for one larger site */
	LD_THREAD_BYTES = 10 << 20 /* what a thread needs beside: pairs, and their text */
};

/* Where sites come from. */
struct ld_source {
	/*
	 * Fill in batch @index, from 0 on, all of whose sites are of one contig. Contigs do not
	 * come back, and sites of one are by position. Called from any thread.
	 * Return: 1; 0 past the last one; a negative errno.
	 */
	int (*load)(void *arg, uint64_t index, struct ld_sites *out, struct err *err);
	/* Parts that can be made ready ahead, by any thread; batch @index is of part_of(). NULL and
	 * 0: there are none. */
	void (*prepare)(void *arg, uint32_t part);
	uint32_t (*part_of)(const void *arg, uint64_t index);
	uint32_t n_parts;
	bool in_turn; /* batches must be filled one after the other */
	void *arg;
};

struct ld_scan_setup {
	struct ld_source source;
	struct ld_sink sink;
	struct ld_measure measure;
	int64_t window_bases;  /* that sites of a pair may be apart, at most */
	uint64_t window_sites; /* that the second may come after the first, at most */
	size_t memory;         /* bytes: for sites and for threads */
	unsigned n_threads;
};

/* Bytes of a batch, at most, but for long IDs. */
size_t ld_batch_memory(uint32_t n_samples);
/* Records that it is made of. */
uint32_t ld_batch_records(uint32_t n_samples);

/**
 * ld_scan() - write all pairs, after a line that names the columns
 *
 * Return: 0; -ENOBUFS where the sites of one window need more than the memory; what the source or
 * the sink said.
 */
int ld_scan(const struct ld_scan_setup *setup, struct err *err);

#endif
