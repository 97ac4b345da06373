/* SPDX-License-Identifier: MIT */
#include "core/import/gt_text.h"

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/codec/gt_cell.h"
#include "core/record/record.h"

enum {
	INT8_ALLELE_MAX = 62 /* (62 + 1) << 1 | 1 is the largest int8 value */
};

/* What reading a column came to, besides its values. */
enum outcome { FITS, TOO_WIDE, TOO_MANY, NOT_OURS };

void gt_text_done(struct gt_text *g)
{
	free(g->values);
	memset(g, 0, sizeof(*g));
}

static void put_value(struct gt_text *g, size_t slot, int32_t v)
{
	if (g->type == RECORD_INT8) {
		g->values[slot] = (uint8_t)(int8_t)v;
	} else {
		uint16_t u = htole16((uint16_t)(int16_t)v);

		memcpy(g->values + 2 * slot, &u, sizeof(u));
	}
}

/* A number without leading zeros; -1 where there is none or it is over GT_ALT_MAX. */
static int32_t read_allele(const char **at, const char *end)
{
	const char *p = *at;
	int32_t allele = 0;

	if (p == end || *p < '0' || *p > '9' ||
			(*p == '0' && end - p > 1 && p[1] >= '0' && p[1] <= '9'))
		return -1;
	for (; p < end && *p >= '0' && *p <= '9'; p++) {
		allele = allele * 10 + (*p - '0');
		if (allele > GT_ALT_MAX)
			return -1;
	}
	*at = p;
	return allele;
}

/* One column of any form; *at moves to its end. */
static enum outcome read_column(struct gt_text *g, const char **at, const char *end, size_t slot)
{
	int32_t vector_end = g->type == RECORD_INT8 ? INT8_MIN + 1 : INT16_MIN + 1;
	const char *p = *at;
	int32_t phased = 0;
	uint32_t i = 0;

	for (;;) {
		int32_t coded = 0; /* missing */

		if (p < end && *p == '.')
			p++;
		else
			coded = read_allele(&p, end) + 1;
		if (p == *at || (coded == 0 && p[-1] != '.'))
			return NOT_OURS;
		if (i == g->ploidy)
			return TOO_MANY;
		if (coded > INT8_ALLELE_MAX + 1 && g->type == RECORD_INT8)
			return TOO_WIDE;
		put_value(g, slot + i++, coded << 1 | phased);
		if (p == end || (*p != '/' && *p != '|'))
			break;
		phased = *p++ == '|';
	}
	for (; i < g->ploidy; i++)
		put_value(g, slot + i, vector_end);
	*at = p;
	return FITS;
}

/*
 * Two diploid columns of one-digit alleles with the same separator, "a|b\tc|d\t", eight bytes at
 * once. In the xor with @form, allele bytes are 0 to 9 and the other bytes 0.
 */
static inline int read_pair(const char *text, uint64_t form, uint32_t phase_bits, uint8_t *values)
{
	uint64_t x;
	uint32_t out;

	memcpy(&x, text, sizeof(x));
	x = le64toh(x) ^ form;
	if ((x & 0xff00ff00ff00ff00) || ((x + 0x0076007600760076) & 0xff80ff80ff80ff80))
		return 0;
	x = (x + 0x0001000100010001) << 1; /* below 0x16: nothing passes from lane to lane */
	x = (x | x >> 8) & 0x0000ffff0000ffff;
	x |= x >> 16;
	out = htole32((uint32_t)x | phase_bits);
	memcpy(values, &out, sizeof(out));
	return 1;
}

/* Columns from *sample on, as long as they are pairs of one kind; *at ends after their last tab. */
static void read_pairs(struct gt_text *g, const char **at, const char *end, uint32_t n_samples,
		uint32_t *sample)
{
	bool phased = end - *at > 1 && (*at)[1] == '|';
	uint64_t form = phased ? 0x09307c3009307c30 : 0x09302f3009302f30; /* "0|0\t0|0\t", '/' */
	uint32_t phase_bits = phased ? 0x01000100 : 0;

	while (n_samples - *sample > 2 && end - *at >= 8 &&
			read_pair(*at, form, phase_bits, g->values + 2 * (size_t)*sample)) {
		*at += 8;
		*sample += 2;
	}
}

static enum outcome read_columns(
		struct gt_text *g, const char *text, const char *end, uint32_t n_samples)
{
	const char *at = text;
	uint32_t i = 0;

	while (i < n_samples) {
		enum outcome outcome;

		if (g->type == RECORD_INT8 && g->ploidy == 2)
			read_pairs(g, &at, end, n_samples, &i);
		outcome = read_column(g, &at, end, (size_t)i * g->ploidy);
		if (outcome != FITS)
			return outcome;
		i++;
		if (i < n_samples && (at == end || *at++ != '\t'))
			return NOT_OURS;
	}
	return at == end ? FITS : NOT_OURS;
}

static uint32_t first_ploidy(const char *text, const char *end)
{
	uint32_t n = 1;

	for (; text < end && *text != '\t'; text++)
		n += *text == '/' || *text == '|';
	return n < GT_PLOIDY_MAX ? n : GT_PLOIDY_MAX;
}

static int reserve(struct gt_text *g, uint32_t n_samples)
{
	size_t need = (size_t)n_samples * g->ploidy * record_type_size(g->type);

	if (need > g->cap) {
		uint8_t *values = realloc(g->values, need);

		if (!values)
			return -ENOMEM;
		g->values = values;
		g->cap = need;
	}
	return 0;
}

int gt_text_read(struct gt_text *g, const char *text, size_t len, uint32_t n_samples)
{
	g->type = RECORD_INT8;
	g->ploidy = first_ploidy(text, text + len);
	for (;;) {
		enum outcome outcome;

		if (reserve(g, n_samples) < 0)
			return -ENOMEM;
		outcome = read_columns(g, text, text + len, n_samples);
		if (outcome == FITS || outcome == NOT_OURS)
			return outcome == FITS;
		/* Some column needs more than those before it: once more with more room. */
		if (outcome == TOO_WIDE)
			g->type = RECORD_INT16;
		else if (++g->ploidy > GT_PLOIDY_MAX)
			return 0;
	}
}
