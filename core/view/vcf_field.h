/* SPDX-License-Identifier: MIT */
/*
 * The fields of a record's FORMAT on the way to their text.
 */
#ifndef GENOFS_VIEW_VCF_FIELD_H
#define GENOFS_VIEW_VCF_FIELD_H

#include "core/view/vcf_gt.h"
#include "core/view/vcf_text.h"

/* How a field is printed. */
enum field_way {
	AS_INT8,
	AS_INT16,
	AS_INT32,
	AS_FLOATS,
	AS_STRING,
	AS_DOT,          /* no values at all */
	AS_NOTHING,      /* but what separates it */
	AS_GT_TEXT,      /* genotypes of two bytes a slot */
	AS_GT_ALLELES,   /* others */
	AS_GT_INTS,      /* in plain integers: values that a cell does not take */
	AS_ALLELES_INTS, /* a cell that is not the record's genotypes */
	N_FIELD_WAYS
};

struct field {
	struct record_field f; /* as it stands in the record */
	enum field_way way;
	size_t stride;     /* bytes of a sample's values */
	uint16_t *alleles; /* f.n for each sample, of a cell that is not AS_GT_TEXT */
};

struct samples {
	struct field *fields;
	uint32_t n_fields;
	uint32_t n_samples;
	bool has_gt_text;
	struct gt_text gt;      /* of the field that is AS_GT_TEXT */
	const char *gt_samples; /* text of samples [first_sample, end_sample) */
	uint32_t first_sample;
	uint32_t end_sample;
};

/* Without what gt_text_open() is going to fill. */
static inline void samples_init(struct samples *all, uint32_t n_samples)
{
	all->n_samples = n_samples;
	all->has_gt_text = false;
	all->first_sample = 0;
	all->end_sample = 0;
}

static inline const uint8_t *field_values(const struct field *f, uint32_t sample)
{
	return f->f.values + f->stride * sample;
}

static inline const char *field_gt_text(const struct samples *all, uint32_t sample, size_t *length)
{
	uint32_t ploidy = all->gt.ploidy;
	const char *text = all->gt_samples + 2 * (size_t)ploidy * (sample - all->first_sample);

	*length = all->gt.ends ? gt_text_length(text, ploidy) : 2 * (size_t)ploidy;
	return text;
}

/* A sample's field, @before in front of it: of any length, in no hurry. */
void field_text(const struct samples *all, const struct field *f, uint32_t sample, char before,
		struct text_out *o);

#endif
