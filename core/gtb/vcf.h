/* SPDX-License-Identifier: MIT */
/*
 * A GTB file as VCF: a header, and a line for each record. docs/gtb.md, "As VCF", says what comes
 * from where.
 *
 * What is shown is settled when it is made, from names and types alone, and never changes; any
 * thread may use it, with a reader of its own.
 */
#ifndef GENOFS_GTB_VCF_H
#define GENOFS_GTB_VCF_H

#include "core/gtb/gtb.h"

struct gtb_vcf;

/**
 * gtb_vcf_new() - how @g is shown
 * @r: to look for the contigs that occur, which takes a pass over the contigs of version 2
 *
 * Borrows @g for the object's life.
 *
 * Return: 0, or what reading records may return.
 */
int gtb_vcf_new(const struct gtb *g, struct gtb_reader *r, struct gtb_vcf **out, struct err *err);
void gtb_vcf_free(struct gtb_vcf *v); /* NULL is nothing to do */
void gtb_vcf_freep(struct gtb_vcf **v);

/* Whether records of the contig occur. */
bool gtb_vcf_has_contig(const struct gtb_vcf *v, uint32_t contig);
/* Fields that are not shown, because their type is not known. */
uint32_t gtb_vcf_n_unknown(const struct gtb_vcf *v);

/* The header, to the newline of #CHROM, appended to @out. Look at buf_failed(). */
void gtb_vcf_header(const struct gtb_vcf *v, struct buf *out);

/* What could not be shown as it is stored. */
struct gtb_vcf_odd {
	uint64_t n_out_of_range; /* genotypes with alleles that their record does not have */
	uint64_t first;          /* record of the first */
};

/**
 * gtb_vcf_line() - the line of a record with its newline, appended to @out
 * @odd: added to
 *
 * Return: 0; -ENOMEM; or what reading the record may return.
 */
int gtb_vcf_line(const struct gtb_vcf *v, struct gtb_reader *r, uint64_t record, struct buf *out,
		struct gtb_vcf_odd *odd, struct err *err);

#endif
