/* SPDX-License-Identifier: MIT */
#include "tests/bench/reads.h"

#include <math.h>
#include <stdlib.h>

static const double missing = 0.003;
static const double read_error = 0.002;
enum { MAX_DEPTH = 250, MAX_GQ = 99, N_PL = 3 };
static const double het_phred = 3.0103; /* a read of either allele, for each read */

struct reads {
	int n_samples;
	double *depth;   /* mean of each sample */
	double *quality; /* of its bases, phred */
	int32_t *ad, *dp, *gq, *pl;
};

struct reads *reads_new(int n_samples, struct chance *c)
{
	struct reads *r = calloc(1, sizeof(*r));
	size_t n = (size_t)n_samples;

	if (r) {
		r->n_samples = n_samples;
		r->depth = calloc(n, sizeof(*r->depth));
		r->quality = calloc(n, sizeof(*r->quality));
		r->ad = calloc(n * 2, sizeof(*r->ad));
		r->dp = calloc(n, sizeof(*r->dp));
		r->gq = calloc(n, sizeof(*r->gq));
		r->pl = calloc(n * N_PL, sizeof(*r->pl));
	}
	if (!r || !r->depth || !r->quality || !r->ad || !r->dp || !r->gq || !r->pl)
		stop("out of memory");
	for (int s = 0; s < n_samples; s++) {
		r->depth[s] = 22 + 22 * chance_unit(c);
		r->quality[s] = 24 + 10 * chance_unit(c);
	}
	return r;
}

void reads_free(struct reads *r)
{
	if (!r)
		return;
	free(r->depth);
	free(r->quality);
	free(r->ad);
	free(r->dp);
	free(r->gq);
	free(r->pl);
	free(r);
}

void reads_add_header(bcf_hdr_t *hdr)
{
	bcf_hdr_append(hdr,
			"##FORMAT=<ID=AD,Number=R,Type=Integer,Description=\"Allelic depths\">");
	bcf_hdr_append(hdr, "##FORMAT=<ID=DP,Number=1,Type=Integer,Description=\"Read depth\">");
	bcf_hdr_append(hdr,
			"##FORMAT=<ID=GQ,Number=1,Type=Integer,Description=\"Genotype quality\">");
	bcf_hdr_append(hdr, "##FORMAT=<ID=PL,Number=G,Type=Integer,"
			    "Description=\"Phred-scaled genotype likelihoods\">");
}

/* Of @n reads, those that show the ALT allele where @n_alt of two haplotypes have it. */
static int alt_reads(int n, int n_alt, struct chance *c)
{
	double p = n_alt == 1 ? 0.5 : read_error;
	int k = 0;

	for (unsigned i = chance_gap(c, p); i < (unsigned)n; i += 1 + chance_gap(c, p))
		k++;
	return n_alt == 2 ? n - k : k;
}

static int depth_of(double mean, struct chance *c)
{
	/* Three uniform numbers are bell-shaped enough; the spread is that of real coverage. */
	double bell = chance_unit(c) + chance_unit(c) + chance_unit(c) - 1.5;
	int n = (int)lround(mean * (1 + 0.7 * bell));

	return n < 1 ? 1 : n > MAX_DEPTH ? MAX_DEPTH : n;
}

/* The genotype that is written is the likeliest, as it is where a caller chose it. */
static void add_likelihoods(struct reads *r, size_t s, int n_alt, double quality)
{
	const int32_t *ad = r->ad + 2 * s;
	double phred[N_PL] = { ad[1] * quality, r->dp[s] * het_phred, ad[0] * quality };
	int32_t *pl = r->pl + N_PL * s;
	int second = INT32_MAX;

	for (int i = 0; i < N_PL; i++) {
		pl[i] = (int32_t)lround(phred[i] - phred[n_alt]);
		if (i == n_alt)
			continue;
		pl[i] = pl[i] < 1 ? 1 : pl[i];
		second = pl[i] < second ? pl[i] : second;
	}
	r->gq[s] = second < MAX_GQ ? second : MAX_GQ;
}

static void clear_sample(struct reads *r, size_t s, int32_t *gt)
{
	int32_t *ad = r->ad + 2 * s;
	int32_t *pl = r->pl + N_PL * s;

	gt[0] = gt[1] = bcf_gt_missing;
	r->dp[s] = r->gq[s] = ad[0] = pl[0] = bcf_int32_missing;
	ad[1] = pl[1] = pl[2] = bcf_int32_vector_end;
}

static void add_sample(struct reads *r, size_t s, int32_t *gt, struct chance *c)
{
	int32_t *ad = r->ad + 2 * s;
	int n_alt = (bcf_gt_allele(gt[0]) > 0) + (bcf_gt_allele(gt[1]) > 0);

	if (chance_of(c, missing)) {
		clear_sample(r, s, gt);
		return;
	}
	gt[0] = bcf_gt_unphased(n_alt == 2);
	gt[1] = bcf_gt_unphased(n_alt > 0);
	r->dp[s] = depth_of(r->depth[s], c);
	ad[1] = alt_reads(r->dp[s], n_alt, c);
	ad[0] = r->dp[s] - ad[1];
	add_likelihoods(r, s, n_alt, r->quality[s] + 4 * chance_unit(c));
}

void reads_add(struct reads *r, bcf_hdr_t *hdr, bcf1_t *rec, struct genotypes *g, struct chance *c)
{
	for (size_t s = 0; s < (size_t)r->n_samples; s++)
		add_sample(r, s, g->values + 2 * s, c);
	if (bcf_update_genotypes(hdr, rec, g->values, g->n) < 0 ||
			bcf_update_format_int32(hdr, rec, "AD", r->ad, 2 * r->n_samples) < 0 ||
			bcf_update_format_int32(hdr, rec, "DP", r->dp, r->n_samples) < 0 ||
			bcf_update_format_int32(hdr, rec, "GQ", r->gq, r->n_samples) < 0 ||
			bcf_update_format_int32(hdr, rec, "PL", r->pl, N_PL * r->n_samples) < 0)
		stop("out of memory");
}
