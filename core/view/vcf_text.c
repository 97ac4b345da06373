/* SPDX-License-Identifier: MIT */
#include "core/view/vcf_text.h"

#include <errno.h>
#include <stdlib.h>

#include "core/codec/gt_cell.h"
#include "core/view/vcf_gt.h"

/* BCF's special values (VCFv4.3 6.3.3), by type. */
enum {
	INT8_MISSING = INT8_MIN,
	INT8_END = INT8_MIN + 1,
	INT16_MISSING = INT16_MIN,
	INT16_END = INT16_MIN + 1,
	FLOAT_MISSING = 0x7f800001,
	FLOAT_END = 0x7f800002,
	CHAR_MISSING = 0x07,
};

void vcf_scratch_done(struct vcf_scratch *s)
{
	free(s->alleles);
	free(s->fields);
	free(s->blank);
	memset(s, 0, sizeof(*s));
}

/* A string of a record: up to its first NUL; "." where it has no bytes at all. */
static void put_string(struct text_out *o, const uint8_t *p, size_t n)
{
	if (!n) {
		text_char(o, '.');
		return;
	}
	n = strnlen((const char *)p, n);
	if (!memchr(p, CHAR_MISSING, n)) {
		text_bytes(o, p, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		text_char(o, p[i] == CHAR_MISSING ? '.' : (char)p[i]);
}

static int32_t int_at(const uint8_t *p, uint8_t type, size_t i)
{
	uint16_t u16;
	uint32_t u32;

	switch (type) {
	case RECORD_INT8:
		return (int8_t)p[i];
	case RECORD_INT16:
		memcpy(&u16, p + 2 * i, sizeof(u16));
		return (int16_t)le16toh(u16);
	default:
		memcpy(&u32, p + 4 * i, sizeof(u32));
		return (int32_t)le32toh(u32);
	}
}

static int32_t missing_of(uint8_t type)
{
	return type == RECORD_INT8    ? INT8_MISSING
	       : type == RECORD_INT16 ? INT16_MISSING
				      : INT32_MIN;
}

static void put_float_bits(struct text_out *o, uint32_t bits)
{
	float f;

	memcpy(&f, &bits, sizeof(f));
	text_float(o, f);
}

/* Small non-negative numbers are what most of a VCF is made of. */
static inline void put_int(struct text_out *o, int32_t v)
{
	text_need(o, INT_TEXT_MAX);
	if (v >= 0 && v < 10) {
		*o->at++ = (char)('0' + v);
	} else if (v >= 0 && v < 100) {
		*o->at++ = (char)('0' + v / 10);
		*o->at++ = (char)('0' + v % 10);
	} else {
		o->at += int_text(o->at, v);
	}
}

static void put_ints(struct text_out *o, const uint8_t *p, uint8_t type, uint32_t n)
{
	int32_t missing = missing_of(type);

	for (uint32_t i = 0; i < n; i++) {
		int32_t v = int_at(p, type, i);

		if (v == missing + 1) /* end of vector */
			return;
		if (i)
			text_char(o, ',');
		if (v == missing)
			text_char(o, '.');
		else
			put_int(o, v);
	}
}

static void put_floats(struct text_out *o, const uint8_t *p, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t bits = (uint32_t)int_at(p, RECORD_INT32, i);

		if (bits == FLOAT_END)
			return;
		if (i)
			text_char(o, ',');
		if (bits == FLOAT_MISSING)
			text_char(o, '.');
		else
			put_float_bits(o, bits);
	}
}

/* A vector of values: what htslib prints of an INFO value of several, or of FORMAT. */
static void put_values(struct text_out *o, const uint8_t *p, uint8_t type, uint32_t n)
{
	if (!n) {
		text_char(o, '.');
		return;
	}
	switch (type) {
	case RECORD_CHAR:
		put_string(o, p, n);
		break;
	case RECORD_FLOAT:
		put_floats(o, p, n);
		break;
	case RECORD_INT8:
	case RECORD_INT16:
	case RECORD_INT32:
		put_ints(o, p, type, n);
		break;
	default:
		break;
	}
}

/* htslib prints a single INFO value by other rules than a vector: what ends a vector is printed. */
static void put_info_value(struct text_out *o, const struct record_field *f)
{
	int32_t v;

	if (f->n != 1) {
		put_values(o, f->values, f->type, f->n);
		return;
	}
	switch (f->type) {
	case RECORD_CHAR:
		text_char(o, (char)f->values[0]);
		break;
	case RECORD_FLOAT:
		if ((uint32_t)int_at(f->values, RECORD_INT32, 0) == FLOAT_MISSING)
			text_char(o, '.');
		else
			put_float_bits(o, (uint32_t)int_at(f->values, RECORD_INT32, 0));
		break;
	default:
		v = int_at(f->values, f->type, 0);
		if (v == missing_of(f->type))
			text_char(o, '.');
		else
			put_int(o, v);
		break;
	}
}

static bool put_key(const struct vcf_text *v, uint32_t key, struct text_out *o)
{
	const struct name *name;

	if (key >= v->n_keys)
		return false;
	name = names_get(v->keys, key);
	text_bytes(o, name->s, name->len);
	return true;
}

static bool put_filters(const struct vcf_text *v, struct cursor *c, struct text_out *o)
{
	uint32_t n = cursor_varint32(c);

	if (!n)
		text_char(o, '.');
	for (uint32_t i = 0; i < n; i++) {
		if (i)
			text_char(o, ';');
		if (!put_key(v, cursor_varint32(c), o) || cursor_bad(c))
			return false;
	}
	return !cursor_bad(c);
}

static bool put_info(
		const struct vcf_text *v, struct cursor *c, uint32_t n_info, struct text_out *o)
{
	struct record_field f;

	if (!n_info)
		text_char(o, '.');
	for (uint32_t i = 0; i < n_info; i++) {
		if (i)
			text_char(o, ';');
		if (!record_field_next(c, 1, &f) || f.type == RECORD_GT || !put_key(v, f.key, o))
			return false;
		if (!f.n)
			continue;
		text_char(o, '=');
		if (f.type != RECORD_NULL)
			put_info_value(o, &f);
	}
	return cursor_finished(c);
}

static bool put_sites(const struct vcf_text *v, const struct record *r, struct text_out *o)
{
	struct cursor c = cursor_over(r->site, r->site_len);
	const uint8_t *p;
	size_t n;

	text_bytes(o, v->contig.s, v->contig.len);
	text_char(o, '\t');
	text_i64(o, r->pos + 1);
	text_char(o, '\t');
	p = cursor_bytes(&c, &n);
	put_string(o, p, n);
	text_char(o, '\t');
	for (uint32_t i = 0; i < r->n_allele; i++) {
		p = cursor_bytes(&c, &n);
		if (!p)
			return false;
		if (i)
			text_char(o, i == 1 ? '\t' : ',');
		put_string(o, p, n);
	}
	if (!r->n_allele)
		text_char(o, '.');
	if (r->n_allele < 2)
		text_bytes(o, "\t.", 2);
	text_char(o, '\t');
	if (r->qual == RECORD_QUAL_MISSING)
		text_char(o, '.');
	else
		put_float_bits(o, r->qual);
	text_char(o, '\t');
	if (!put_filters(v, &c, o))
		return false;
	text_char(o, '\t');
	return put_info(v, &c, r->n_info, o);
}

/* A FORMAT field on the way to its text. */
struct format_field {
	struct record_field f;
	size_t stride;           /* bytes of a sample's values */
	const uint16_t *alleles; /* of a genotype cell */
};

/* Genotypes in plain integers: values that a cell does not take. */
static void put_gt_ints(struct text_out *o, const uint8_t *p, uint8_t type, uint32_t n)
{
	int32_t end = missing_of(type) + 1;
	uint32_t i;

	for (i = 0; i < n; i++) {
		int32_t v = int_at(p, type, i);

		if (v == end)
			break;
		if (i)
			text_char(o, v & 1 ? '|' : '/');
		if (!(v >> 1))
			text_char(o, '.');
		else
			text_i64(o, (int64_t)(v >> 1) - 1);
	}
	if (!i)
		text_char(o, '.');
}

static void put_gt(
		struct text_out *o, const struct format_field *f, const uint8_t *p, uint32_t sample)
{
	switch (f->f.type) {
	case RECORD_GT:
		vcf_gt_sample(f->alleles + (size_t)sample * f->f.n, f->f.n, o);
		break;
	case RECORD_INT8:
	case RECORD_INT16:
	case RECORD_INT32:
		put_gt_ints(o, p, f->f.type, f->f.n);
		break;
	case RECORD_NULL:
		text_char(o, '.');
		break;
	default:
		break; /* htslib prints nothing for GT of floats or characters */
	}
}

/* A genotype cell that is not the record's genotypes (FORMAT names GT twice): as the integers it
 * was made of. */
static void put_cell_ints(struct text_out *o, const struct format_field *f, uint32_t sample)
{
	const uint16_t *a = f->alleles + (size_t)sample * f->f.n;

	for (uint32_t p = 0; p < f->f.n && !(a[p] & GT_IS_END); p++) {
		int32_t v = a[p] & GT_IS_MISSING ? 0 : ((a[p] & GT_ALLELE) + 1) << 1;

		if (p)
			text_char(o, ',');
		put_int(o, v | !!(a[p] & GT_IS_PHASED));
	}
}

static void put_samples(const struct vcf_text *v, const struct format_field *fields,
		uint32_t n_fields, uint32_t gt, struct text_out *o)
{
	for (uint32_t s = 0; s < v->n_samples && !text_full(o); s++) {
		text_char(o, '\t');
		for (uint32_t i = 0; i < n_fields; i++) {
			const struct format_field *f = &fields[i];
			const uint8_t *p = f->f.values + f->stride * s;

			if (i)
				text_char(o, ':');
			if (i == gt)
				put_gt(o, f, p, s);
			else if (f->f.type == RECORD_GT)
				put_cell_ints(o, f, s);
			else
				put_values(o, p, f->f.type, f->f.n);
		}
	}
}

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

/* Spread the genotype cells of a record out by slot. */
static int open_cells(const struct vcf_text *v, struct format_field *fields, uint32_t n_fields,
		struct vcf_scratch *scratch)
{
	size_t n_slots = 0;
	uint16_t *at;

	for (uint32_t i = 0; i < n_fields; i++)
		if (fields[i].f.type == RECORD_GT)
			n_slots += (size_t)fields[i].f.n * v->n_samples;
	at = reserve(scratch->alleles, &scratch->n_alleles, n_slots, sizeof(*at));
	if (!at)
		return -ENOMEM;
	scratch->alleles = at;
	for (uint32_t i = 0; i < n_fields; i++) {
		if (fields[i].f.type != RECORD_GT)
			continue;
		if (!vcf_gt_alleles(&fields[i].f, v->n_samples, at))
			return -EBADMSG;
		fields[i].alleles = at;
		at += (size_t)fields[i].f.n * v->n_samples;
	}
	return 0;
}

enum { FORMAT_MAX = 255 }; /* fields of a record: BCF has a byte for their number */

/* The FORMAT column and the fields behind it. */
static int open_fields(const struct vcf_text *v, const struct record *r,
		struct vcf_scratch *scratch, struct text_out *o, uint32_t *gt)
{
	struct cursor c = cursor_over(r->fmt, r->fmt_len);
	struct format_field *fields;
	unsigned n_cells = 0;

	if (r->n_fmt > FORMAT_MAX)
		return -EBADMSG;
	fields = reserve(scratch->fields, &scratch->n_fields, r->n_fmt, sizeof(*fields));
	if (!fields)
		return -ENOMEM;
	scratch->fields = fields;
	*gt = UINT32_MAX;
	for (uint32_t i = 0; i < r->n_fmt; i++) {
		struct format_field *f = &fields[i];

		text_char(o, i ? ':' : '\t');
		if (!record_field_next(&c, v->n_samples, &f->f) || !put_key(v, f->f.key, o))
			return -EBADMSG;
		if (f->f.type == RECORD_GT &&
				(f->f.n > GT_PLOIDY_MAX ||
						(uint64_t)f->f.n * v->n_samples > UINT32_MAX))
			return -EBADMSG;
		f->stride = f->f.n * record_type_size(f->f.type);
		/* One cell a record: what decoding it was budgeted for. */
		n_cells += f->f.type == RECORD_GT;
		if (n_cells > 1)
			return -EBADMSG;
		if (f->f.key == v->gt_key)
			*gt = i;
	}
	return cursor_finished(&c) ? 0 : -EBADMSG;
}

static int put_format(const struct vcf_text *v, const struct record *r, struct vcf_scratch *scratch,
		struct text_out *o)
{
	const struct format_field *fields;
	bool written = false;
	uint32_t gt;
	int status;

	if (!r->n_fmt) {
		for (uint32_t s = 0; s <= v->n_samples; s++)
			text_bytes(o, "\t.", 2);
		return 0;
	}
	status = open_fields(v, r, scratch, o, &gt);
	if (status < 0)
		return status;
	fields = scratch->fields;
	if (r->n_fmt == 1 && gt == 0 && fields[0].f.type == RECORD_GT && fields[0].f.n)
		status = vcf_gt_plain(&fields[0].f, v->n_samples, scratch, o, &written);
	if (status < 0 || written)
		return status;
	status = open_cells(v, scratch->fields, r->n_fmt, scratch);
	if (status == 0)
		put_samples(v, fields, r->n_fmt, gt, o);
	return status;
}

int vcf_text_record(const struct vcf_text *v, const struct record *r, enum vcf_columns columns,
		struct vcf_scratch *scratch, struct text_out *o)
{
	int status = 0;

	if (!put_sites(v, r, o))
		return -EBADMSG;
	if (columns == VCF_CALLS && v->n_samples)
		status = put_format(v, r, scratch, o);
	if (status == 0)
		text_char(o, '\n');
	return status;
}
