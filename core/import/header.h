/* SPDX-License-Identifier: MIT */
/*
 * Headers: of one input, of several merged, and what a store keeps of them.
 */
#ifndef GENOFS_IMPORT_HEADER_H
#define GENOFS_IMPORT_HEADER_H

#include <htslib/hts.h>
#include <htslib/vcf.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/names.h"

/* Refuse an input for its first line, or for what it @looks_like. Return: -EBADMSG. */
int header_wrong_format(const char *name, const char *looks_like, struct err *err);

/**
 * header_load() - the header of an input just opened
 * @pathname: of it, for messages
 * @out:      the caller's to give to bcf_hdr_destroy()
 *
 * Return: 0; -EBADMSG where it cannot be read, with the reason in @err.
 */
int header_load(htsFile *fp, const char *pathname, bcf_hdr_t **out, struct err *err);

/**
 * header_merge() - add what @hdr declares to *@merged
 * @merged: what bcf_hdr_merge() makes of the headers so far; NULL before the first
 *
 * Return: 0; -EINVAL where @hdr has other samples or another order of them; -ENOMEM.
 */
int header_merge(bcf_hdr_t **merged, const bcf_hdr_t *hdr, struct err *err);

/* What a store keeps of a header. Zero-initialised; header_text_done() frees it. */
struct header_text {
	char *calls; /* as `bcftools view --no-version -h` prints it; owned */
	size_t calls_len;
	char *sites; /* as `bcftools view -G --no-version -h` does; owned */
	size_t sites_len;
};

int header_text_make(const bcf_hdr_t *hdr, struct header_text *out, struct err *err);
void header_text_done(struct header_text *t);

/* The head of a BCF file. Zero-initialised; header_bcf_done() frees it. */
struct header_bcf {
	struct buf head;   /* magic, length, header text; empty where there cannot be one */
	uint32_t *contigs; /* of each contig its number there; owned */
	uint32_t n_contigs;
};

/**
 * header_bcf_make() - the head for records whose keys are numbered as in @keys
 * @uses:    bits KEY_IS_... of the first @n_uses keys
 * @contigs: the first @n_contigs names have records
 *
 * What @hdr does not declare gets the lines that htslib makes up when it meets it.
 *
 * Return: 0, with an empty head where htslib would number them otherwise or does not take a name;
 * -ENOMEM.
 */
int header_bcf_make(const bcf_hdr_t *hdr, struct names *keys, const uint8_t *uses, uint32_t n_uses,
		struct names *contigs, uint32_t n_contigs, struct header_bcf *out);
/* The contigs that the head has of @hdr alone, in its order, appended to @out. 0 or -ENOMEM. */
int header_bcf_contigs(const bcf_hdr_t *hdr, struct names *out);
void header_bcf_done(struct header_bcf *b);

/* Number the names of FILTER, INFO and FORMAT that @hdr declares, in its order. */
int header_number_keys(const bcf_hdr_t *hdr, struct names *keys, struct err *err);
/* The length that @hdr gives for a contig, or 0; *declared: whether it has the contig at all. */
uint64_t header_contig_length(const bcf_hdr_t *hdr, const char *contig, int *declared);

#endif
