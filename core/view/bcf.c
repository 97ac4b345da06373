/* SPDX-License-Identifier: MIT */
#include "core/view/bcf.h"

#include <errno.h>
#include <string.h>

#include "core/codec/gt_cell.h"
#include "core/record/bcf_length.h"
#include "core/view/heads.h"

enum { N_HEAD_WORDS = (BCF_LENGTHS + BCF_FIXED) / 4 };

/* ---- sizes ---- */

static bool string_size(struct cursor *c, uint64_t *size)
{
	size_t n;

	if (!cursor_bytes(c, &n) || n > INT32_MAX)
		return false;
	*size += bcf_descriptor_size(n) + n;
	return true;
}

static bool filters_size(struct cursor *c, uint64_t *size)
{
	uint32_t n = cursor_varint32(c);
	unsigned width = 1;

	if (cursor_bad(c) || n > cursor_left(c))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		unsigned w = bcf_int_width(cursor_varint32(c));

		width = w > width ? w : width;
	}
	*size += bcf_descriptor_size(n) + (uint64_t)n * width;
	return !cursor_bad(c);
}

/* What the values of a field take for each sample. */
static bool field_width(const struct record_field *f, uint64_t *out)
{
	struct gt_cell cell;

	if (f->n > INT32_MAX)
		return false;
	if (f->type != RECORD_GT) {
		*out = (uint64_t)f->n * record_type_size(f->type);
		return true;
	}
	if (!gt_cell_open(f->values, f->len, &cell))
		return false;
	*out = (uint64_t)f->n * record_type_size(cell.type);
	return true;
}

static bool fields_size(struct cursor *c, uint32_t n_fields, uint32_t n_samples, uint64_t *fixed,
		uint64_t *per_sample)
{
	for (uint32_t i = 0; i < n_fields; i++) {
		struct record_field f;
		uint64_t width;

		if (!record_field_next(c, n_samples, &f) || !field_width(&f, &width))
			return false;
		*fixed += 1 + bcf_int_width(f.key) + bcf_descriptor_size(f.n);
		*per_sample += width;
	}
	return true;
}

int bcf_record_size(const struct vcf_text *v, const struct record *r, struct bcf_size *out)
{
	struct cursor site = cursor_over(r->site, r->site_len);
	struct cursor fmt = cursor_over(r->fmt, r->fmt_len);
	struct bcf_size size = { .shared = BCF_FIXED };
	bool ok = bcf_has_numbers_for(r) && string_size(&site, &size.shared);
	uint64_t info = 0;

	for (uint32_t i = 0; ok && i < r->n_allele; i++)
		ok = string_size(&site, &size.shared);
	ok = ok && filters_size(&site, &size.shared) &&
	     fields_size(&site, r->n_info, 1, &size.shared, &info) &&
	     fields_size(&fmt, r->n_fmt, v->n_samples, &size.indiv, &size.per_sample);
	size.shared += info;
	if (!ok || size.shared > UINT32_MAX ||
			size.indiv + size.per_sample * v->n_samples > UINT32_MAX)
		return -EBADMSG;
	*out = size;
	return 0;
}

static int length(const struct vcf_text *v, const struct record *r, struct view_scratch *s,
		uint64_t *out)
{
	struct bcf_size size;
	int status;

	(void)s;
	if (r->bcf_shared) {
		*out = BCF_LENGTHS + (uint64_t)r->bcf_shared + r->bcf_indiv;
		return 0;
	}
	status = bcf_record_size(v, r, &size);
	if (status == 0)
		*out = BCF_LENGTHS + size.shared + size.indiv + size.per_sample * v->n_samples;
	return status;
}

/* ---- bytes ---- */

enum {
	TYPED_INT_MAX = 1 + 4,
	HEAD_MAX = TYPED_INT_MAX + 1 + TYPED_INT_MAX, /* of a field */
};

/* @v in @width bytes; four are written. These here have the room already. */
static char *add_int(char *at, uint32_t v, unsigned width)
{
	v = htole32(v);
	memcpy(at, &v, sizeof(v));
	return at + width;
}

static unsigned int_type(unsigned width)
{
	return width == 1 ? RECORD_INT8 : width == 2 ? RECORD_INT16 : RECORD_INT32;
}

static char *add_typed_int(char *at, uint32_t v)
{
	unsigned width = bcf_int_width(v);

	*at = (char)(1u << 4 | int_type(width));
	return add_int(at + 1, v, width);
}

static char *add_descriptor(char *at, uint64_t n, unsigned type)
{
	*at = (char)((unsigned)(n < BCF_DESCRIPTOR_N ? n : BCF_DESCRIPTOR_N) << 4 | type);
	return n < BCF_DESCRIPTOR_N ? at + 1 : add_typed_int(at + 1, (uint32_t)n);
}

static void put_descriptor(struct text_out *o, uint64_t n, unsigned type)
{
	text_need(o, HEAD_MAX);
	o->at = add_descriptor(o->at, n, type);
}

static void put_string(struct text_out *o, struct cursor *c)
{
	size_t n;
	const uint8_t *p = cursor_bytes(c, &n);

	put_descriptor(o, n, RECORD_CHAR);
	text_bytes(o, p, n);
}

static void put_filters(struct text_out *o, struct cursor *c)
{
	uint32_t n = cursor_varint32(c);
	struct cursor again = *c;
	unsigned width = 1;

	for (uint32_t i = 0; i < n; i++) {
		unsigned w = bcf_int_width(cursor_varint32(&again));

		width = w > width ? w : width;
	}
	put_descriptor(o, n, n ? int_type(width) : RECORD_NULL);
	for (uint32_t i = 0; i < n; i++) {
		text_need(o, sizeof(uint32_t));
		o->at = add_int(o->at, cursor_varint32(c), width);
	}
}

static int put_genotypes(const struct record_field *f, uint32_t n_samples, struct view_scratch *s,
		struct text_out *o)
{
	struct gt_cell cell;
	size_t len;

	if (!gt_cell_open(f->values, f->len, &cell))
		return -EBADMSG;
	len = (size_t)f->n * record_type_size(cell.type) * n_samples;
	put_descriptor(o, f->n, cell.type);
	if (text_room_in_place(o) >= len) {
		if (!gt_cell_values(f->values, f->len, f->n, n_samples, (uint8_t *)o->at))
			return -EBADMSG;
		o->at += len;
		return 0;
	}
	buf_clear(&s->values);
	if (!buf_reserve(&s->values, len + 1))
		return -ENOMEM;
	if (!gt_cell_values(f->values, f->len, f->n, n_samples, s->values.data))
		return -EBADMSG;
	text_bytes(o, s->values.data, len);
	return 0;
}

static int put_fields(struct cursor *c, uint32_t n_fields, uint32_t n_samples,
		struct view_scratch *s, struct text_out *o)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < n_fields; i++) {
		struct record_field f;

		if (!record_field_next(c, n_samples, &f))
			return -EBADMSG;
		text_need(o, HEAD_MAX);
		o->at = add_typed_int(o->at, f.key);
		if (f.type == RECORD_GT) {
			r = put_genotypes(&f, n_samples, s, o);
		} else {
			o->at = add_descriptor(o->at, f.n, f.type);
			text_bytes(o, f.values, f.len);
		}
	}
	return r;
}

/* Bytes of FORMAT. */
static bool indiv_size(const struct vcf_text *v, const struct record *r, uint32_t *out)
{
	struct cursor fmt = cursor_over(r->fmt, r->fmt_len);
	uint64_t fixed = 0;
	uint64_t per_sample = 0;

	if (r->bcf_shared) {
		*out = r->bcf_indiv;
		return true;
	}
	if (!fields_size(&fmt, r->n_fmt, v->n_samples, &fixed, &per_sample))
		return false;
	*out = (uint32_t)(fixed + per_sample * v->n_samples);
	return true;
}

/* All is well-formed: it was measured before. */
static int put(const struct vcf_text *v, const struct record *r, uint64_t len,
		struct view_scratch *s, struct text_out *o)
{
	struct cursor site = cursor_over(r->site, r->site_len);
	struct cursor fmt = cursor_over(r->fmt, r->fmt_len);
	uint32_t head[N_HEAD_WORDS];
	uint32_t indiv;
	int status;

	if (!indiv_size(v, r, &indiv))
		return -EBADMSG;
	head[0] = htole32((uint32_t)(len - BCF_LENGTHS - indiv));
	head[1] = htole32(indiv);
	head[2] = htole32(v->contig_id);
	head[3] = htole32((uint32_t)r->pos);
	head[4] = htole32((uint32_t)r->rlen);
	head[5] = htole32(r->qual);
	head[6] = htole32(r->n_allele << 16 | r->n_info);
	head[7] = htole32((uint32_t)r->n_fmt << 24 | v->n_samples);
	text_need(o, sizeof(head));
	memcpy(o->at, head, sizeof(head));
	o->at += sizeof(head);
	for (uint32_t i = 0; i < r->n_allele + 1; i++) /* ID first */
		put_string(o, &site);
	put_filters(o, &site);
	status = put_fields(&site, r->n_info, 1, s, o);
	return status < 0 ? status : put_fields(&fmt, r->n_fmt, v->n_samples, s, o);
}

bool bcf_exists(const struct dataset *d)
{
	size_t len;

	if (!store_bcf_head(d->store, &len) || !store_has_view(d->store, STORE_VIEW_BCF) ||
			store_n_samples(d->store) >= 1u << 24)
		return false;
	return dataset_end(d) <= INT32_MAX;
}

const struct row_kind bcf_rows = { .view = STORE_VIEW_BCF,
	.sample_view = STORE_VIEW_BCF_SAMPLE,
	.head = head_of_bcf,
	.length = length,
	.put = put };
