/* SPDX-License-Identifier: MIT */
#include "core/gtb/calls.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cursor.h"

enum { PHASED_MAX = 124 };

static struct call calls[GTB_CODE_MAX + 1];
static pthread_once_t calls_made = PTHREAD_ONCE_INIT;

/* Codes (r^2, (r + 1)^2] are those whose larger allele is r. */
static void make_calls(void)
{
	uint32_t code = 1;

	calls[0] = (struct call){ GTB_MISSING, GTB_MISSING };
	for (uint32_t r = 0; code <= GTB_CODE_MAX; r++)
		for (uint32_t d = 0; d <= 2 * r; d++)
			calls[code++] = d < r ? (struct call){ (uint8_t)d, (uint8_t)r }
					      : (struct call){ (uint8_t)r, (uint8_t)(2 * r - d) };
}

const struct call *calls_by_code(void)
{
	pthread_once(&calls_made, make_calls);
	return calls;
}

int calls_scratch_init(struct calls_scratch *s, uint32_t n_samples)
{
	s->codes = calloc(n_samples + 1ull, sizeof(*s->codes));
	s->alleles = calloc(n_samples + 1ull, 2 * sizeof(*s->alleles));
	s->n_samples = n_samples;
	return s->codes && s->alleles ? 0 : -ENOMEM;
}

void calls_scratch_done(struct calls_scratch *s)
{
	free(s->codes);
	free(s->alleles);
	*s = (struct calls_scratch){ 0 };
}

static int wrong_length(size_t len, struct err *err)
{
	return err_set(err, -EBADMSG, "a row of %zu bytes does not hold the samples", len);
}

static int decode_packed(struct calls_scratch *s, bool phased, const uint8_t *row, size_t len,
		struct err *err)
{
	uint32_t n = s->n_samples;

	if (len != packed_row_size(n, phased))
		return wrong_length(len, err);
	for (uint32_t i = 0; !phased && i < n; i++)
		s->codes[i] = row[i / 4] >> (6 - 2 * (i % 4)) & 3;
	for (uint32_t i = 0, at = 0; phased && i < n; at++) {
		const uint16_t three[] = { row[at] / 25, row[at] / 5 % 5, row[at] % 5 };

		if (row[at] > PHASED_MAX)
			return err_set(err, -EBADMSG, "a byte of packed genotypes is %u", row[at]);
		for (unsigned j = 0; j < PHASED_A_BYTE && i < n; j++)
			s->codes[i++] = three[j];
	}
	return 0;
}

static int decode_bytes(struct calls_scratch *s, bool phased, const uint8_t *row, size_t len,
		struct err *err)
{
	(void)phased;
	if (len != s->n_samples)
		return wrong_length(len, err);
	for (uint32_t i = 0; i < s->n_samples; i++)
		s->codes[i] = row[i];
	return 0;
}

static int decode_words(struct calls_scratch *s, bool phased, const uint8_t *row, size_t len,
		struct err *err)
{
	struct cursor c = cursor_over(row, len);

	(void)phased;
	if (len != 2 * (uint64_t)s->n_samples)
		return wrong_length(len, err);
	for (uint32_t i = 0; i < s->n_samples; i++)
		s->codes[i] = cursor_u16(&c);
	return 0;
}

/* One code for all, then lists of those that have another. */
static int decode_sparse(struct calls_scratch *s, bool phased, const uint8_t *row, size_t len,
		struct err *err)
{
	struct cursor c = cursor_over(row, len);
	uint16_t code = cursor_u16(&c);

	(void)phased;
	for (uint32_t i = 0; i < s->n_samples; i++)
		s->codes[i] = code;
	while (!cursor_bad(&c) && cursor_left(&c)) {
		uint32_t n;

		code = cursor_u16(&c);
		n = cursor_u32(&c);
		if (n > cursor_left(&c) / sizeof(uint32_t))
			return wrong_length(len, err);
		for (uint32_t i = 0; i < n; i++) {
			uint32_t sample = cursor_u32(&c);

			if (sample >= s->n_samples)
				return err_set(err, -EBADMSG, "a genotype is of sample %u of %u",
						sample, s->n_samples);
			s->codes[sample] = code;
		}
	}
	return cursor_finished(&c) ? 0 : wrong_length(len, err);
}

/* As in a .bed file, where the allele that is counted is ours of number 0. */
static int decode_plink(struct calls_scratch *s, bool phased, const uint8_t *row, size_t len,
		struct err *err)
{
	static const uint16_t codes[4] = { 1, 0, 2, 3 }; /* 0/0, missing, 0/1, 1/1 */

	(void)phased;
	if (len != packed_row_size(s->n_samples, false))
		return wrong_length(len, err);
	for (uint32_t i = 0; i < s->n_samples; i++)
		s->codes[i] = codes[row[i / 4] >> 2 * (i % 4) & 3];
	return 0;
}

static int (*const decoders[N_ROW_KINDS])(struct calls_scratch *s, bool phased, const uint8_t *row,
		size_t len, struct err *err) = {
	[ROW_SPARSE] = decode_sparse,
	[ROW_PACKED] = decode_packed,
	[ROW_BYTES] = decode_bytes,
	[ROW_WORDS] = decode_words,
	[ROW_PLINK] = decode_plink,
};

/* The codes of s->codes to alleles, of a record that has @n_alleles. */
static void resolve(struct calls_scratch *s, bool phased, uint32_t n_alleles, struct gtb_calls *out,
		uint64_t *n_alts, uint64_t *n_called)
{
	const struct call *by_code = calls_by_code();
	uint8_t *to = s->alleles;
	uint32_t odd = 0;

	*n_called = *n_alts = 0;
	for (uint32_t i = 0; i < s->n_samples; i++, to += 2) {
		struct call c = by_code[s->codes[i]];
		uint8_t low = c.a < c.b ? c.a : c.b;
		uint8_t high = c.a < c.b ? c.b : c.a;

		to[0] = phased ? c.a : low;
		to[1] = phased ? c.b : high;
		if (!s->codes[i])
			continue;
		++*n_called;
		*n_alts += (low > 0) + (high > 0);
		if (high >= n_alleles) {
			to[0] = to[1] = GTB_MISSING;
			odd++;
		}
	}
	*out = (struct gtb_calls){
		.codes = s->codes, .alleles = s->alleles, .phased = phased, .n_out_of_range = odd
	};
}

int calls_wrong_counts(
		const struct stored_row *row, uint64_t n_alts, uint64_t n_called, struct err *err)
{
	return err_set(err, -EBADMSG,
			"its genotypes give AC=%llu AN=%llu, but AC=%lld AN=%lld is stored "
			"with them: damaged; copy the file again",
			(unsigned long long)n_alts, (unsigned long long)n_called * 2,
			(long long)row->ac, (long long)row->an);
}

int calls_words(struct calls_scratch *s, const struct stored_row *row, struct err *err)
{
	return decoders[row->kind](s, row->phased, row->bytes, row->len, err);
}

int calls_decode(struct calls_scratch *s, const struct stored_row *row, struct gtb_calls *out,
		struct err *err)
{
	uint32_t largest = 0;
	uint64_t n_called;
	uint64_t n_alts;
	int r = decoders[row->kind](s, row->phased, row->bytes, row->len, err);

	for (uint32_t i = 0; r == 0 && i < s->n_samples; i++)
		largest = s->codes[i] > largest ? s->codes[i] : largest;
	if (largest > row->code_max)
		r = err_set(err, -EBADMSG, "a genotype has code %u, of at most %u", largest,
				row->code_max);
	if (r < 0)
		return r;
	resolve(s, row->phased, row->n_alleles, out, &n_alts, &n_called);
	return calls_check_counts(row, n_alts, n_called, err);
}
