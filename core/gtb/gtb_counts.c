/* SPDX-License-Identifier: MIT */
#include "core/gtb/gtb_counts.h"

#include <stdlib.h>
#include <string.h>

#include "core/gtb/info_text.h"
#include "core/record/record.h"
#include "core/view/number_text.h"

void gtb_counts_init(struct gtb_counts *c, struct names *keys)
{
	for (unsigned i = 0; i < N_COUNTS; i++)
		if (names_find(keys, count_keys[i].id, strlen(count_keys[i].id), &c->keys[i]) < 0)
			c->keys[i] = UINT32_MAX;
}

void gtb_counts_done(struct gtb_counts *c)
{
	free(c->values);
	c->values = NULL;
}

/* AF is what its text is as a float: import reads it so. @n: not 0. */
static struct frequency *frequency_of(struct gtb_counts *c, uint32_t count, uint32_t n)
{
	struct frequency *f = &c->frequencies[(count ^ n * 31) % FREQUENCIES];
	char text[FLOAT_TEXT_MAX + 1];

	if (f->n != n || f->count != count) {
		*float_text(text, (float)((double)count / (double)n)) = '\0';
		*f = (struct frequency){ .n = n, .count = count, .bits = float_text_bits(text) };
	}
	return f;
}

static uint32_t count_of(const struct gt_tally *t, uint32_t allele)
{
	return allele < t->n_alleles ? t->counts[allele] : 0;
}

static uint32_t frequency_bits(struct gtb_counts *c, const struct gt_tally *t, uint32_t allele)
{
	return t->n ? frequency_of(c, count_of(t, allele), (uint32_t)t->n)->bits
		    : RECORD_QUAL_MISSING;
}

static bool reserve_values(struct gtb_counts *c, uint32_t n)
{
	uint32_t *values;

	if (n <= c->n_values)
		return true;
	values = realloc(c->values, n * sizeof(*values));
	if (!values)
		return false;
	c->values = values;
	c->n_values = n;
	return true;
}

static void put_count(struct gtb_counts *c, const struct gt_tally *t, enum count count,
		uint32_t n_alleles, struct buf *out)
{
	const int32_t n = (int32_t)t->n; /* of at most 2^22 samples */

	if (count == COUNT_AN) {
		info_put_integers(out, c->keys[count], &n, 1);
		return;
	}
	for (uint32_t i = 1; i < n_alleles; i++)
		c->values[i - 1] = count == COUNT_AC ? count_of(t, i) : frequency_bits(c, t, i);
	if (count == COUNT_AC)
		info_put_integers(out, c->keys[count], (int32_t *)c->values, n_alleles - 1);
	else
		info_put_floats(out, c->keys[count], c->values, n_alleles - 1);
}

static bool put_each(struct gtb_counts *c, const struct gt_tally *t, unsigned which,
		uint32_t n_alleles, struct buf *out)
{
	if (!reserve_values(c, n_alleles))
		return false;
	for (unsigned i = 0; i < N_COUNTS; i++)
		if (which >> i & 1)
			put_count(c, t, i, n_alleles, out);
	return true;
}

bool gtb_counts_put(struct gtb_counts *c, const struct gt_tally *t, unsigned which,
		uint32_t n_alleles, struct buf *out)
{
	size_t start = out->len;
	struct frequency *f;

	if (!which || n_alleles != 2 || !t->n)
		return put_each(c, t, which, n_alleles, out);
	f = frequency_of(c, count_of(t, 1), (uint32_t)t->n);
	if (f->fields_len && f->which == which && buf_reserve(out, COUNTED_MAX)) {
		/* All that there may be, so that it is no call. */
		memcpy(out->data + start, f->fields, COUNTED_MAX);
		out->len += f->fields_len;
		return true;
	}
	if (!put_each(c, t, which, n_alleles, out))
		return false;
	if (buf_failed(out) || out->len - start > COUNTED_MAX)
		return true;
	memcpy(f->fields, out->data + start, out->len - start);
	f->fields_len = (uint8_t)(out->len - start);
	f->which = (uint8_t)which;
	return true;
}
