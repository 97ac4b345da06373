/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include <htslib/kstring.h>

#include "core/import/flatten.h"

static int put_bytes(kstring_t *s, const void *p, size_t n)
{
	/* kputsn() ends with a NUL and takes an int. */
	if (ks_resize(s, s->l + n + 1) < 0)
		return -ENOMEM;
	if (n)
		memcpy(s->s + s->l, p, n);
	s->l += n;
	return 0;
}

/* @v with its descriptor, in the fewest bytes. */
static int put_typed_int(kstring_t *s, int32_t v)
{
	uint8_t b[5] = { 1 << 4 | BCF_BT_INT8, (uint8_t)v };
	size_t n = 2;

	/* The lowest values of each width are reserved (VCFv4.3 6.3.3). */
	if (v > INT16_MAX || v < INT16_MIN + 8) {
		uint32_t u = htole32((uint32_t)v);

		b[0] = 1 << 4 | BCF_BT_INT32;
		memcpy(b + 1, &u, sizeof(u));
		n = 5;
	} else if (v > INT8_MAX || v < INT8_MIN + 8) {
		uint16_t u = htole16((uint16_t)v);

		b[0] = 1 << 4 | BCF_BT_INT16;
		memcpy(b + 1, &u, sizeof(u));
		n = 3;
	}
	return put_bytes(s, b, n);
}

static int put_descriptor(kstring_t *s, uint32_t n, uint8_t type)
{
	uint8_t b = (uint8_t)((n < 15 ? n : 15) << 4 | type);
	int r = put_bytes(s, &b, 1);

	if (r == 0 && n >= 15)
		r = put_typed_int(s, (int32_t)n);
	return r;
}

static int put_string(kstring_t *s, struct cursor *c)
{
	size_t n;
	const uint8_t *p = cursor_bytes(c, &n);
	int r;

	if (!p || n > INT32_MAX)
		return -EBADMSG;
	r = put_descriptor(s, (uint32_t)n, BCF_BT_CHAR);
	return r < 0 ? r : put_bytes(s, p, n);
}

static int32_t id_of(const int32_t *key_ids, uint32_t key)
{
	return key_ids ? key_ids[key] : (int32_t)key;
}

static int put_filters(kstring_t *s, struct cursor *c, const int32_t *key_ids)
{
	uint32_t n = cursor_varint32(c);
	int r;

	if (cursor_bad(c) || n > cursor_left(c))
		return -EBADMSG;
	r = put_descriptor(s, n, n ? BCF_BT_INT32 : BCF_BT_NULL);
	for (uint32_t i = 0; r == 0 && i < n; i++) {
		uint32_t id = htole32((uint32_t)id_of(key_ids, cursor_varint32(c)));

		r = put_bytes(s, &id, sizeof(id));
	}
	return r;
}

static int put_genotypes(kstring_t *s, const struct record_field *f, uint32_t n_samples)
{
	struct gt_cell cell;
	size_t len;
	int r;

	if (!gt_cell_open(f->values, f->len, &cell))
		return -EBADMSG;
	if (__builtin_mul_overflow(
			    (size_t)f->n * record_type_size(cell.type), (size_t)n_samples, &len))
		return -EBADMSG;
	r = put_descriptor(s, f->n, cell.type);
	if (r < 0)
		return r;
	if (ks_resize(s, s->l + len + 1) < 0)
		return -ENOMEM;
	if (!gt_cell_values(f->values, f->len, f->n, n_samples, (uint8_t *)s->s + s->l))
		return -EBADMSG;
	s->l += len;
	return 0;
}

static int put_fields(kstring_t *s, struct cursor *c, uint32_t n_fields, uint32_t n_samples,
		const int32_t *key_ids)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < n_fields; i++) {
		struct record_field f;

		if (!record_field_next(c, n_samples, &f))
			return -EBADMSG;
		r = put_typed_int(s, id_of(key_ids, f.key));
		if (r == 0 && f.type == RECORD_GT) {
			r = put_genotypes(s, &f, n_samples);
		} else if (r == 0) {
			r = put_descriptor(s, f.n, f.type);
			if (r == 0)
				r = put_bytes(s, f.values, f.len);
		}
	}
	return r;
}

int unflatten_record(const struct record *r, uint32_t n_samples, const int32_t *key_ids,
		int32_t rid, bcf1_t *v)
{
	struct cursor site = cursor_over(r->site, r->site_len);
	struct cursor fmt = cursor_over(r->fmt, r->fmt_len);
	int ret;

	bcf_clear(v);
	v->rid = rid;
	v->pos = r->pos;
	v->rlen = r->rlen;
	memcpy(&v->qual, &r->qual, sizeof(v->qual));
	v->n_allele = (uint16_t)r->n_allele;
	v->n_info = (uint16_t)r->n_info;
	v->n_fmt = (uint8_t)r->n_fmt;
	v->n_sample = n_samples & 0xffffff;
	ret = put_string(&v->shared, &site);
	for (uint32_t i = 0; ret == 0 && i < r->n_allele; i++)
		ret = put_string(&v->shared, &site);
	if (ret == 0)
		ret = put_filters(&v->shared, &site, key_ids);
	if (ret == 0)
		ret = put_fields(&v->shared, &site, r->n_info, 1, key_ids);
	if (ret == 0)
		ret = put_fields(&v->indiv, &fmt, r->n_fmt, n_samples, key_ids);
	if (ret == 0 && !(cursor_finished(&site) && cursor_finished(&fmt)))
		ret = -EBADMSG;
	return ret;
}
