/* SPDX-License-Identifier: MIT */
/*
 * Sites as linkage disequilibrium needs them: rows of bits, a bit a sample, and what they count to.
 *
 * A batch of sites is filled by one thread and read by any number of them afterwards. Genotypes are
 * those of PLINK's files (core/view/gt_two_bits.h): copies of ALT in a diploid call; a haploid call
 * counts twice; half calls and calls of more than two alleles are missing.
 */
#ifndef GENOFS_LD_LD_SITES_H
#define GENOFS_LD_LD_SITES_H

#include "core/base/buf.h"
#include "core/ld/ld_count.h"
#include "core/view/scratch.h"

/* What becomes of a record that has several ALT alleles. */
enum ld_multiallelic {
	LD_SKIP,       /* it is left out: as in plink.bed, `plink2 --max-alleles 2` */
	LD_MOST_COMMON /* the ALT that is called most often counts, the first of such; calls with
			* another are missing: as `plink1.9 --vcf` reads it */
};

/* Which records are taken, and what of them. PLINK takes all calls on chromosome Y for missing
 * where the sex of samples is not known, so that no pair of sites is left there. */
struct ld_choice {
	enum ld_multiallelic multiallelic;
	double min_maf; /* records of a minor allele less frequent are left out */
	bool phased;    /* rows are haplotypes */
	bool with_y;    /* records of chromosome Y are taken too */
};

enum ld_row { LD_ROW_TWO = 1, LD_ROW_MISSING = 2, LD_ROW_LOOSE = 4 };

struct ld_site {
	int64_t pos;       /* 0-based */
	uint64_t copies;   /* of the allele, in all samples */
	uint64_t squares;  /* the sum of their squares: 1 for one copy, 4 for two */
	double variance;   /* of genotypes, times n^2: n * squares - copies^2, of n samples called;
			    * of haplotypes copies * (2n - copies) */
	size_t at;         /* its rows: this word of the batch's rows */
	size_t text;       /* its columns: this byte of the batch's text */
	uint32_t text_len; /* CHR, BP and SNP, a tab after each */
	uint64_t groups;   /* that have carriers (ld_groups_of()) */
	uint32_t n_called; /* samples */
	uint8_t rows;      /* which there are beside the first, of enum ld_row, in that order */
};

struct ld_sites {
	struct ld_site *sites; /* n of them, by position; owned */
	size_t n;
	size_t cap;
	struct buf rows; /* uint64_t */
	struct buf text;
	uint32_t contig; /* of all; numbers that the caller tells contigs apart by */
};

void ld_sites_done(struct ld_sites *b);
/* Give back room that the sites do not take: no more are added. */
void ld_sites_fit(struct ld_sites *b);
/* Bytes of memory that the batch holds. */
size_t ld_sites_memory(const struct ld_sites *b);
/* The most that a site takes of it, beside its ID. */
size_t ld_site_memory(uint32_t n_samples);

/**
 * ld_sites_add() - append the record, where it is one of those chosen
 * @v: of the record; its n_samples is that of all sites
 * @s: the calling thread's
 *
 * Return: 0; -EBADMSG; -ENOMEM.
 */
int ld_sites_add(struct ld_sites *b, const struct ld_choice *choice, const struct vcf_text *v,
		const struct record *r, struct view_scratch *s);

/* The rows of a site. */
struct ld_rows {
	struct ld_haplotypes haplotypes; /* its copies are all there is, where not phased */
	const uint64_t *missing;         /* NULL: none is */
};

static inline struct ld_rows ld_rows_of(
		const struct ld_sites *b, const struct ld_site *site, size_t n_words)
{
	const uint64_t *next = (const uint64_t *)(const void *)b->rows.data + site->at;
	struct ld_rows out = { .haplotypes.copies.one = next };

	if (site->rows & LD_ROW_TWO)
		out.haplotypes.copies.two = next += n_words;
	if (site->rows & LD_ROW_MISSING)
		out.missing = next += n_words;
	if (site->rows & LD_ROW_LOOSE)
		out.haplotypes.loose = next + n_words;
	return out;
}

#endif
