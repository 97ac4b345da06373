/* SPDX-License-Identifier: MIT */
/* A record of a GTB file as a line of VCF. */
#include <errno.h>
#include <string.h>

#include "core/gtb/vcf_private.h"
#include "core/view/number_text.h"

enum { CALL_TEXT_MAX = 8 /* "\t254|254" */, LINE_MORE = 64 };

/* Of the genotypes shown. */
struct tally {
	uint32_t counts[GTB_MISSING]; /* of each allele */
	uint64_t n;                   /* alleles */
};

static void put(struct buf *out, const char *s)
{
	buf_put(out, s, strlen(s));
}

static void put_count(enum count c, const struct tally *t, uint32_t n_alleles, struct buf *out)
{
	char text[FLOAT_TEXT_MAX];

	if (c == COUNT_AN)
		buf_printf(out, "%llu", (unsigned long long)t->n);
	for (uint32_t i = 1; c != COUNT_AN && i < n_alleles; i++) {
		if (i > 1)
			put(out, ",");
		if (c == COUNT_AC)
			buf_printf(out, "%u", t->counts[i]);
		else if (!t->n)
			put(out, ".");
		else
			buf_put(out, text,
					(size_t)(float_text(text, (float)((double)t->counts[i] /
										  (double)t->n)) -
							text));
	}
}

static void put_counts(const struct gtb_vcf *v, const struct tally *t, uint32_t n_alleles,
		size_t start, struct buf *out)
{
	size_t stored = out->len - start;

	for (unsigned c = 0; c < N_COUNTS && !buf_failed(out); c++) {
		const struct gtb_text info = { (const char *)out->data + start, stored };

		if (!vcf_shows_count(v, c, n_alleles, info))
			continue;
		vcf_begin_part(out, start);
		put(out, count_keys[c].id);
		put(out, "=");
		put_count(c, t, n_alleles, out);
	}
}

static int put_info(const struct gtb_vcf *v, const struct tally *t, uint32_t n_alleles,
		struct gtb_reader *r, uint64_t record, struct buf *out, struct err *err)
{
	size_t start = out->len;
	int ret = vcf_put_info(v, r, record, out, err);

	if (ret < 0)
		return ret;
	put_counts(v, t, n_alleles, start, out);
	ret = vcf_put_keys(v, r, record, start, out, err);
	if (out->len == start)
		put(out, ".");
	return ret;
}

static char *put_allele(char *p, uint8_t allele)
{
	if (allele == GTB_MISSING) {
		*p = '.';
		return p + 1;
	}
	return int_text(p, allele);
}

/* All samples, to @out, which has the room; and how often each allele comes. */
static void put_calls(const struct gtb_calls *calls, uint32_t n, unsigned ploidy, struct buf *out)
{
	const char separator = calls->phased ? '|' : '/';
	const uint8_t *pair = calls->alleles;
	char *p = (char *)out->data + out->len;

	for (uint32_t i = 0; pair && i < n; i++, pair += 2) {
		uint8_t a = pair[0];
		uint8_t b = pair[1];

		*p++ = '\t';
		if (a < 10 && b < 10 && ploidy == 2) {
			p[0] = (char)('0' + a);
			p[1] = separator;
			p[2] = (char)('0' + b);
			p += 3;
			continue;
		}
		p = put_allele(p, a);
		if (ploidy == 1 && a == b)
			continue;
		*p++ = separator;
		p = put_allele(p, b);
	}
	out->len = (size_t)(p - (char *)out->data);
}

static void count_calls(const struct gtb_calls *calls, uint32_t n, unsigned ploidy, struct tally *t)
{
	const uint8_t *pair = calls->alleles;

	for (uint32_t i = 0; pair && i < n; i++, pair += 2) {
		uint8_t a = pair[0];
		uint8_t b = pair[1];

		if (a == GTB_MISSING)
			continue;
		t->counts[a]++;
		t->n++;
		if (ploidy == 1 && a == b)
			continue;
		t->counts[b]++;
		t->n++;
	}
}

static void put_site(const struct gtb_contig *contig, const struct gtb_site *site, struct buf *out)
{
	buf_put(out, contig->name.s, contig->name.len);
	buf_printf(out, "\t%lld\t", (long long)site->pos + 1);
}

/* From ID to INFO. */
static int put_columns(const struct gtb_vcf *v, const struct gtb_site *site, const struct tally *t,
		struct gtb_reader *r, uint64_t record, struct buf *out, struct err *err)
{
	int ret = vcf_put_names(v, PLACE_ID, r, record, out, err);

	put(out, "\t");
	buf_put(out, site->ref.s, site->ref.len);
	put(out, "\t");
	gtb_put_alts(site, out);
	put(out, "\t");
	if (ret == 0)
		ret = vcf_put_qual(v, r, record, out, err);
	put(out, "\t");
	if (ret == 0)
		ret = vcf_put_names(v, PLACE_FILTER, r, record, out, err);
	put(out, "\t");
	if (ret == 0)
		ret = put_info(v, t, site->n_alleles, r, record, out, err);
	return ret;
}

int gtb_vcf_line(const struct gtb_vcf *v, struct gtb_reader *r, uint64_t record, struct buf *out,
		struct gtb_vcf_odd *odd, struct err *err)
{
	uint32_t n = gtb_n_samples(v->g);
	struct gtb_calls calls = { 0 };
	struct tally t = { 0 };
	struct gtb_contig contig;
	struct gtb_site site;
	int ret = gtb_read_site(r, record, &site, err);

	if (ret == 0 && n)
		ret = gtb_read_calls(r, record, &calls, err);
	if (ret < 0)
		return ret;
	contig = gtb_contig(v->g, site.contig);
	if (calls.n_out_of_range && !odd->n_out_of_range)
		odd->first = record;
	odd->n_out_of_range += calls.n_out_of_range;
	count_calls(&calls, n, contig.ploidy, &t);
	put_site(&contig, &site, out);
	ret = put_columns(v, &site, &t, r, record, out, err);
	if (ret < 0)
		return ret;
	if (n) {
		put(out, "\tGT");
		if (buf_reserve(out, (size_t)n * CALL_TEXT_MAX + INT_TEXT_MAX + LINE_MORE))
			put_calls(&calls, n, contig.ploidy, out);
	}
	put(out, "\n");
	return buf_failed(out) ? err_set(err, -ENOMEM, "out of memory") : 0;
}
