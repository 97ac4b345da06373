/* SPDX-License-Identifier: MIT */
/*
 * PLINK 1: plink.bed, .bim, .fam, byte for byte what
 * `plink2 --make-bed --max-alleles 2 --vcf-half-call m --allow-extra-chr` makes of the VCF: records
 * of more than two alleles are left out. And the text files of PLINK 2: plink2.pvar, .psam.
 *
 * The sex of samples is unknown to both, as it is to plink2 when it reads a VCF.
 */
#ifndef GENOFS_VIEW_PLINK_H
#define GENOFS_VIEW_PLINK_H

#include "core/view/rows.h"

extern const struct row_kind plink_bed_rows;
extern const struct row_kind plink_bim_rows;
extern const struct row_kind plink_pvar_rows;

/* For table_text_ops. */
int plink_fam_text(const struct dataset *d, struct buf *room, struct row_head *out);
int plink_psam_text(const struct dataset *d, struct buf *room, struct row_head *out);

/* Whether the dataset can be PLINK's: it has samples, and positions of 31 bits. */
bool plink_exists(const struct dataset *d);

/* Records that a .bed of @size bytes leaves out: those of more than two alleles. */
uint64_t plink_left_out(const struct dataset *d, uint64_t size);

/* A contig's name as PLINK writes it: human chromosomes have codes. */
struct name plink_chromosome(struct name contig);

/* A record of PLINK 1: bytes of its line in .bim; 0 where it is left out. False where damaged. */
bool plink_bim_length(const struct vcf_text *v, const struct record *r, uint64_t *out);

#endif
