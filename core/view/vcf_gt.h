/* SPDX-License-Identifier: MIT */
/*
 * Genotypes as VCF text, byte for byte what htslib prints: of samples whose text has two bytes a
 * slot, a tab or separator and a digit or dot. That is all but those of alleles over 9.
 *
 * Text begins as a copy of a blank, in which every slot is REF ("\t0|0\t0|0..."); each row of the
 * cell then changes the bytes of its slots, by XOR: '0' ^ a is the digit a.
 */
#ifndef GENOFS_VIEW_VCF_GT_H
#define GENOFS_VIEW_VCF_GT_H

#include "core/codec/gt_cell.h"
#include "core/record/record.h"
#include "core/view/gt_flip.h"
#include "core/view/vcf_text.h"

enum {
	GT_DIGIT_MAX = 9,
	GT_TEXT_ROWS = GT_DIGIT_MAX + 3, /* with MISSING, END and PHASE */
	GT_AT_ONCE = 8 * 1000,           /* slots, at most */
	GT_TEXT_SLACK = GT_FLIP_SLACK,   /* bytes behind the text of slots that may be written */
};

struct gt_text_row {
	struct gt_row row;
	struct gt_flip flip;
	uint32_t at; /* index of a list: the first slot that has not been passed */
};

/* A cell on the way to its text. It borrows the record's bytes and the scratch. */
struct gt_text {
	struct gt_text_row rows[GT_TEXT_ROWS]; /* without the empty ones */
	unsigned n_rows;
	uint32_t ploidy;
	uint32_t n_slots;
	bool phased; /* all are */
	bool ends;   /* samples of lower ploidy occur: "\0" stands for their first separator */
	struct gt_blank *blank;
};

/**
 * gt_text_open() - begin with a genotype cell
 * @gt: its ploidy is 1 to GT_PLOIDY_MAX
 *
 * Return: 1; 0 where the text has not two bytes a slot; -EBADMSG; -ENOMEM.
 */
int gt_text_open(const struct record_field *gt, uint32_t n_samples, struct vcf_scratch *scratch,
		struct gt_text *out);

/* Slots that must be asked for at once, or a multiple: whole samples and bytes of bits. */
static inline uint32_t gt_text_unit(const struct gt_text *g)
{
	return 8 * g->ploidy;
}

/**
 * gt_text_slots() - the text of slots [@first, @first + @n)
 * @first: a multiple of the unit, not before that of an earlier call
 * @n:     a multiple too, or to the last slot; at most GT_AT_ONCE
 * @text:  2 * @n bytes and GT_TEXT_SLACK
 */
void gt_text_slots(struct gt_text *g, uint32_t first, uint32_t n, char *text);

/* Room for the text of GT_AT_ONCE slots, the scratch's. */
char *gt_text_samples(const struct gt_text *g);

/* Bytes of the text of a sample that ends, as gt_text_slots() has made it. */
static inline size_t gt_text_length(const char *sample, uint32_t ploidy)
{
	size_t p = 1;

	while (p < ploidy && sample[2 * p])
		p++;
	return 2 * p;
}

/* All samples of a record whose FORMAT is GT alone, each after a tab. */
void gt_text_line(struct gt_text *g, struct text_out *o);

#endif
