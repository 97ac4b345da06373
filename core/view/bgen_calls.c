/* SPDX-License-Identifier: MIT */
#include "core/view/bgen_calls.h"

#include <errno.h>
#include <math.h>

#include "core/codec/gt_cell.h"
#include "core/view/gt_alleles.h"
#include "core/view/gt_two_bits.h"

enum {
	CERTAIN8 = UINT8_MAX,
	CERTAIN16 = UINT16_MAX,
	DIPLOID = 2,          /* what a record without genotypes is taken for */
	VALUES_MAX = 1 << 28, /* probabilities of a sample: more are left out */
};

/* n over k; UINT64_MAX where that is too much. */
static uint64_t choose(uint64_t n, uint64_t k)
{
	uint64_t c = 1;

	for (uint64_t i = 1; i <= k; i++) {
		unsigned __int128 next = (unsigned __int128)c * (n - k + i) / i;

		if (next > VALUES_MAX)
			return UINT64_MAX;
		c = (uint64_t)next;
	}
	return c;
}

/* Genotypes of @ploidy alleles out of @n_allele. */
static uint64_t n_genotypes(uint32_t ploidy, uint32_t n_allele)
{
	return n_allele ? choose((uint64_t)ploidy + n_allele - 1, ploidy) : 1;
}

/* Probabilities stored of a sample: the last one follows. */
static uint64_t n_values(const struct bgen_calls *c, uint32_t ploidy, uint32_t n_allele)
{
	if (c->phased)
		return (uint64_t)ploidy * (n_allele ? n_allele - 1 : 0);
	return n_genotypes(ploidy, n_allele) - 1;
}

/* ---- what there is ---- */

/* The fields GT and GP of the record. */
static bool find_fields(const struct vcf_text *v, const struct record *r, struct bgen_calls *out)
{
	struct cursor fmt = cursor_over(r->fmt, r->fmt_len);

	for (uint32_t i = 0; i < r->n_fmt; i++) {
		struct record_field f;
		const struct name *name;

		if (!record_field_next(&fmt, v->n_samples, &f) || f.key >= v->n_keys)
			return false;
		if (f.key == v->gt_key && f.type == RECORD_GT && !out->gt.n)
			out->gt = f;
		name = names_get(v->keys, f.key);
		if (f.type == RECORD_FLOAT && name->len == 2 && memcmp(name->s, "GP", 2) == 0 &&
				!out->gp.n)
			out->gp = f;
	}
	return true;
}

/* The record's alleles by slot, to s->slots. */
static int spread(const struct vcf_text *v, const struct record_field *gt, struct view_scratch *s,
		const uint16_t **out)
{
	buf_clear(&s->slots);
	if (!buf_reserve(&s->slots, ((size_t)gt->n * v->n_samples + 1) * sizeof(uint16_t)))
		return -ENOMEM;
	*out = (const uint16_t *)(void *)s->slots.data;
	return gt_alleles_spread(gt, v->n_samples, (uint16_t *)(void *)s->slots.data) ? 0
										      : -EBADMSG;
}

static uint32_t ploidy_of(const uint16_t *alleles, uint32_t n)
{
	uint32_t ploidy = 0;

	while (ploidy < n && !(alleles[ploidy] & GT_IS_END))
		ploidy++;
	return ploidy;
}

static bool is_missing(const uint16_t *alleles, uint32_t ploidy)
{
	for (uint32_t p = 0; p < ploidy; p++)
		if (alleles[p] & GT_IS_MISSING)
			return true;
	return ploidy == 0;
}

static bool is_phased(const uint16_t *alleles, uint32_t ploidy)
{
	for (uint32_t p = 1; p < ploidy; p++)
		if (!(alleles[p] & GT_IS_PHASED))
			return false;
	return true;
}

/* Ploidies, phase and lengths of what has to be gone through sample by sample. */
static int look_at_each(const struct vcf_text *v, const struct record *r, struct view_scratch *s,
		struct bgen_calls *c)
{
	uint64_t by_ploidy[GT_PLOIDY_MAX + 1] = { 0 };
	const uint16_t *alleles;
	bool phased = true;
	bool any = false;
	int status = spread(v, &c->gt, s, &alleles);

	if (status < 0)
		return status;
	for (uint32_t i = 0; i < v->n_samples; i++, alleles += c->gt.n) {
		uint32_t ploidy = ploidy_of(alleles, c->gt.n);

		by_ploidy[ploidy]++;
		if (is_missing(alleles, ploidy) || ploidy < 2)
			continue;
		any = true;
		phased &= is_phased(alleles, ploidy);
	}
	c->phased = any && phased && !c->from_gp;
	c->min_ploidy = UINT8_MAX;
	for (uint32_t p = 0; p <= c->gt.n; p++) {
		uint64_t n;

		if (!by_ploidy[p])
			continue;
		c->min_ploidy = c->min_ploidy == UINT8_MAX ? (uint8_t)p : c->min_ploidy;
		c->max_ploidy = (uint8_t)p;
		n = n_values(c, p, bgen_n_alleles(r));
		if (p > BGEN_PLOIDY_MAX || n >= VALUES_MAX)
			c->left_out = true;
		else
			c->values += n * by_ploidy[p];
	}
	return 0;
}

/* Whether no sample ends early and the phase is the same everywhere: then nothing has to be gone
 * through. Return: 1; 0; -EBADMSG. */
static int is_uniform(const struct vcf_text *v, const struct bgen_calls *c, bool *phased)
{
	struct gt_cell cell;
	struct gt_row row = { .form = GT_ROW_EMPTY };

	if (!gt_cell_open(c->gt.values, c->gt.len, &cell))
		return -EBADMSG;
	if (cell.phase == GT_MIXED)
		return 0;
	for (unsigned i = 0; i < cell.n_alt + 2u; i++)
		if (!gt_row_next(&cell.rows, c->gt.n * v->n_samples, &row))
			return -EBADMSG;
	*phased = cell.phase == GT_PHASED && c->gt.n > 1;
	return row.form == GT_ROW_EMPTY;
}

static bool ids_fit(const struct vcf_text *v, const struct record *r)
{
	struct cursor site = cursor_over(r->site, r->site_len);
	size_t len;

	return r->n_allele <= UINT16_MAX && v->contig.len <= UINT16_MAX &&
	       cursor_bytes(&site, &len) && len <= UINT16_MAX;
}

int bgen_calls_find(const struct vcf_text *v, const struct record *r, struct view_scratch *s,
		struct bgen_calls *out)
{
	struct bgen_calls c = { .min_ploidy = DIPLOID, .max_ploidy = DIPLOID };
	uint64_t each;
	int uniform = 1;
	int status = 0;

	if (!find_fields(v, r, &c))
		return -EBADMSG;
	c.from_gp = c.gp.n > 1;
	if (c.gt.n) {
		uniform = is_uniform(v, &c, &c.phased);
		c.phased &= !c.from_gp;
		c.min_ploidy = c.max_ploidy = (uint8_t)c.gt.n;
	}
	if (uniform < 0)
		return uniform;
	if (!uniform) {
		status = look_at_each(v, r, s, &c);
	} else {
		each = n_values(&c, c.max_ploidy, bgen_n_alleles(r));
		c.left_out = c.max_ploidy > BGEN_PLOIDY_MAX || each >= VALUES_MAX;
		c.values = c.left_out ? 0 : each * v->n_samples;
	}
	c.left_out |= !ids_fit(v, r);
	*out = c;
	return status;
}

/* ---- writing ---- */

/* The common case: diploid calls of at most one ALT allele, as BCF's bytes. */
static int simple_values(const struct vcf_text *v, const struct record *r,
		const struct bgen_calls *c, struct view_scratch *s, const uint8_t **out)
{
	struct gt_cell cell;
	size_t n = (size_t)c->gt.n * v->n_samples;

	if (bgen_n_alleles(r) != 2 || c->from_gp || c->gt.n != 2 || c->min_ploidy != 2)
		return 0;
	if (!gt_cell_open(c->gt.values, c->gt.len, &cell))
		return -EBADMSG;
	if (cell.type != RECORD_INT8 || cell.n_alt > 1)
		return 0;
	buf_clear(&s->values);
	if (!buf_reserve(&s->values, 2 * n + 1))
		return -ENOMEM;
	*out = s->values.data;
	return gt_cell_values(c->gt.values, c->gt.len, c->gt.n, v->n_samples, s->values.data)
			       ? 1
			       : -EBADMSG;
}

/* A sample's part of the record, as it is to be written. */
struct sample {
	uint32_t ploidy;
	bool missing;            /* the call */
	const uint16_t *alleles; /* ploidy of them; NULL where the record has no calls */
	const uint8_t *gp; /* probabilities, one a genotype; NULL where there are none to use */
};

/* Whether GP of the sample has one probability for each genotype, and of some that is not 0. */
static bool has_gp(const struct bgen_calls *c, const uint8_t *values, uint64_t n_genotypes)
{
	float sum = 0;

	if (n_genotypes > c->gp.n)
		return false;
	for (uint64_t i = 0; i < c->gp.n; i++) {
		uint32_t bits;
		float p;

		memcpy(&bits, values + 4 * i, sizeof(bits));
		bits = le32toh(bits);
		memcpy(&p, &bits, sizeof(p));
		if (i >= n_genotypes) /* only an end of vector may be there */
			return bits == 0x7f800002u && sum > 0;
		if (!isfinite(p) || p < 0)
			return false;
		sum += p;
	}
	return sum > 0;
}

static struct sample sample_at(
		const struct bgen_calls *c, const uint16_t *alleles, uint32_t i, uint32_t n_allele)
{
	struct sample s = { .ploidy = DIPLOID, .missing = true };

	if (alleles) {
		s.alleles = alleles + (size_t)i * c->gt.n;
		s.ploidy = ploidy_of(s.alleles, c->gt.n);
		s.missing = is_missing(s.alleles, s.ploidy);
	}
	if (c->from_gp) {
		const uint8_t *gp = c->gp.values + (size_t)i * c->gp.n * sizeof(float);

		if (has_gp(c, gp, n_genotypes(s.ploidy, n_allele)))
			s.gp = gp;
	}
	return s;
}

int bgen_calls_put_ploidy(const struct vcf_text *v, const struct record *r,
		const struct bgen_calls *c, struct view_scratch *s, struct text_out *o)
{
	const uint16_t *alleles = NULL;
	int status = c->gt.n ? spread(v, &c->gt, s, &alleles) : 0;

	for (uint32_t i = 0; status == 0 && i < v->n_samples; i++) {
		struct sample at = sample_at(c, alleles, i, bgen_n_alleles(r));

		text_char(o, (char)(at.ploidy | (at.missing && !at.gp ? BGEN_IS_MISSING : 0)));
	}
	return status;
}

static void put_value(struct text_out *o, const struct bgen_calls *c, uint32_t value)
{
	text_need(o, 2);
	*o->at++ = (char)value;
	if (c->from_gp)
		*o->at++ = (char)(value >> 8);
}

/* The number of a genotype, in the order that is VCF's too (VCFv4.3 section 1.6.2, GL). */
static uint64_t genotype_number(const struct sample *s)
{
	uint16_t sorted[BGEN_PLOIDY_MAX];
	uint64_t number = 0;

	for (uint32_t i = 0; i < s->ploidy; i++) {
		uint16_t allele = s->alleles[i] & GT_ALLELE;
		uint32_t at = i;

		for (; at > 0 && sorted[at - 1] > allele; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = allele;
	}
	for (uint32_t i = 0; i < s->ploidy; i++)
		number += sorted[i] ? choose((uint64_t)sorted[i] + i, i + 1) : 0;
	return number;
}

/* The call of a sample is certain. */
static void put_certain(const struct sample *s, const struct bgen_calls *c, uint32_t n_allele,
		struct text_out *o)
{
	uint32_t one = c->from_gp ? CERTAIN16 : CERTAIN8;
	uint64_t n = n_values(c, s->ploidy, n_allele);
	uint64_t number = s->missing || c->phased ? UINT64_MAX : genotype_number(s);

	for (uint64_t i = 0; i < n; i++) {
		bool is = i == number;

		if (c->phased && !s->missing)
			is = (s->alleles[i / (n_allele - 1)] & GT_ALLELE) == i % (n_allele - 1);
		put_value(o, c, is ? one : 0);
	}
}

static double probability(const uint8_t *gp, uint64_t i)
{
	uint32_t bits;
	float p;

	memcpy(&bits, gp + 4 * i, sizeof(bits));
	bits = le32toh(bits);
	memcpy(&p, &bits, sizeof(p));
	return p;
}

/*
 * As the format rounds: down, and then up again where the fractions are largest, so that all sum up
 * to one.
 */
static int put_gp(const struct sample *s, const struct bgen_calls *c, uint32_t n_allele,
		struct view_scratch *scratch, struct text_out *o)
{
	uint64_t n = n_values(c, s->ploidy, n_allele) + 1;
	double sum = 0;
	uint32_t *values;
	int64_t left = CERTAIN16;

	buf_clear(&scratch->aux);
	if (!buf_reserve(&scratch->aux, n * sizeof(*values)))
		return -ENOMEM;
	values = (uint32_t *)(void *)scratch->aux.data;
	for (uint64_t i = 0; i < n; i++)
		sum += probability(s->gp, i);
	for (uint64_t i = 0; i < n; i++) {
		values[i] = (uint32_t)(probability(s->gp, i) / sum * CERTAIN16);
		left -= values[i];
	}
	for (; left > 0; left--) {
		double best = -1;
		uint64_t at = 0;

		for (uint64_t i = 0; i < n; i++) {
			double fraction = probability(s->gp, i) / sum * CERTAIN16 - values[i];

			if (fraction > best) {
				best = fraction;
				at = i;
			}
		}
		values[at]++;
	}
	for (uint64_t i = 0; i + 1 < n; i++)
		put_value(o, c, values[i]);
	return 0;
}

/* A byte is 255 where a haplotype has the first allele. */
static void put_simple_phased(const uint8_t *from, size_t n, uint8_t *to)
{
	for (size_t i = 0; i < n; i++)
		to[i] = from[i] >> 1 == 1 ? CERTAIN8 : 0;
}

/* One byte is 255 for two of the first allele, the next one for one of them. */
static void put_simple_unphased(const uint8_t *from, size_t n_samples, uint8_t *to)
{
	for (size_t i = 0; i < n_samples; i++) {
		uint8_t a = from[2 * i] >> 1;
		uint8_t b = from[2 * i + 1] >> 1;

		to[2 * i] = a == 1 && b == 1 ? CERTAIN8 : 0;
		to[2 * i + 1] = (a == 1 && b == 2) || (a == 2 && b == 1) ? CERTAIN8 : 0;
	}
}

/* Of a sample with a missing allele nothing is certain. */
static void clear_missing(const uint8_t *from, size_t n_samples, uint8_t *to)
{
	for (size_t i = 0; i < n_samples; i++)
		if (from[2 * i] >> 1 == 0 || from[2 * i + 1] >> 1 == 0)
			to[2 * i] = to[2 * i + 1] = 0;
}

int bgen_calls_put_values(const struct vcf_text *v, const struct record *r,
		const struct bgen_calls *c, struct view_scratch *s, struct text_out *o)
{
	const size_t n = 2 * (size_t)v->n_samples;
	const uint16_t *alleles = NULL;
	const uint8_t *from;
	int status = simple_values(v, r, c, s, &from);

	if (status < 0)
		return status;
	if (status) {
		uint8_t *to = s->values.data + n;

		if (c->phased)
			put_simple_phased(from, n, to);
		else
			put_simple_unphased(from, v->n_samples, to);
		clear_missing(from, v->n_samples, to);
		text_bytes(o, to, n);
		return 0;
	}
	if (c->gt.n)
		status = spread(v, &c->gt, s, &alleles);
	for (uint32_t i = 0; status == 0 && i < v->n_samples; i++) {
		struct sample at = sample_at(c, alleles, i, bgen_n_alleles(r));

		if (at.gp)
			status = put_gp(&at, c, bgen_n_alleles(r), s, o);
		else
			put_certain(&at, c, bgen_n_alleles(r), o);
	}
	return status;
}
