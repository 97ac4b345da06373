/* SPDX-License-Identifier: MIT */
#include "core/view/vcf_site.h"

#include "core/view/vcf_values.h"

static bool put_filters(const struct vcf_text *v, struct cursor *c, struct text_out *o)
{
	uint32_t n = cursor_varint32(c);

	if (!n)
		text_char(o, '.');
	for (uint32_t i = 0; i < n; i++) {
		if (i)
			text_char(o, ';');
		if (!vcf_key_text(v, cursor_varint32(c), o) || cursor_bad(c))
			return false;
	}
	return !cursor_bad(c);
}

static bool put_info(const struct vcf_text *v, struct cursor *c, uint32_t n_info,
		struct known_floats *known, struct text_out *o)
{
	struct record_field f;

	if (!n_info)
		text_char(o, '.');
	for (uint32_t i = 0; i < n_info; i++) {
		if (i)
			text_char(o, ';');
		if (!next_field(c, 1, &f) || f.type == RECORD_GT || !vcf_key_text(v, f.key, o))
			return false;
		if (f.n == 1 && f.type != RECORD_NULL)
			text_info_value(o, '=', f.type, f.values, known);
		else if (f.n)
			text_values(o, '=', f.type, f.values, f.n);
	}
	return cursor_finished(c);
}

static bool put_alleles(const struct record *r, struct cursor *c, struct text_out *o)
{
	for (uint32_t i = 0; i < r->n_allele; i++) {
		size_t n;
		const uint8_t *p = cursor_bytes(c, &n);

		if (!p)
			return false;
		text_char(o, i > 1 ? ',' : '\t');
		text_string(o, p, n);
	}
	if (!r->n_allele)
		text_bytes(o, "\t.", 2);
	if (r->n_allele < 2)
		text_bytes(o, "\t.", 2);
	return true;
}

static void put_qual(const struct record *r, struct known_floats *known, struct text_out *o)
{
	text_need(o, FLOAT_TEXT_MAX);
	if (r->qual == RECORD_QUAL_MISSING)
		*o->at++ = '.';
	else
		o->at = known_float_put(o->at, known, r->qual);
}

bool vcf_site_text(const struct vcf_text *v, const struct record *r, bool info,
		struct known_floats *known, struct text_out *o)
{
	struct cursor c = cursor_over(r->site, r->site_len);
	const uint8_t *id;
	size_t n;

	text_bytes(o, v->contig.s, v->contig.len);
	text_char(o, '\t');
	text_i64(o, r->pos + 1);
	text_char(o, '\t');
	id = cursor_bytes(&c, &n);
	text_string(o, id, n);
	if (!put_alleles(r, &c, o))
		return false;
	text_char(o, '\t');
	put_qual(r, known, o);
	text_char(o, '\t');
	if (!put_filters(v, &c, o))
		return false;
	if (!info)
		return true;
	text_char(o, '\t');
	return put_info(v, &c, r->n_info, known, o);
}
