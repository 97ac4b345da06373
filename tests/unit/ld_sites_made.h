/* SPDX-License-Identifier: MIT */
/*
 * Sites with calls of every kind, made at random for the tests of core/ld, and r2 of their
 * genotypes the slow way.
 */
#ifndef GENOFS_TESTS_UNIT_LD_SITES_MADE_H
#define GENOFS_TESTS_UNIT_LD_SITES_MADE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/codec/gt_cell.h"
#include "core/ld/ld_sites.h"

enum { N_SAMPLES = 301, GT_KEY = 3 };

static uint32_t seed = 1;

static inline uint32_t random_below(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)(seed >> 4) * n) >> 28);
}

/* ---- calls as numbers, and what they come to, the slow way ---- */

struct call {
	int a[3];    /* alleles; -1: missing */
	int n;       /* of them */
	bool phased; /* the second */
};

struct site {
	int64_t pos;
	uint32_t contig;
	uint32_t n_allele;
	struct call calls[N_SAMPLES];
};

/* Haplotypes of a call as PLINK has them. False where it is missing. */
static inline bool haplotypes(const struct call *c, int h[2])
{
	if (c->n > 2 || c->a[0] < 0 || (c->n == 2 && c->a[1] < 0))
		return false;
	h[0] = c->a[0] > 0;
	h[1] = c->n == 2 ? c->a[1] > 0 : h[0];
	return true;
}

static inline double slow_genotypes(const struct site *a, const struct site *b)
{
	double n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0, variances;

	for (unsigned i = 0; i < N_SAMPLES; i++) {
		int h[2], k[2];

		if (!haplotypes(&a->calls[i], h) || !haplotypes(&b->calls[i], k))
			continue;
		n++;
		x += h[0] + h[1];
		y += k[0] + k[1];
		xx += (h[0] + h[1]) * (h[0] + h[1]);
		yy += (k[0] + k[1]) * (k[0] + k[1]);
		xy += (h[0] + h[1]) * (k[0] + k[1]);
	}
	variances = (n * xx - x * x) * (n * yy - y * y);
	return variances > 0 ? (n * xy - x * y) * (n * xy - x * y) / variances : -1;
}

/* ---- sites that hang together, with calls of every kind ---- */

enum phase { UNPHASED, PHASED, MIXED, N_PHASES };

static inline void make_site(struct site *s, unsigned i, enum phase phase, bool odd)
{
	static int base[N_SAMPLES][2];
	unsigned noise = random_below(3) ? 2 + random_below(20) : 100;
	bool alike = odd && i % 13 == 5;
	bool rare = i % 4 == 1;

	for (unsigned k = 0; i == 0 && k < N_SAMPLES; k++)
		base[k][0] = random_below(3) == 0, base[k][1] = random_below(3) == 0;
	s->n_allele = 2;
	for (unsigned k = 0; k < N_SAMPLES; k++) {
		struct call *c = &s->calls[k];

		*c = (struct call){ .n = 2, .phased = phase == PHASED };
		if (phase == MIXED)
			c->phased = random_below(3) > 0;
		for (unsigned j = 0; j < 2; j++)
			c->a[j] = alike  ? 0
				  : rare ? random_below(100) == 0
					 : base[k][j] ^ (random_below(100) < noise);
		if (!odd || i % 3 == 0)
			continue;
		if (random_below(10) == 0)
			c->a[random_below(2)] = -1;
		if (random_below(10) == 0)
			c->n = random_below(5) || i % 2 ? 1 : 3;
	}
}

static inline void put_record(struct buf *b, struct record *r, const struct site *s)
{
	struct gt_scratch scratch = { 0 };
	struct buf cell = { 0 };
	uint8_t values[3 * N_SAMPLES];
	char id[16];
	int ploidy = 1;

	for (unsigned i = 0; i < N_SAMPLES; i++)
		ploidy = s->calls[i].n > ploidy ? s->calls[i].n : ploidy;
	for (unsigned i = 0; i < N_SAMPLES; i++)
		for (int j = 0; j < ploidy; j++) {
			const struct call *c = &s->calls[i];
			unsigned value = (unsigned)(c->a[j] + 1) << 1 | (j > 0 && c->phased);

			if (j >= c->n)
				value = 0x81; /* BCF's end of vector */
			values[(unsigned)ploidy * i + (unsigned)j] = (uint8_t)value;
		}
	assert_int_equal(gt_cell_encode(RECORD_INT8, values, (uint32_t)ploidy, N_SAMPLES, &scratch,
					 &cell),
			1);
	*r = (struct record){
		.pos = s->pos, .rlen = 1, .contig = s->contig, .n_allele = s->n_allele, .n_fmt = 1
	};
	buf_clear(b);
	snprintf(id, sizeof(id), "s%lld", (long long)s->pos);
	buf_put_bytes(b, id, strlen(id));
	r->site_len = b->len;
	buf_put_varint(b, GT_KEY);
	buf_put_u8(b, RECORD_GT);
	buf_put_varint(b, (uint64_t)ploidy);
	buf_put_u32(b, (uint32_t)cell.len);
	buf_put(b, cell.data, cell.len);
	r->fmt_len = b->len - r->site_len;
	r->site = b->data;
	r->fmt = b->data + r->site_len;
	buf_done(&cell);
	gt_scratch_done(&scratch);
}

static const char *const contigs[] = { "chr1", "chr2" };

static inline int add_site(
		struct ld_sites *out, const struct ld_choice *choice, const struct site *s)
{
	struct vcf_text v = { .gt_key = GT_KEY,
		.n_samples = N_SAMPLES,
		.contig = { contigs[s->contig], strlen(contigs[s->contig]) } };
	struct buf bytes = { 0 };
	struct record r;
	int status;

	put_record(&bytes, &r, s);
	out->contig = s->contig;
	status = ld_sites_add(out, choice, &v, &r, view_scratch());
	buf_done(&bytes);
	return status;
}

#endif
