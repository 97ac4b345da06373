/* SPDX-License-Identifier: MIT */
/*
 * Records as VCF lines, byte for byte what htslib prints.
 */
#ifndef GENOFS_VIEW_VCF_TEXT_H
#define GENOFS_VIEW_VCF_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/names.h"
#include "core/record/record.h"
#include "core/store/reader.h"
#include "core/view/text_out.h"

/* What a line needs beside its record. Borrowed. */
struct vcf_text {
	const struct names *keys;
	uint32_t n_keys;
	uint32_t gt_key; /* the key named GT, or UINT32_MAX */
	uint32_t n_samples;
	uint32_t contig_id; /* in BCF */
	uint64_t width;     /* of rows that are all of one width, in bytes */
	struct gt_shape shape;
	struct name contig;
};

/* Scratch of a thread that renders; zero-initialised. */
struct vcf_scratch {
	uint16_t *alleles; /* of genotypes, by slot; owned */
	size_t n_alleles;
	void *fields; /* of a record's FORMAT; owned */
	size_t n_fields;
	struct gt_blank *blank;     /* of genotypes as text; owned */
	struct known_floats *known; /* owned */
	uint64_t *words;            /* of samples (core/view/vcf_words.h); owned */
};

void vcf_scratch_done(struct vcf_scratch *s);

enum vcf_columns {
	VCF_FIXED, /* the first seven */
	VCF_SITES, /* the first eight */
	VCF_CALLS  /* all */
};

/**
 * vcf_text_record() - write the line of @r, with its newline
 *
 * Return: 0; -EBADMSG where the record's bytes are not well-formed; -ENOMEM.
 */
int vcf_text_record(const struct vcf_text *v, const struct record *r, enum vcf_columns columns,
		struct vcf_scratch *scratch, struct text_out *o);

#endif
