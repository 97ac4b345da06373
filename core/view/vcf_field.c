/* SPDX-License-Identifier: MIT */
#include "core/view/vcf_field.h"

#include "core/view/gt_alleles.h"
#include "core/view/vcf_values.h"

/* One genotype value of plain integers. Return: false at the end of the vector. */
static bool gt_int_text(
		char before, uint8_t type, const uint8_t *value, bool first, struct text_out *o)
{
	int32_t v = type == RECORD_INT8    ? int_at(RECORD_INT8, value, 0)
		    : type == RECORD_INT16 ? int_at(RECORD_INT16, value, 0)
					   : int_at(RECORD_INT32, value, 0);

	if (v == missing_of(type) + 1)
		return false;
	text_char(o, first ? before : v & 1 ? '|' : '/');
	if (v >> 1)
		text_i64(o, (int64_t)(v >> 1) - 1);
	else
		text_char(o, '.');
	return true;
}

static void put_dot(char before, struct text_out *o)
{
	text_char(o, before);
	text_char(o, '.');
}

static void gt_ints_text(
		const struct field *f, const uint8_t *values, char before, struct text_out *o)
{
	size_t size = record_type_size(f->f.type);
	uint32_t i = 0;

	while (i < f->f.n && gt_int_text(before, f->f.type, values + size * i, i == 0, o))
		i++;
	if (!i)
		put_dot(before, o);
}

static void gt_slots_text(
		const struct samples *all, uint32_t sample, char before, struct text_out *o)
{
	size_t n;
	const char *text = field_gt_text(all, sample, &n);

	text_char(o, before);
	text_bytes(o, text + 1, n - 1);
}

static void alleles_text(const struct field *f, uint32_t sample, char before, struct text_out *o)
{
	const uint16_t *alleles = f->alleles + (size_t)f->f.n * sample;

	text_need(o, (size_t)GT_SLOT_TEXT_MAX * (GT_PLOIDY_MAX + 1));
	o->at = f->way == AS_GT_ALLELES ? gt_alleles_text(o->at, before, alleles, f->f.n)
					: gt_alleles_ints_text(o->at, before, alleles, f->f.n);
}

void field_text(const struct samples *all, const struct field *f, uint32_t sample, char before,
		struct text_out *o)
{
	const uint8_t *values = field_values(f, sample);

	switch (f->way) {
	case AS_GT_TEXT:
		gt_slots_text(all, sample, before, o);
		break;
	case AS_GT_ALLELES:
	case AS_ALLELES_INTS:
		alleles_text(f, sample, before, o);
		break;
	case AS_GT_INTS:
		gt_ints_text(f, values, before, o);
		break;
	case AS_DOT:
		put_dot(before, o);
		break;
	case AS_NOTHING:
		text_char(o, before);
		break;
	default:
		text_values(o, before, f->f.type, values, f->f.n);
		break;
	}
}
