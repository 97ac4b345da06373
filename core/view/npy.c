/* SPDX-License-Identifier: MIT */
#include "core/view/npy.h"

#include <errno.h>
#include <stdio.h>

#include "core/codec/gt_cell.h"
#include "core/view/gt_two_bits.h"

enum { HEAD_ALIGN = 64, HEAD_FIXED = 10, IS_MISSING = -1, IS_FILL = -2 };

/* Magic, version, length, and a dictionary as Python writes it, padded with spaces. */
static int put_head(const char *type, const char *shape, struct buf *room, struct row_head *out)
{
	static const char magic[] = "\x93NUMPY\1";
	size_t len;

	buf_put(room, magic, sizeof(magic)); /* with the minor version, 0 */
	buf_put_u16(room, 0);
	buf_printf(room, "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", type, shape);
	while ((room->len + 1) % HEAD_ALIGN && !buf_failed(room))
		buf_put_u8(room, ' ');
	buf_put_u8(room, '\n');
	if (buf_failed(room))
		return -ENOMEM;
	len = room->len - HEAD_FIXED;
	room->data[HEAD_FIXED - 2] = (uint8_t)len;
	room->data[HEAD_FIXED - 1] = (uint8_t)(len >> 8);
	*out = (struct row_head){ .p = room->data, .len = room->len };
	return 0;
}

/* ---- genotypes ---- */

bool npy_genotypes_exists(const struct dataset *d)
{
	return dataset_n_samples(d) > 0 && dataset_shape(d).ploidy > 0;
}

static uint64_t genotypes_width(const struct dataset *d)
{
	struct gt_shape shape = dataset_shape(d);

	return (uint64_t)dataset_n_samples(d) * shape.ploidy * shape.width;
}

static int genotypes_head(const struct dataset *d, struct buf *room, struct row_head *out)
{
	struct gt_shape shape = dataset_shape(d);
	char text[96];

	snprintf(text, sizeof(text), "%llu, %u, %u", (unsigned long long)rows_count(d),
			dataset_n_samples(d), shape.ploidy);
	return put_head(shape.width == 1 ? "|i1" : "<i2", text, room, out);
}

/* BCF's value of an allele, sign-extended, as the array's. */
static int16_t allele_of(int32_t v, int32_t end)
{
	if (v == end)
		return IS_FILL;
	return v < 0 ? IS_MISSING : (int16_t)((v >> 1) - 1);
}

/* The common case: one byte in, one byte out, as many of each. */
static void convert_int8(const int8_t *from, int8_t *to, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int8_t allele = (int8_t)((from[i] >> 1) - 1);

		to[i] = from[i] >= 0 ? allele : from[i] == INT8_MIN + 1 ? IS_FILL : IS_MISSING;
	}
}

static int32_t value_at(unsigned type, const uint8_t *values, size_t i, int32_t *end)
{
	int16_t i16;
	int32_t i32;

	switch (type) {
	case RECORD_INT8:
		*end = INT8_MIN + 1;
		return (int8_t)values[i];
	case RECORD_INT16:
		*end = INT16_MIN + 1;
		memcpy(&i16, values + 2 * i, sizeof(i16));
		return (int16_t)le16toh((uint16_t)i16);
	default:
		*end = INT32_MIN + 1;
		memcpy(&i32, values + 4 * i, sizeof(i32));
		return (int32_t)le32toh((uint32_t)i32);
	}
}

static void put_allele(uint8_t *to, size_t i, unsigned width, int16_t allele)
{
	uint16_t le = htole16((uint16_t)allele);

	if (width == 1)
		to[i] = (uint8_t)allele;
	else
		memcpy(to + 2 * i, &le, sizeof(le));
}

/* Samples of @ploidy alleles in rows of as many as the shape has. */
static void convert(unsigned type, const uint8_t *from, uint32_t ploidy, uint32_t n_samples,
		struct gt_shape shape, uint8_t *to)
{
	for (uint32_t s = 0; s < n_samples; s++)
		for (uint32_t p = 0; p < shape.ploidy; p++) {
			size_t at = (size_t)s * shape.ploidy + p;
			int16_t allele = IS_FILL;
			int32_t end;

			if (p < ploidy) {
				int32_t v = value_at(type, from, (size_t)s * ploidy + p, &end);

				allele = allele_of(v, end);
			}
			put_allele(to, at, shape.width, allele);
		}
}

static void put_missing(struct text_out *o, uint64_t len)
{
	while (len && !text_full(o)) {
		size_t n = len < TEXT_NEED_MAX ? (size_t)len : TEXT_NEED_MAX;

		text_need(o, n);
		memset(o->at, UINT8_MAX, n); /* -1 in any width */
		o->at += n;
		len -= n;
	}
}

static int genotypes_put(const struct vcf_text *v, const struct record *r, uint64_t len,
		struct view_scratch *s, struct text_out *o)
{
	struct record_field f;
	struct gt_cell cell;
	size_t n_values;
	size_t from_size;
	uint8_t *from;
	uint8_t *to;
	int status = gt_field(v, r, &f);

	if (status < 0)
		return status;
	if (!status || f.type != RECORD_GT) {
		put_missing(o, len);
		return 0;
	}
	if (!gt_cell_open(f.values, f.len, &cell) || f.n > v->shape.ploidy)
		return -EBADMSG;
	n_values = (size_t)f.n * v->n_samples;
	from_size = n_values * record_type_size(cell.type);
	buf_clear(&s->values);
	if (!buf_reserve(&s->values, from_size + len + 1))
		return -ENOMEM;
	from = s->values.data;
	to = from + from_size;
	if (!gt_cell_values(f.values, f.len, f.n, v->n_samples, from))
		return -EBADMSG;
	if (cell.type == RECORD_INT8 && v->shape.width == 1 && f.n == v->shape.ploidy)
		convert_int8((const int8_t *)from, (int8_t *)to, n_values);
	else
		convert(cell.type, from, f.n, v->n_samples, v->shape, to);
	text_bytes(o, to, len);
	return 0;
}

const struct row_kind npy_genotypes_rows = { .view = STORE_VIEW_RECORDS,
	.width = genotypes_width,
	.head = genotypes_head,
	.put = genotypes_put };

/* ---- positions ---- */

static uint64_t positions_width(const struct dataset *d)
{
	return dataset_end(d) < INT32_MAX ? sizeof(int32_t) : sizeof(int64_t);
}

static int positions_head(const struct dataset *d, struct buf *room, struct row_head *out)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu,", (unsigned long long)rows_count(d));
	return put_head(positions_width(d) == sizeof(int32_t) ? "<i4" : "<i8", text, room, out);
}

static int positions_put(const struct vcf_text *v, const struct record *r, uint64_t len,
		struct view_scratch *s, struct text_out *o)
{
	uint64_t pos1 = htole64((uint64_t)(r->pos + 1));

	(void)v;
	(void)s;
	text_bytes(o, &pos1, (size_t)len);
	return 0;
}

const struct row_kind npy_positions_rows = { .view = STORE_VIEW_RECORDS,
	.of_sites = true,
	.width = positions_width,
	.head = positions_head,
	.put = positions_put };
