/* SPDX-License-Identifier: MIT */
#include "core/view/site_filter.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/record/variant_type.h"
#include "core/view/gt_alleles.h"
#include "core/view/gt_two_bits.h"

enum filter_op { OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE };
enum filter_what {
	WHAT_PASS,
	WHAT_QUAL,
	WHAT_TYPE,
	WHAT_ALLELES,
	WHAT_AC,
	WHAT_AN,
	WHAT_AF,
	WHAT_MAF,
	WHAT_MISSING
};
enum filter_needs { NEEDS_SITE, NEEDS_COUNTS, NEEDS_CALLS };

static const struct {
	const char *name;
	enum filter_needs needs;
} known[] = {
	[WHAT_PASS] = { "pass", NEEDS_SITE },
	[WHAT_QUAL] = { "qual", NEEDS_SITE },
	[WHAT_TYPE] = { "type", NEEDS_SITE },
	[WHAT_ALLELES] = { "alleles", NEEDS_SITE },
	[WHAT_AC] = { "ac", NEEDS_COUNTS },
	[WHAT_AN] = { "an", NEEDS_COUNTS },
	[WHAT_AF] = { "af", NEEDS_COUNTS },
	[WHAT_MAF] = { "maf", NEEDS_COUNTS },
	[WHAT_MISSING] = { "missing", NEEDS_CALLS },
};
enum { N_KNOWN = sizeof(known) / sizeof(known[0]) };

/* ---- reading ---- */

/* Which operator @s begins with; steps over it. */
static bool take_op(const char **s, uint8_t *op)
{
	static const struct {
		const char *text;
		enum filter_op op;
	} ops[] = { { ">=", OP_GE }, { "<=", OP_LE }, { "!=", OP_NE }, { "==", OP_EQ },
		{ ">", OP_GT }, { "<", OP_LT }, { "=", OP_EQ } };

	for (unsigned i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (strncmp(*s, ops[i].text, strlen(ops[i].text)) == 0) {
			*s += strlen(ops[i].text);
			*op = (uint8_t)ops[i].op;
			return true;
		}
	return false;
}

static bool take_type(const char *s, size_t len, double *value)
{
	static const struct {
		const char *name;
		unsigned type;
	} types[] = { { "snp", VARIANT_SNP }, { "indel", VARIANT_INDEL }, { "mnp", VARIANT_MNP },
		{ "other", VARIANT_OTHER }, { "bnd", VARIANT_BND }, { "ref", VARIANT_REF } };

	for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (len == strlen(types[i].name) && memcmp(s, types[i].name, len) == 0) {
			*value = types[i].type;
			return true;
		}
	return false;
}

/* A plain decimal number: digits, a point, an exponent. */
static bool take_number(const char *s, size_t len, double *value)
{
	char text[32];
	char *end;

	if (!len || len >= sizeof(text) || strspn(s, "0123456789.eE+-") < len)
		return false;
	memcpy(text, s, len);
	text[len] = '\0';
	*value = strtod(text, &end);
	return *end == '\0' && isfinite(*value);
}

static int take_term(const char *s, size_t len, struct filter_term *out, struct err *err)
{
	size_t name_len = strcspn(s, "<>=!,");
	const char *p = s + (name_len < len ? name_len : len);
	unsigned what = 0;

	while (what < N_KNOWN && (strlen(known[what].name) != (size_t)(p - s) ||
						 memcmp(known[what].name, s, (size_t)(p - s)) != 0))
		what++;
	if (what == N_KNOWN)
		return err_set(err, -ENOENT,
				"'%.*s': known are pass, qual, type, alleles, ac, an, af, maf and "
				"missing",
				(int)len, s);
	*out = (struct filter_term){ .what = (uint8_t)what };
	if (what == WHAT_PASS)
		return p == s + len ? 0
				    : err_set(err, -ENOENT, "'%.*s': pass stands alone", (int)len,
						      s);
	if (!take_op(&p, &out->op))
		return err_set(err, -ENOENT, "'%.*s' has none of = != < <= > >=", (int)len, s);
	if (what == WHAT_TYPE) {
		if (out->op <= OP_NE && take_type(p, (size_t)(s + len - p), &out->value))
			return 0;
		return err_set(err, -ENOENT,
				"'%.*s': a type is = or != snp, indel, mnp, other, bnd, ref",
				(int)len, s);
	}
	if (!take_number(p, (size_t)(s + len - p), &out->value))
		return err_set(err, -ENOENT, "'%.*s' has no number behind it", (int)len, s);
	return 0;
}

int site_filter_parse(const char *text, struct site_filter *out, struct err *err)
{
	struct site_filter f = { .n = 0 };

	do {
		size_t len = strcspn(text, ",");
		int r;

		if (f.n == SITE_FILTER_TERMS)
			return err_set(err, -ENOENT, "more than %d filters", SITE_FILTER_TERMS);
		r = take_term(text, len, &f.terms[f.n++], err);
		if (r < 0)
			return r;
		text += len;
	} while (*text++ == ',');
	*out = f;
	return 0;
}

bool site_filter_wants_calls(const struct site_filter *f, bool all_samples)
{
	for (unsigned i = 0; i < f->n; i++) {
		enum filter_needs needs = known[f->terms[i].what].needs;

		if (needs == NEEDS_CALLS || (needs == NEEDS_COUNTS && !all_samples))
			return true;
	}
	return false;
}

/* ---- counts ---- */

struct counts {
	uint64_t ac;    /* ALT alleles */
	uint64_t an;    /* alleles */
	uint64_t major; /* of the most frequent allele */
	uint64_t n_missing;
	uint64_t n_samples;
};

static int64_t int_at(const struct record_field *f, uint32_t i)
{
	int16_t i16;
	int32_t i32;

	switch (f->type) {
	case RECORD_INT8:
		return (int8_t)f->values[i];
	case RECORD_INT16:
		memcpy(&i16, f->values + 2 * (size_t)i, sizeof(i16));
		return (int16_t)le16toh((uint16_t)i16);
	case RECORD_INT32:
		memcpy(&i32, f->values + 4 * (size_t)i, sizeof(i32));
		return (int32_t)le32toh((uint32_t)i32);
	default:
		return -1;
	}
}

/* AC and AN of INFO. Return: 1; 0 where the record does not have both; -EBADMSG. */
static int counts_of_info(
		const struct record *r, uint32_t ac_key, uint32_t an_key, struct counts *out)
{
	struct cursor c = cursor_over(r->site, r->site_len);
	uint64_t most = 0;
	bool has_ac = false;
	bool has_an = false;
	size_t len;

	for (uint64_t i = 0; i < (uint64_t)r->n_allele + 1; i++)
		cursor_bytes(&c, &len);
	for (uint32_t n = cursor_varint32(&c); n && !cursor_bad(&c); n--)
		cursor_varint32(&c);
	for (uint32_t i = 0; i < r->n_info; i++) {
		struct record_field f;

		if (!record_field_next(&c, 1, &f))
			return -EBADMSG;
		if (f.key == an_key && f.n == 1 && int_at(&f, 0) >= 0) {
			out->an = (uint64_t)int_at(&f, 0);
			has_an = true;
		}
		if (f.key != ac_key || f.n + 1 != r->n_allele)
			continue;
		has_ac = true;
		for (uint32_t k = 0; k < f.n; k++) {
			int64_t n = int_at(&f, k);

			has_ac &= n >= 0;
			out->ac += n >= 0 ? (uint64_t)n : 0;
			most = n > (int64_t)most ? (uint64_t)n : most;
		}
	}
	if (cursor_bad(&c))
		return -EBADMSG;
	if (!has_ac || !has_an || out->ac > out->an)
		return 0;
	out->major = out->an - out->ac > most ? out->an - out->ac : most;
	return 1;
}

static void count_sample(
		const uint16_t *alleles, uint32_t ploidy, uint32_t *by_allele, struct counts *out)
{
	bool missing = false;

	for (uint32_t p = 0; p < ploidy && !(alleles[p] & GT_IS_END); p++) {
		if (alleles[p] & GT_IS_MISSING) {
			missing = true;
			continue;
		}
		out->an++;
		out->ac += (alleles[p] & GT_ALLELE) != 0;
		by_allele[alleles[p] & GT_ALLELE]++;
	}
	out->n_missing += missing;
}

static int counts_of_calls(const struct vcf_text *v, const struct record *r,
		const struct sample_set *samples, struct view_scratch *s, struct counts *out)
{
	uint32_t by_allele[GT_ALLELE + 1] = { 0 };
	struct record_field f;
	uint16_t *alleles;
	int status = gt_field(v, r, &f);

	*out = (struct counts){ .n_samples = samples ? samples->n : v->n_samples };
	if (status < 0)
		return status;
	if (!status || f.type != RECORD_GT) {
		out->n_missing = out->n_samples;
		return 0;
	}
	buf_clear(&s->slots);
	if (!buf_reserve(&s->slots, ((size_t)f.n * v->n_samples + 1) * sizeof(*alleles)))
		return -ENOMEM;
	alleles = (uint16_t *)(void *)s->slots.data;
	if (!gt_alleles_spread(&f, v->n_samples, alleles))
		return -EBADMSG;
	for (uint64_t i = 0; i < out->n_samples; i++)
		count_sample(alleles + (samples ? samples->of[i] : i) * f.n, f.n, by_allele, out);
	for (uint32_t i = 0; i <= GT_ALLELE; i++)
		out->major = by_allele[i] > out->major ? by_allele[i] : out->major;
	return 0;
}

/* ---- testing ---- */

static bool compare(double a, enum filter_op op, double b)
{
	switch (op) {
	case OP_EQ:
		return a == b;
	case OP_NE:
		return a != b;
	case OP_LT:
		return a < b;
	case OP_LE:
		return a <= b;
	case OP_GT:
		return a > b;
	default:
		return a >= b;
	}
}

static bool is_pass(const struct vcf_text *v, const struct record *r)
{
	struct cursor c = cursor_over(r->site, r->site_len);
	const struct name *name;
	uint32_t key;
	size_t len;

	for (uint64_t i = 0; i < (uint64_t)r->n_allele + 1; i++)
		cursor_bytes(&c, &len);
	if (cursor_varint32(&c) != 1)
		return false;
	key = cursor_varint32(&c);
	if (cursor_bad(&c) || key >= v->n_keys)
		return false;
	name = names_get(v->keys, key);
	return name->len == 4 && memcmp(name->s, "PASS", 4) == 0;
}

static bool has_type(const struct record *r, const struct filter_term *t)
{
	unsigned types = record_variant_types(r);
	unsigned type = (unsigned)t->value;
	bool has = type == VARIANT_REF ? types == VARIANT_REF : types != UINT_MAX && types & type;

	return has == (t->op == OP_EQ);
}

static double ratio(uint64_t n, uint64_t of)
{
	return of ? (double)n / (double)of : 0;
}

static bool test_site(const struct filter_term *t, const struct vcf_text *v, const struct record *r)
{
	float qual;

	switch (t->what) {
	case WHAT_PASS:
		return is_pass(v, r);
	case WHAT_QUAL:
		memcpy(&qual, &r->qual, sizeof(qual));
		/* As bcftools, in the precision that the file has. */
		/* A missing one is no number: it differs from all. */
		return compare(qual, t->op, (float)t->value);
	case WHAT_TYPE:
		return has_type(r, t);
	default:
		return compare(r->n_allele, t->op, t->value);
	}
}

static bool test_counts(const struct filter_term *t, const struct counts *c)
{
	switch (t->what) {
	case WHAT_AC:
		return compare((double)c->ac, t->op, t->value);
	case WHAT_AN:
		return compare((double)c->an, t->op, t->value);
	case WHAT_AF:
		return c->an && compare(ratio(c->ac, c->an), t->op, t->value);
	case WHAT_MAF:
		return c->an && compare(ratio(c->an - c->major, c->an), t->op, t->value);
	default:
		return compare(ratio(c->n_missing, c->n_samples), t->op, t->value);
	}
}

/* Counts for the terms that need them. Return: 0; as site_filter_test(). */
static int find_counts(enum filter_needs needs, const struct vcf_text *v, const struct record *r,
		bool has_calls, const struct sample_set *samples, uint32_t ac_key, uint32_t an_key,
		struct view_scratch *s, struct counts *out)
{
	int status;

	if (needs == NEEDS_COUNTS && !samples) {
		status = counts_of_info(r, ac_key, an_key, out);
		if (status)
			return status < 0 ? status : 0;
	}
	if (!has_calls && v->n_samples)
		return -EAGAIN;
	return counts_of_calls(v, r, samples, s, out);
}

int site_filter_test(const struct site_filter *f, const struct vcf_text *v, const struct record *r,
		bool has_calls, const struct sample_set *samples, uint32_t ac_key, uint32_t an_key,
		struct view_scratch *s)
{
	/* Those of sites first: they cost least. */
	for (enum filter_needs needs = NEEDS_SITE; needs <= NEEDS_CALLS; needs++) {
		struct counts counts = { 0 };
		bool found = false;

		for (unsigned i = 0; i < f->n; i++) {
			const struct filter_term *t = &f->terms[i];

			if (known[t->what].needs != needs)
				continue;
			if (needs != NEEDS_SITE && !found) {
				int status = find_counts(needs, v, r, has_calls, samples, ac_key,
						an_key, s, &counts);

				if (status < 0)
					return status;
				found = true;
			}
			if (!(needs == NEEDS_SITE ? test_site(t, v, r) : test_counts(t, &counts)))
				return 0;
		}
	}
	return 1;
}
