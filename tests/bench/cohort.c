/* SPDX-License-Identifier: MIT */
/*
 * cohort OUT SAMPLES RECORDS gt|reads [SEED]: a made-up population cohort, the same for the same
 * arguments. Genotypes are mutations on a genealogy (coalescent.h): half of them singletons, the
 * others in linkage; site columns are like those of the 1000 Genomes Project. With "reads" there
 * are AD, DP, GQ and PL too, and genotypes are unphased.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/coalescent.h"
#include "tests/bench/reads.h"

enum {
	MEAN_GAP = 66,      /* bases between sites */
	HOT_PERIOD = 40000, /* bases from one hotspot of recombination to the next */
	HOT_LENGTH = 2000,
	FIRST_POS = 10000,
	MAX_INDEL = 40
};
static const double hot_rate = 0.1; /* crossovers for each base */
static const double cold_rate = 0.0027;
static const double indels = 0.09;
static const double second_alt = 0.005;
static const char *const population_keys[N_POPULATIONS] = { "AFR_AF", "EUR_AF", "EAS_AF" };

struct cohort {
	struct coalescent *tree;
	struct reads *reads; /* NULL without them */
	struct genotypes g;
	struct chance chance;
	bcf_hdr_t *hdr;
	hts_pos_t pos;
};

static bcf_hdr_t *new_header(int n_samples, bool with_reads)
{
	static const char *const lines[] = {
		"##contig=<ID=chr20,length=64444167>",
		"##FILTER=<ID=LowQual,Description=\"Low quality\">",
		"##INFO=<ID=AC,Number=A,Type=Integer,Description=\"Allele count\">",
		"##INFO=<ID=AF,Number=A,Type=Float,Description=\"Allele frequency\">",
		"##INFO=<ID=AN,Number=1,Type=Integer,Description=\"Alleles called\">",
		"##INFO=<ID=NS,Number=1,Type=Integer,Description=\"Samples with data\">",
		"##INFO=<ID=AFR_AF,Number=A,Type=Float,Description=\"Frequency in AFR\">",
		"##INFO=<ID=EUR_AF,Number=A,Type=Float,Description=\"Frequency in EUR\">",
		"##INFO=<ID=EAS_AF,Number=A,Type=Float,Description=\"Frequency in EAS\">",
		"##INFO=<ID=DP,Number=1,Type=Integer,Description=\"Total read depth\">",
		"##INFO=<ID=VT,Number=1,Type=String,Description=\"Variant type\">",
		"##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">",
	};
	bcf_hdr_t *hdr = bcf_hdr_init("w");
	char name[16];

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		bcf_hdr_append(hdr, lines[i]);
	if (with_reads)
		reads_add_header(hdr);
	for (int s = 0; s < n_samples; s++) {
		snprintf(name, sizeof(name), "S%06d", s);
		bcf_hdr_add_sample(hdr, name);
	}
	if (bcf_hdr_sync(hdr) < 0)
		stop("out of memory");
	return hdr;
}

/* To the next site, with the crossovers on the way. */
static void move_on(struct cohort *w)
{
	unsigned gap = 1 + chance_gap(&w->chance, 1.0 / MEAN_GAP);
	double rate = w->pos % HOT_PERIOD < HOT_LENGTH ? hot_rate : cold_rate;

	for (unsigned i = chance_gap(&w->chance, rate); i < gap;
			i += 1 + chance_gap(&w->chance, rate))
		coalescent_recombine(w->tree, &w->chance);
	w->pos += gap;
}

static void put_allele(struct cohort *w, int allele)
{
	struct stretch s = coalescent_branch(w->tree, &w->chance);

	for (unsigned i = s.from; i < s.to; i++) {
		int h = (int)coalescent_leaf(w->tree, i);

		w->g.values[h] = genotypes_value(h, allele);
	}
}

/* Return: the number of alleles. */
static int make_genotypes(struct cohort *w)
{
	int n;

	for (int i = 0; i < w->g.n; i++)
		w->g.values[i] = genotypes_value(i, 0);
	put_allele(w, 1);
	n = genotypes_count(&w->g, 1);
	/* The reference genome is a haplotype too, and may have the younger allele. */
	if (chance_of(&w->chance, (double)n / w->g.n) && n < w->g.n)
		for (int i = 0; i < w->g.n; i++)
			w->g.values[i] ^= bcf_gt_phased(0) ^ bcf_gt_phased(1);
	if (w->reads || !chance_of(&w->chance, second_alt))
		return 2;
	put_allele(w, 2);
	if (genotypes_count(&w->g, 1) > 0)
		return 3;
	for (int i = 0; i < w->g.n; i++)
		if (bcf_gt_allele(w->g.values[i]) == 2)
			w->g.values[i] = genotypes_value(i, 1);
	return 2;
}

/* @n random bases, at most MAX_INDEL, behind @at. */
static char *put_bases(struct cohort *w, char *at, unsigned n)
{
	static const char bases[] = "ACGT";

	for (unsigned i = 0; i < n && i < MAX_INDEL; i++)
		*at++ = bases[chance_below(&w->chance, 4)];
	return at;
}

/* One base each, no two alike, most often a transition. */
static char *put_snp(struct cohort *w, char *at, int n_alleles)
{
	static const char transitions[] = "AGCT"; /* of pairs */
	unsigned ref = chance_below(&w->chance, 4);
	unsigned other = ref ^ (chance_of(&w->chance, 0.68) ? 1 : 2);

	*at++ = transitions[ref];
	*at++ = ',';
	*at++ = transitions[other];
	if (n_alleles == 3) {
		*at++ = ',';
		*at++ = transitions[ref ^ 3];
	}
	return at;
}

/* A base that all alleles begin with, and behind it more in REF or in the first ALT; still more in
 * the second. */
static char *put_indel(struct cohort *w, char *at, int n_alleles)
{
	char *anchor = put_bases(w, at, 1) - 1;
	unsigned n = 1 + chance_gap(&w->chance, 0.38);
	bool deletion = chance_of(&w->chance, 0.5);

	at = put_bases(w, anchor + 1, deletion ? n : 0);
	for (int a = 1; a < n_alleles; a++) {
		*at++ = ',';
		*at++ = *anchor;
		at = put_bases(w, at, a == 2 ? n + 1 : deletion ? 0 : n);
	}
	return at;
}

static void add_alleles(struct cohort *w, bcf1_t *rec, int n_alleles)
{
	char text[3 * (MAX_INDEL + 2)];
	bool indel = chance_of(&w->chance, indels);

	*(indel ? put_indel : put_snp)(w, text, n_alleles) = '\0';
	bcf_update_alleles_str(w->hdr, rec, text);
	bcf_update_info_string(w->hdr, rec, "VT", indel ? "INDEL" : "SNP");
}

static void add_site(struct cohort *w, bcf1_t *rec)
{
	const char *filter = chance_of(&w->chance, 0.965) ? "PASS" : "LowQual";
	int32_t key = bcf_hdr_id2int(w->hdr, BCF_DT_ID, filter);
	char id[32] = ".";

	rec->rid = 0;
	rec->pos = w->pos;
	rec->qual = 100;
	if (chance_of(&w->chance, 0.6))
		snprintf(id, sizeof(id), "rs%u",
				100000 + (unsigned)w->pos * 7 + chance_below(&w->chance, 7));
	bcf_update_id(w->hdr, rec, id);
	bcf_update_filter(w->hdr, rec, &key, 1);
}

static void add_counts(struct cohort *w, bcf1_t *rec)
{
	int n_alt = rec->n_allele - 1;
	int32_t an = w->g.n;
	int32_t ns = w->g.n_samples;
	int32_t dp = (int32_t)(ns * (6.6 + 1.8 * chance_unit(&w->chance)));
	int32_t ac[2];
	float af[2];

	for (int a = 0; a < n_alt; a++) {
		ac[a] = genotypes_count(&w->g, a + 1);
		af[a] = (float)ac[a] / (float)an;
	}
	bcf_update_info_int32(w->hdr, rec, "AC", ac, n_alt);
	bcf_update_info_float(w->hdr, rec, "AF", af, n_alt);
	bcf_update_info_int32(w->hdr, rec, "AN", &an, 1);
	bcf_update_info_int32(w->hdr, rec, "NS", &ns, 1);
	for (unsigned p = 0; p < N_POPULATIONS; p++) {
		unsigned from = coalescent_population(w->tree, p);
		struct genotypes part = { .values = w->g.values + from,
			.n = (int)(coalescent_population(w->tree, p + 1) - from) };

		for (int a = 0; a < n_alt; a++)
			af[a] = (float)genotypes_count(&part, a + 1) / (float)part.n;
		bcf_update_info_float(w->hdr, rec, population_keys[p], af, n_alt);
	}
	bcf_update_info_int32(w->hdr, rec, "DP", &dp, 1);
}

static void make_record(struct cohort *w, bcf1_t *rec)
{
	int n_alleles;

	bcf_clear(rec);
	move_on(w);
	n_alleles = make_genotypes(w);
	add_site(w, rec);
	add_alleles(w, rec, n_alleles);
	add_counts(w, rec);
	if (w->reads)
		reads_add(w->reads, w->hdr, rec, &w->g, &w->chance);
	else if (bcf_update_genotypes(w->hdr, rec, w->g.values, w->g.n) < 0)
		stop("out of memory");
}

int main(int argc, char **argv)
{
	struct cohort w = { .pos = FIRST_POS };
	bcf1_t *rec = bcf_init();
	htsFile *out;
	long n;

	if (argc < 5 || argc > 6)
		stop("usage: cohort OUT SAMPLES RECORDS gt|reads [SEED]");
	w.g.n_samples = (int)number_from(argv[2], 2 * N_POPULATIONS, 1e6);
	w.g.n = 2 * w.g.n_samples;
	n = (long)number_from(argv[3], 1, 1e9);
	w.chance = chance_from(argc > 5 ? (unsigned)number_from(argv[5], 0, UINT32_MAX) : 1);
	w.tree = coalescent_new((unsigned)w.g.n, &w.chance);
	w.g.values = calloc((size_t)w.g.n, sizeof(*w.g.values));
	if (!rec || !w.g.values)
		stop("out of memory");
	if (strcmp(argv[4], "reads") == 0)
		w.reads = reads_new(w.g.n_samples, &w.chance);
	w.hdr = new_header(w.g.n_samples, w.reads);
	out = open_out(argv[1], w.hdr);
	for (; n > 0; n--) {
		make_record(&w, rec);
		write_record(out, w.hdr, rec);
	}
	close_out(out);
	bcf_destroy(rec);
	bcf_hdr_destroy(w.hdr);
	coalescent_free(w.tree);
	reads_free(w.reads);
	genotypes_done(&w.g);
	return 0;
}
