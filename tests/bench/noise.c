/* SPDX-License-Identifier: MIT */
/*
 * noise IN OUT [SEED]: the same cohort as sequencing and phasing would give it, that is, with
 * errors. At common sites one carrier of a minor allele in 200 is another haplotype than it was,
 * and each sample's haplotypes change places at one of 2,000 such sites where it is heterozygous.
 * Counts of alleles stay as they are, and so does all that is not a genotype.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/genotypes.h"

static const double misplaced = 0.005;
static const double switched = 1.0 / 2000;

struct noise {
	struct genotypes g;
	struct chance chance;
	bool *flipped; /* of each sample: its haplotypes are in each other's place */
};

/* Whether any allele is common and yet not the most common one. */
static bool misplace_common(struct noise *n, int n_alleles)
{
	bool common = false;
	int most = 0;
	int most_count = -1;

	for (int a = 0; a < n_alleles; a++) {
		int count = genotypes_count(&n->g, a);

		if (count > most_count) {
			most = a;
			most_count = count;
		}
	}
	for (int a = 0; a < n_alleles; a++) {
		if (a == most || genotypes_count(&n->g, a) <= COMMON_COUNT)
			continue;
		genotypes_misplace(&n->g, a, misplaced, &n->chance);
		common = true;
	}
	return common;
}

static void switch_phase(struct noise *n, bool common)
{
	for (int s = 0; s < n->g.n_samples; s++) {
		const int32_t *pair = n->g.values + (ptrdiff_t)2 * s;

		if (bcf_gt_allele(pair[0]) == bcf_gt_allele(pair[1]) || !bcf_gt_is_phased(pair[1]))
			continue;
		if (common && chance_of(&n->chance, switched))
			n->flipped[s] = !n->flipped[s];
		if (n->flipped[s])
			genotypes_swap(&n->g, 2 * s, 2 * s + 1);
	}
}

int main(int argc, char **argv)
{
	struct noise n = { 0 };
	bcf1_t *rec = bcf_init();
	bcf_hdr_t *hdr;
	htsFile *out;
	htsFile *in;
	int r;

	if (argc < 3 || argc > 4)
		stop("usage: noise IN OUT [SEED]");
	n.chance = chance_from(argc > 3 ? (unsigned)number_from(argv[3], 0, UINT32_MAX) : 1);
	in = open_in(argv[1], &hdr);
	out = open_out(argv[2], hdr);
	n.flipped = calloc((size_t)bcf_hdr_nsamples(hdr) + 1, sizeof(*n.flipped));
	if (!rec || !n.flipped)
		stop("out of memory");
	while ((r = bcf_read(in, hdr, rec)) == 0) {
		if (genotypes_read(&n.g, hdr, rec)) {
			switch_phase(&n, misplace_common(&n, rec->n_allele));
			bcf_update_genotypes(hdr, rec, n.g.values, n.g.n);
		}
		write_record(out, hdr, rec);
	}
	if (r < -1)
		stop("%s: a damaged record", argv[1]);
	close_out(out);
	bcf_close(in);
	bcf_destroy(rec);
	bcf_hdr_destroy(hdr);
	genotypes_done(&n.g);
	free(n.flipped);
	return 0;
}
