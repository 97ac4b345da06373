/* SPDX-License-Identifier: MIT */
#include "core/record/subset.h"

#include <errno.h>

#include "core/base/cursor.h"

void subsetter_done(struct subsetter *s)
{
	gt_scratch_done(&s->gt);
	buf_done(&s->values);
	buf_done(&s->picked);
	buf_done(&s->fmt);
	buf_done(&s->site);
	buf_done(&s->counts);
}

/* @width bytes of each chosen sample, side by side, to @out. */
static void pick(const uint8_t *values, size_t width, uint32_t first, const struct sample_set *set,
		struct buf *out)
{
	uint8_t *to;

	if (!width || !buf_reserve(out, width * set->n))
		return;
	to = out->data + out->len;
	for (uint32_t i = 0; i < set->n; i++, to += width)
		memcpy(to, values + width * (set->of[i] - first), width);
	out->len += width * set->n;
}

static void put_field_head(struct buf *out, const struct record_field *f)
{
	buf_put_varint(out, f->key);
	buf_put_u8(out, f->type);
	buf_put_varint(out, f->n);
}

/* ---- AC and AN ---- */

static uint32_t value_at(uint8_t type, const uint8_t *values, size_t i)
{
	uint16_t u16;
	uint32_t u32;

	switch (type) {
	case RECORD_INT8:
		return values[i] == (uint8_t)(INT8_MIN + 1) ? UINT32_MAX : values[i];
	case RECORD_INT16:
		memcpy(&u16, values + 2 * i, sizeof(u16));
		u16 = le16toh(u16);
		return u16 == (uint16_t)(INT16_MIN + 1) ? UINT32_MAX : u16;
	default:
		memcpy(&u32, values + 4 * i, sizeof(u32));
		u32 = le32toh(u32);
		return u32 == (uint32_t)(INT32_MIN + 1) ? UINT32_MAX : u32;
	}
}

/* How often each allele is called in @n values. */
static int count_alleles(struct subsetter *s, uint8_t type, size_t n, uint32_t n_allele)
{
	uint32_t *counts;

	buf_clear(&s->counts);
	if (!buf_reserve(&s->counts, ((size_t)n_allele + 1) * sizeof(*counts)))
		return -ENOMEM;
	counts = (uint32_t *)(void *)s->counts.data;
	memset(counts, 0, ((size_t)n_allele + 1) * sizeof(*counts));
	s->allele_number = 0;
	s->counted = true;
	for (size_t i = 0; i < n; i++) {
		uint32_t v = value_at(type, s->picked.data, i);

		if (v == UINT32_MAX || v >> 1 == 0) /* end of vector; missing */
			continue;
		if ((v >> 1) - 1 >= n_allele)
			return -EBADMSG;
		counts[(v >> 1) - 1]++;
		s->allele_number++;
	}
	return 0;
}

/* Integers in the narrowest type that holds them. */
static void put_counts(struct buf *out, uint32_t key, const uint32_t *v, uint32_t n)
{
	uint8_t type = RECORD_INT8;

	for (uint32_t i = 0; i < n; i++)
		if (v[i] > INT16_MAX)
			type = RECORD_INT32;
		else if (v[i] > INT8_MAX && type == RECORD_INT8)
			type = RECORD_INT16;
	put_field_head(out, &(struct record_field){ .key = key, .type = type, .n = n });
	for (uint32_t i = 0; i < n; i++) {
		uint32_t le = htole32(v[i]);

		buf_put(out, &le, record_type_size(type));
	}
}

/* Over what comes before INFO. */
static bool skip_to_info(struct cursor *c, uint32_t n_allele)
{
	size_t len;

	for (uint64_t i = 0; i < (uint64_t)n_allele + 1; i++)
		if (!cursor_bytes(c, &len))
			return false;
	for (uint32_t n = cursor_varint32(c); n && !cursor_bad(c); n--)
		cursor_varint32(c);
	return !cursor_bad(c);
}

static int count_anew(struct subsetter *s, const struct count_keys *keys, struct record *r)
{
	struct cursor c = cursor_over(r->site, r->site_len);
	const uint32_t *counts = (const uint32_t *)(const void *)s->counts.data;
	uint32_t n_alt = r->n_allele ? r->n_allele - 1 : 0;
	bool has_ac = false;
	bool has_an = false;
	uint32_t n_info = 0;

	if (!skip_to_info(&c, r->n_allele))
		return -EBADMSG;
	buf_clear(&s->site);
	buf_put(&s->site, r->site, (size_t)(c.at - r->site));
	for (uint32_t i = 0; i < r->n_info; i++) {
		const uint8_t *start = c.at;
		struct record_field f;

		if (!record_field_next(&c, 1, &f))
			return -EBADMSG;
		if (f.key == keys->ac && !has_ac) {
			has_ac = true;
			if (!n_alt)
				continue; /* there is nothing to count: it goes */
			put_counts(&s->site, keys->ac, counts + 1, n_alt);
		} else if (f.key == keys->an && !has_an) {
			has_an = true;
			put_counts(&s->site, keys->an, &s->allele_number, 1);
		} else {
			buf_put(&s->site, start, (size_t)(c.at - start));
		}
		n_info++;
	}
	if (!has_ac && n_alt) {
		put_counts(&s->site, keys->ac, counts + 1, n_alt);
		n_info++;
	}
	if (!has_an) {
		put_counts(&s->site, keys->an, &s->allele_number, 1);
		n_info++;
	}
	if (buf_failed(&s->site))
		return -ENOMEM;
	r->site = s->site.data;
	r->site_len = s->site.len;
	if (n_info > UINT16_MAX)
		return -EBADMSG;
	r->n_info = (uint16_t)n_info;
	return 0;
}

/* ---- FORMAT ---- */

static int subset_gt(struct subsetter *s, const struct record_field *f, uint32_t first,
		uint32_t n_samples, const struct sample_set *set)
{
	struct gt_cell cell;
	size_t width;
	size_t at;
	uint32_t len;
	int r;

	if (!gt_cell_open(f->values, f->len, &cell))
		return -EBADMSG;
	width = (size_t)f->n * record_type_size(cell.type);
	buf_clear(&s->values);
	buf_clear(&s->picked);
	if (!buf_reserve(&s->values, width * n_samples + 1))
		return -ENOMEM;
	if (!gt_cell_values(f->values, f->len, f->n, n_samples, s->values.data))
		return -EBADMSG;
	pick(s->values.data, width, first, set, &s->picked);
	put_field_head(&s->fmt, f);
	at = s->fmt.len;
	buf_put_u32(&s->fmt, 0);
	if (buf_failed(&s->picked) || buf_failed(&s->fmt))
		return -ENOMEM;
	r = gt_cell_encode(cell.type, s->picked.data, f->n, set->n, &s->gt, &s->fmt);
	if (r <= 0)
		return r < 0 ? r : -EBADMSG; /* what came out of a cell fits one */
	len = htole32((uint32_t)(s->fmt.len - at - sizeof(len)));
	memcpy(s->fmt.data + at, &len, sizeof(len));
	return 0;
}

int record_subset(const struct record *r, uint32_t first, uint32_t n_samples,
		const struct sample_set *set, const struct count_keys *count, struct subsetter *s,
		struct record *out)
{
	struct cursor c = cursor_over(r->fmt, r->fmt_len);
	struct record made = *r;

	buf_clear(&s->fmt);
	s->counted = false;
	for (uint32_t i = 0; i < r->n_fmt; i++) {
		struct record_field f;
		int status = 0;

		if (!record_field_next(&c, n_samples, &f))
			return -EBADMSG;
		if (f.type == RECORD_GT) {
			status = subset_gt(s, &f, first, n_samples, set);
		} else {
			put_field_head(&s->fmt, &f);
			pick(f.values, (size_t)f.n * record_type_size(f.type), first, set, &s->fmt);
		}
		if (status == 0 && count && f.key == count->gt && f.type == RECORD_GT &&
				!s->counted) {
			struct gt_cell cell;

			gt_cell_open(f.values, f.len, &cell);
			status = count_alleles(s, cell.type, (size_t)f.n * set->n, r->n_allele);
		}
		if (status < 0)
			return status;
	}
	if (buf_failed(&s->fmt))
		return -ENOMEM;
	made.fmt = s->fmt.data;
	made.fmt_len = s->fmt.len;
	if (count && s->counted) {
		int status = count_anew(s, count, &made);

		if (status < 0)
			return status;
	}
	made.bcf_shared = 0;
	*out = made;
	return 0;
}
