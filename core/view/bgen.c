/* SPDX-License-Identifier: MIT */
#include "core/view/bgen.h"

#include <errno.h>

#include "core/store/measured.h"
#include "core/view/bgen_calls.h"
#include "core/view/heads.h"

enum {
	HEADER = 20,                       /* bytes of the header block */
	LAYOUT_2 = 2 << 2,                 /* nothing compressed */
	FIXED_DATA = 4 + 2 + 1 + 1 + 1 + 1 /* of the data: all but what each sample has */
};
#define SAMPLES_ARE_NAMED (1u << 31)

static void put_u16(struct text_out *o, uint32_t v)
{
	uint16_t le = htole16((uint16_t)v);

	text_bytes(o, &le, sizeof(le));
}

static void put_u32(struct text_out *o, uint64_t v)
{
	uint32_t le = htole32((uint32_t)v);

	text_bytes(o, &le, sizeof(le));
}

/* ---- variant blocks ---- */

static uint64_t data_size(const struct vcf_text *v, const struct bgen_calls *c)
{
	return FIXED_DATA + v->n_samples + c->values * (c->from_gp ? 2 : 1);
}

/* Bytes of what comes before the data, with its length. */
static bool names_size(const struct vcf_text *v, const struct record *r, uint64_t *out)
{
	struct cursor site = cursor_over(r->site, r->site_len);
	uint64_t size = 2 + 2 + 2 + v->contig.len + 4 + 2 + 4;
	size_t len;

	if (!cursor_bytes(&site, &len))
		return false;
	size += len ? len : 1;
	for (uint32_t i = 0; i < bgen_n_alleles(r); i++) {
		len = 1;
		if (i < r->n_allele && !cursor_bytes(&site, &len))
			return false;
		size += 4 + (len ? len : 1);
	}
	*out = size;
	return true;
}

static int measure(const struct vcf_text *v, const struct record *r, struct view_scratch *s,
		struct bgen_calls *c, uint64_t *out)
{
	uint64_t names;
	int status = bgen_calls_find(v, r, s, c);

	if (status < 0)
		return status;
	if (!names_size(v, r, &names))
		return -EBADMSG;
	c->left_out |= data_size(v, c) > UINT32_MAX;
	*out = c->left_out ? 0 : names + data_size(v, c);
	return 0;
}

int bgen_record_length(const struct vcf_text *v, const struct record *r, struct view_scratch *s,
		uint64_t *out)
{
	struct bgen_calls c;

	return measure(v, r, s, &c, out);
}

/* Identifiers as plink2 writes them: none, and the record's ID. */
static void put_names(const struct vcf_text *v, const struct record *r, struct text_out *o)
{
	struct cursor site = cursor_over(r->site, r->site_len);
	size_t len;
	const uint8_t *p = cursor_bytes(&site, &len);

	put_u16(o, 0);
	put_u16(o, len ? (uint32_t)len : 1);
	text_bytes(o, len ? p : (const uint8_t *)".", len ? len : 1);
	put_u16(o, (uint32_t)v->contig.len);
	text_bytes(o, v->contig.s, v->contig.len);
	put_u32(o, (uint64_t)(r->pos + 1));
	put_u16(o, bgen_n_alleles(r));
	for (uint32_t i = 0; i < bgen_n_alleles(r); i++) {
		p = (const uint8_t *)".";
		len = 1;
		if (i < r->n_allele)
			p = cursor_bytes(&site, &len);
		put_u32(o, len ? len : 1);
		text_bytes(o, len ? p : (const uint8_t *)".", len ? len : 1);
	}
}

static int put(const struct vcf_text *v, const struct record *r, uint64_t len,
		struct view_scratch *s, struct text_out *o)
{
	struct bgen_calls c;
	int status = measure(v, r, s, &c, &len);

	if (status < 0 || c.left_out)
		return status;
	put_names(v, r, o);
	put_u32(o, data_size(v, &c));
	put_u32(o, v->n_samples);
	put_u16(o, bgen_n_alleles(r));
	text_char(o, (char)c.min_ploidy);
	text_char(o, (char)c.max_ploidy);
	status = bgen_calls_put_ploidy(v, r, &c, s, o);
	if (status < 0)
		return status;
	text_char(o, (char)c.phased);
	text_char(o, c.from_gp ? 16 : 8);
	return bgen_calls_put_values(v, r, &c, s, o);
}

/* ---- the head ---- */

static int put_samples(const struct dataset *d, struct buf *room)
{
	struct buf names = { 0 };
	int r = put_sample_names(d, '\n', &names);
	const char *p = (const char *)names.data;
	const char *end = p + names.len;
	size_t at = room->len;
	uint32_t size;

	buf_put_u32(room, 0);
	buf_put_u32(room, dataset_n_samples(d));
	while (r == 0 && p < end) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)(stop - p);

		n = n < UINT16_MAX ? n : UINT16_MAX;
		buf_put_u16(room, (uint16_t)n);
		buf_put(room, p, n);
		p = stop + 1;
	}
	buf_done(&names);
	size = htole32((uint32_t)(room->len - at));
	if (!buf_failed(room))
		memcpy(room->data + at, &size, sizeof(size));
	return r < 0 || buf_failed(room) ? -ENOMEM : 0;
}

static int head(const struct dataset *d, struct buf *room, struct row_head *out)
{
	uint32_t offset;
	int r;

	buf_put_u32(room, 0);
	buf_put_u32(room, HEADER);
	buf_put_u32(room, (uint32_t)rows_count(d));
	buf_put_u32(room, dataset_n_samples(d));
	buf_put(room, "bgen", 4);
	buf_put_u32(room, LAYOUT_2 | SAMPLES_ARE_NAMED);
	r = put_samples(d, room);
	if (r < 0)
		return r;
	offset = htole32((uint32_t)(room->len - sizeof(offset)));
	memcpy(room->data, &offset, sizeof(offset));
	*out = (struct row_head){ .p = room->data, .len = room->len };
	return 0;
}

const struct row_kind bgen_rows = { .view = STORE_VIEW_BGEN,
	.each = true,
	.head = head,
	.length = bgen_record_length,
	.put = put };

bool bgen_exists(const struct dataset *d)
{
	return store_has_view(d->store, STORE_VIEW_BGEN) && dataset_n_samples(d) > 0 &&
	       dataset_end(d) <= INT32_MAX &&
	       (store_measured(d->store) || store_view_bytes(d->store, STORE_VIEW_BGEN_VARIANTS) ==
							    store_n_records(d->store)) &&
	       store_n_records(d->store) <= UINT32_MAX;
}

int bgen_sample_text(const struct dataset *d, struct buf *room, struct row_head *out)
{
	buf_printf(room, "ID_1 ID_2 missing sex\n0 0 0 D\n");
	return put_sample_lines(d, "0 ", " 0 NA\n", room, out);
}
