/* SPDX-License-Identifier: MIT */
#include "core/import/line_fault.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* vcf_parse() turns the tabs between columns to NULs as it goes. */
static bool ends_column(char c)
{
	return c == '\t' || c == '\0';
}

static unsigned long count_columns(const char *p, const char *end)
{
	unsigned long n = p < end;

	for (; p < end; p++)
		n += ends_column(*p);
	return n;
}

/* The first sample column that is not made of characters that genotypes and numbers have. */
static unsigned long odd_column(const char *samples, const char *end)
{
	unsigned long n = 1;

	for (const char *p = samples; p < end; p++) {
		if (ends_column(*p))
			n++;
		else if (!isgraph((unsigned char)*p) || isalpha((unsigned char)*p))
			return n;
	}
	return 0;
}

static int values_fault(const char *samples, const char *end, struct err *err)
{
	unsigned long column = odd_column(samples, end);

	if (column)
		return err_set(err, -EBADMSG,
				"a genotype or value is not a number or '.', perhaps in sample "
				"column %lu",
				column);
	return err_set(err, -EBADMSG,
			"a genotype or value in the sample columns is not a number or '.', or too "
			"large");
}

/* To htslib a line that ends after a tab has no further, empty column. */
static unsigned long count_sample_columns(const char *samples, const char *end)
{
	unsigned long n = count_columns(samples, end);

	return n && ends_column(end[-1]) ? n - 1 : n;
}

static int columns_fault(const bcf_hdr_t *hdr, unsigned long n, struct err *err)
{
	return err_set(err, -EBADMSG, "%lu sample columns where the header has %d samples", n,
			bcf_hdr_nsamples(hdr));
}

int line_fault_nul(const char *line, size_t nul, struct err *err)
{
	unsigned long column = 1;

	for (size_t i = 0; i < nul; i++)
		column += line[i] == '\t';
	return err_set(err, -EBADMSG, "a NUL byte in column %lu", column);
}

int line_fault(const bcf_hdr_t *hdr, const bcf1_t *v, const char *samples, const char *end,
		const char *pos, struct err *err)
{
	unsigned long n = samples ? count_sample_columns(samples, end) : 0;
	size_t digits = strspn(pos, "0123456789");

	if (v->errcode & BCF_ERR_CTG_INVALID)
		return err_set(err, -EBADMSG, "the contig's name cannot stand in a header");
	if (digits > 18)
		return err_set(err, -EBADMSG, "POS is too large");
	if (v->errcode & BCF_ERR_TAG_INVALID)
		return err_set(err, -EBADMSG,
				"a name in FILTER, INFO or FORMAT is not declared and cannot stand "
				"in a header");
	if (samples && n < (unsigned long)bcf_hdr_nsamples(hdr))
		return columns_fault(hdr, n, err);
	if (v->errcode & BCF_ERR_LIMITS)
		return err_set(err, -EBADMSG,
				"more alleles, INFO or FORMAT fields, or larger ones, than BCF "
				"holds");
	if (samples && v->errcode & BCF_ERR_NCOLS)
		return err_set(err, -EBADMSG, "sample column %d has more fields than FORMAT lists",
				v->n_sample + 1);
	if (samples)
		return values_fault(samples, end, err);
	if (v->errcode & BCF_ERR_NCOLS)
		return err_set(err, -EBADMSG, "a FORMAT column but no sample columns");
	return err_set(err, -EBADMSG, "the line is malformed");
}

int line_fault_columns(const bcf_hdr_t *hdr, const bcf1_t *v, struct err *err)
{
	return columns_fault(hdr, v->n_sample, err);
}
