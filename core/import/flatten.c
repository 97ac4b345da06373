/* SPDX-License-Identifier: MIT */
#include "core/import/flatten.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void number_map_init(struct number_map *m, struct names *names, const bcf_hdr_t *hdr, int dict)
{
	*m = (struct number_map){ .names = names, .hdr = hdr, .dict = dict, .gt = -1 };
}

void number_map_done(struct number_map *m)
{
	free(m->numbers);
	m->numbers = NULL;
}

void flatten_scratch_done(struct flatten_scratch *s)
{
	gt_scratch_done(&s->gt);
}

static int number_map_grow(struct number_map *m, uint32_t need)
{
	uint32_t n = m->n ? m->n : 64;
	uint32_t *numbers;

	while (n < need)
		n *= 2;
	numbers = realloc(m->numbers, n * sizeof(*numbers));
	if (!numbers)
		return -ENOMEM;
	memset(numbers + m->n, 0xff, (n - m->n) * sizeof(*numbers));
	m->numbers = numbers;
	m->n = n;
	return 0;
}

static int number_of(struct number_map *m, int32_t id, uint32_t *out)
{
	const char *key;
	int r;

	if (id < 0 || id >= m->hdr->n[m->dict])
		return -EBADMSG;
	if ((uint32_t)id >= m->n) {
		r = number_map_grow(m, (uint32_t)id + 1);
		if (r < 0)
			return r;
	}
	if (m->numbers[id] == UINT32_MAX) {
		key = m->hdr->id[m->dict][id].key;
		if (!key)
			return -EBADMSG;
		r = names_intern(m->names, key, strlen(key), &m->numbers[id]);
		if (r < 0)
			return r;
		if (strcmp(key, "GT") == 0)
			m->gt = id;
	}
	*out = m->numbers[id];
	return 0;
}

/* A BCF type descriptor (VCFv4.3 6.3.3): how many values, of which type. */
static uint32_t read_descriptor(struct cursor *c, uint8_t *type);

/* An integer with a descriptor, as keys and long counts are written. */
static int32_t read_typed_int(struct cursor *c)
{
	uint8_t type = cursor_u8(c);

	switch (type) {
	case 1 << 4 | RECORD_INT8:
		return (int8_t)cursor_u8(c);
	case 1 << 4 | RECORD_INT16:
		return (int16_t)cursor_u16(c);
	case 1 << 4 | RECORD_INT32:
		return (int32_t)cursor_u32(c);
	default:
		cursor_fail(c);
		return 0;
	}
}

static uint32_t read_descriptor(struct cursor *c, uint8_t *type)
{
	uint8_t b = cursor_u8(c);
	uint32_t n = b >> 4;
	int32_t long_n;

	*type = b & 0xf;
	if (*type && !record_type_size(*type))
		cursor_fail(c);
	if (n < 15)
		return n;
	long_n = read_typed_int(c);
	if (long_n < 0)
		cursor_fail(c);
	return (uint32_t)long_n;
}

/* A string: ID, an allele. */
static void flatten_string(struct cursor *c, struct buf *out)
{
	uint8_t type;
	uint32_t n = read_descriptor(c, &type);
	const uint8_t *p;

	if (n && type != RECORD_CHAR)
		cursor_fail(c);
	p = cursor_take(c, n);
	if (p)
		buf_put_bytes(out, p, n);
}

static int flatten_filters(struct cursor *c, struct number_map *keys, struct buf *out)
{
	uint8_t type;
	uint32_t n = read_descriptor(c, &type);

	if (n > cursor_left(c))
		cursor_fail(c);
	if (cursor_bad(c))
		return -EBADMSG;
	buf_put_varint(out, n);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t key;
		int32_t id;
		int r;

		if (type == RECORD_INT8)
			id = (int8_t)cursor_u8(c);
		else if (type == RECORD_INT16)
			id = (int16_t)cursor_u16(c);
		else if (type == RECORD_INT32)
			id = (int32_t)cursor_u32(c);
		else
			return -EBADMSG;
		r = cursor_bad(c) ? -EBADMSG : number_of(keys, id, &key);
		if (r < 0)
			return r;
		buf_put_varint(out, key);
	}
	return 0;
}

int flatten_gt(uint32_t key, uint8_t type, uint32_t ploidy, const uint8_t *values,
		uint32_t n_samples, struct flatten_scratch *scratch, struct buf *out)
{
	size_t start;
	size_t len_at;
	uint32_t len;
	int r;

	if (!buf_reserve(out, 32))
		return -ENOMEM;
	start = out->len;
	buf_put_varint(out, key);
	buf_put_u8(out, RECORD_GT);
	buf_put_varint(out, ploidy);
	len_at = out->len;
	buf_put_u32(out, 0);
	r = gt_cell_encode(type, values, ploidy, n_samples, &scratch->gt, out);
	if (r < 0)
		return r;
	if (r > 0) {
		scratch->has_cell = true;
		len = htole32((uint32_t)(out->len - len_at - sizeof(len)));
		memcpy(out->data + len_at, &len, sizeof(len));
		return 0;
	}
	out->len = start;
	buf_put_varint(out, key);
	buf_put_u8(out, type);
	buf_put_varint(out, ploidy);
	buf_put(out, values, (size_t)n_samples * ploidy * record_type_size(type));
	return 0;
}

static bool is_integer(uint8_t type)
{
	return type == RECORD_INT8 || type == RECORD_INT16 || type == RECORD_INT32;
}

/* An INFO field (@n_values_of 1) or a FORMAT field (the samples). */
static int flatten_field(struct cursor *c, uint32_t n_samples, bool is_format,
		struct number_map *keys, struct flatten_scratch *scratch, struct buf *out)
{
	int32_t id = read_typed_int(c);
	uint8_t type;
	uint32_t n = read_descriptor(c, &type);
	const uint8_t *values;
	uint32_t key;
	size_t len;
	int r;

	if (cursor_bad(c) || __builtin_mul_overflow((size_t)n * record_type_size(type),
					     (size_t)n_samples, &len))
		return -EBADMSG;
	values = cursor_take(c, len);
	if (!values)
		return -EBADMSG;
	r = number_of(keys, id, &key);
	if (r < 0)
		return r;
	/* A record has one genotype cell at most; GT named again stays integers. */
	if (is_format && id == keys->gt && is_integer(type) && !scratch->has_cell)
		return flatten_gt(key, type, n, values, n_samples, scratch, out);
	buf_put_varint(out, key);
	buf_put_u8(out, type);
	buf_put_varint(out, n);
	buf_put(out, values, len);
	return 0;
}

static int flatten_site(const bcf1_t *v, struct number_map *keys, struct flatten_scratch *scratch,
		struct buf *out)
{
	struct cursor c = cursor_over(v->shared.s, v->shared.l);
	int r;

	flatten_string(&c, out);
	for (uint32_t i = 0; i < v->n_allele; i++)
		flatten_string(&c, out);
	r = cursor_bad(&c) ? -EBADMSG : flatten_filters(&c, keys, out);
	for (uint32_t i = 0; r == 0 && i < v->n_info; i++)
		r = flatten_field(&c, 1, false, keys, scratch, out);
	return r;
}

static int flatten_calls(const bcf1_t *v, struct number_map *keys, struct flatten_scratch *scratch,
		struct buf *out)
{
	struct cursor c = cursor_over(v->indiv.s, v->indiv.l);
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < v->n_fmt; i++)
		r = flatten_field(&c, v->n_sample, true, keys, scratch, out);
	return r;
}

/* Far past any genome, and what ends and distances can be computed of without a care. */
static const int64_t POS_MAX = INT64_C(1) << 61;

int flatten_record(const bcf1_t *v, bool calls, struct number_map *keys, struct number_map *contigs,
		struct flatten_scratch *scratch, struct buf *out, struct record *r, struct err *err)
{
	size_t start = out->len;
	size_t site_end;
	int ret;

	if (v->pos > POS_MAX)
		return err_set(err, -EBADMSG, "POS is too large; the largest is %lld",
				(long long)POS_MAX + 1);
	scratch->has_cell = false;
	*r = (struct record){ .pos = v->pos,
		.rlen = v->rlen,
		.n_allele = v->n_allele,
		.n_info = v->n_info,
		.n_fmt = calls && v->n_sample ? v->n_fmt : 0 };
	memcpy(&r->qual, &v->qual, sizeof(r->qual));
	ret = number_of(contigs, v->rid, &r->contig);
	if (ret == 0)
		ret = flatten_site(v, keys, scratch, out);
	site_end = out->len;
	if (ret == 0 && r->n_fmt)
		ret = flatten_calls(v, keys, scratch, out);
	if (ret == 0 && buf_failed(out))
		ret = -ENOMEM;
	if (ret == -EBADMSG)
		return err_set(err, ret, "the BCF record is not well-formed");
	if (ret < 0)
		return err_set(err, ret, "out of memory");
	r->site_len = site_end - start;
	r->fmt_len = out->len - site_end;
	return 0;
}
