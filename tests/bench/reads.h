/* SPDX-License-Identifier: MIT */
/* FORMAT fields as a caller of sequencing reads writes them: AD, DP, GQ, PL beside GT. */
#ifndef GENOFS_BENCH_READS_H
#define GENOFS_BENCH_READS_H

#include "tests/bench/genotypes.h"

struct reads;

struct reads *reads_new(int n_samples, struct chance *c);
void reads_free(struct reads *r);
void reads_add_header(bcf_hdr_t *hdr);

/* The fields of a record of two alleles; its genotypes lose their phase, and some are missing. */
void reads_add(struct reads *r, bcf_hdr_t *hdr, bcf1_t *rec, struct genotypes *g, struct chance *c);

#endif
