/* SPDX-License-Identifier: MIT */
#include "core/view/vcf_samples.h"

#include <errno.h>
#include <stdlib.h>

#include "core/view/gt_alleles.h"
#include "core/view/vcf_field.h"
#include "core/view/vcf_site.h"
#include "core/view/vcf_values.h"
#include "core/view/vcf_words.h"

enum { FORMAT_MAX = 255 }; /* fields of a record: BCF has a byte for their number */

/* @p with room for @want things of @size; NULL, with @p as it was, where memory is out. */
static void *reserve(void *p, size_t *have, size_t want, size_t size)
{
	void *q;

	if (p && want <= *have)
		return p;
	q = reallocarray(p, want + 1, size);
	if (q)
		*have = want;
	return q;
}

/* Spread a genotype cell out by slot. */
static int open_alleles(const struct vcf_text *v, struct field *f, struct vcf_scratch *scratch)
{
	uint16_t *at = reserve(scratch->alleles, &scratch->n_alleles, (size_t)f->f.n * v->n_samples,
			sizeof(*at));

	if (!at)
		return -ENOMEM;
	scratch->alleles = at;
	f->alleles = at;
	return gt_alleles_spread(&f->f, v->n_samples, at) ? 0 : -EBADMSG;
}

static enum field_way way_of_values(const struct record_field *f)
{
	if (!f->n)
		return AS_DOT;
	switch (f->type) {
	case RECORD_INT8:
		return AS_INT8;
	case RECORD_INT16:
		return AS_INT16;
	case RECORD_INT32:
		return AS_INT32;
	case RECORD_FLOAT:
		return AS_FLOATS;
	case RECORD_CHAR:
		return AS_STRING;
	default:
		return AS_NOTHING;
	}
}

static enum field_way way_of(const struct record_field *f, bool is_gt)
{
	if (f->type == RECORD_GT)
		return is_gt ? AS_GT_ALLELES : AS_ALLELES_INTS;
	if (!is_gt)
		return way_of_values(f);
	switch (f->type) {
	case RECORD_INT8:
	case RECORD_INT16:
	case RECORD_INT32:
		return AS_GT_INTS;
	case RECORD_NULL:
		return AS_DOT;
	default:
		return AS_NOTHING; /* htslib prints nothing for GT of floats or characters */
	}
}

/* Decide how fields are printed. */
static int open_values(const struct vcf_text *v, struct samples *all, uint32_t gt,
		struct vcf_scratch *scratch)
{
	for (uint32_t i = 0; i < all->n_fields; i++) {
		struct field *f = &all->fields[i];
		int r = 0;

		f->stride = f->f.n * record_type_size(f->f.type);
		f->way = way_of(&f->f, i == gt);
		if (f->way == AS_GT_ALLELES && f->f.n) {
			r = gt_text_open(&f->f, v->n_samples, scratch, &all->gt);
			if (r > 0) {
				f->way = AS_GT_TEXT;
				all->has_gt_text = true;
			}
		}
		if (r == 0 && (f->way == AS_GT_ALLELES || f->way == AS_ALLELES_INTS))
			r = open_alleles(v, f, scratch);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The FORMAT column and the fields behind it. */
static int put_format(const struct vcf_text *v, const struct record *r, struct field *fields,
		struct text_out *o, uint32_t *gt)
{
	struct cursor c = cursor_over(r->fmt, r->fmt_len);
	unsigned n_cells = 0;

	*gt = UINT32_MAX;
	for (uint32_t i = 0; i < r->n_fmt; i++) {
		struct record_field *f = &fields[i].f;

		text_char(o, i ? ':' : '\t');
		if (!next_field(&c, v->n_samples, f) || !vcf_key_text(v, f->key, o))
			return -EBADMSG;
		if (f->type == RECORD_GT && (f->n > GT_PLOIDY_MAX || (uint64_t)f->n * v->n_samples >
										     UINT32_MAX))
			return -EBADMSG;
		/* One cell a record: what decoding it was budgeted for. */
		n_cells += f->type == RECORD_GT;
		if (n_cells > 1)
			return -EBADMSG;
		if (f->key == v->gt_key)
			*gt = i;
	}
	return cursor_finished(&c) ? 0 : -EBADMSG;
}

int vcf_samples_text(const struct vcf_text *v, const struct record *r, struct vcf_scratch *scratch,
		struct text_out *o)
{
	struct samples all;
	uint32_t gt;
	int status;

	if (!r->n_fmt) {
		for (uint32_t s = 0; s <= v->n_samples; s++)
			text_bytes(o, "\t.", 2);
		return 0;
	}
	if (r->n_fmt > FORMAT_MAX)
		return -EBADMSG;
	samples_init(&all, v->n_samples);
	all.n_fields = r->n_fmt;
	all.fields = reserve(scratch->fields, &scratch->n_fields, r->n_fmt, sizeof(*all.fields));
	if (!all.fields)
		return -ENOMEM;
	scratch->fields = all.fields;
	status = put_format(v, r, all.fields, o, &gt);
	if (status == 0)
		status = open_values(v, &all, gt, scratch);
	if (status < 0)
		return status;
	if (all.has_gt_text && all.n_fields == 1)
		gt_text_line(&all.gt, o);
	else
		vcf_words_text(&all, scratch, o);
	return 0;
}
