/* SPDX-License-Identifier: MIT */
#include "core/ld/ld_sites.h"

#include <errno.h>
#include <stdlib.h>

#include "core/codec/gt_cell.h"
#include "core/view/gt_alleles.h"
#include "core/view/gt_two_bits.h"

/* A site's rows while it is made, each of n_words. */
struct rows {
	uint64_t *one;
	uint64_t *two;
	uint64_t *missing;
	uint64_t *loose;
	size_t n_words;
};

enum { N_ROWS = 4 };

void ld_sites_done(struct ld_sites *b)
{
	free(b->sites);
	buf_done(&b->rows);
	buf_done(&b->text);
	*b = (struct ld_sites){ 0 };
}

static void fit(struct buf *b)
{
	uint8_t *data = b->len ? realloc(b->data, b->len) : NULL;

	if (data) {
		b->data = data;
		b->cap = b->len;
	}
}

void ld_sites_fit(struct ld_sites *b)
{
	struct ld_site *sites = b->n ? realloc(b->sites, b->n * sizeof(*sites)) : NULL;

	if (sites) {
		b->sites = sites;
		b->cap = b->n;
	}
	fit(&b->rows);
	fit(&b->text);
}

size_t ld_sites_memory(const struct ld_sites *b)
{
	return b->cap * sizeof(*b->sites) + b->rows.cap + b->text.cap;
}

size_t ld_site_memory(uint32_t n_samples)
{
	return sizeof(struct ld_site) + N_ROWS * ld_words(n_samples) * sizeof(uint64_t);
}

/* ---- biallelic: by words ---- */

/* The even bits of @x, side by side. */
static uint64_t even_bits(uint64_t x)
{
	x &= 0x5555555555555555;
	x = (x | x >> 1) & 0x3333333333333333;
	x = (x | x >> 2) & 0x0f0f0f0f0f0f0f0f;
	x = (x | x >> 4) & 0x00ff00ff00ff00ff;
	x = (x | x >> 8) & 0x0000ffff0000ffff;
	return (x | x >> 16) & UINT32_MAX;
}

/* Two bits a sample to a bit in each row: at least one copy, two, missing. */
static void split(const uint64_t *words, size_t n, struct rows *out)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t word = le64toh(words[i]);
		unsigned shift = i % 2 ? 32 : 0;
		uint64_t low;
		uint64_t high;

		if (!word) /* as most are: most alleles are rare */
			continue;
		low = even_bits(word);
		high = even_bits(word >> 1);
		out->one[i / 2] |= (low ^ high) << shift;
		out->two[i / 2] |= (high & ~low) << shift;
		out->missing[i / 2] |= (low & high) << shift;
	}
}

static bool has(const uint64_t *row, uint32_t i)
{
	return row[i / 64] >> i % 64 & 1;
}

static void put(uint64_t *row, uint32_t i)
{
	row[i / 64] |= (uint64_t)1 << i % 64;
}

static void drop(uint64_t *row, uint32_t i)
{
	row[i / 64] &= ~((uint64_t)1 << i % 64);
}

/*
 * Say by haplotype what is heterozygous: in the first only, or in the second. Where it is not
 * phased the first has it, and the sample is loose.
 */
static bool orient(const struct record_field *f, const uint64_t *het, uint32_t n_samples,
		struct rows *out)
{
	const uint32_t n_slots = f->n * n_samples;
	struct gt_cell cell;
	struct gt_row row;
	uint32_t slot;

	if (!gt_cell_open(f->values, f->len, &cell))
		return false;
	if (cell.phase != GT_PHASED)
		memcpy(out->loose, het, out->n_words * sizeof(*het));
	if (cell.phase == GT_UNPHASED)
		return true;
	for (unsigned i = 0; i < gt_cell_n_rows(&cell); i++) {
		struct gt_row_iter it;

		if (!gt_row_next(&cell.rows, n_slots, &row))
			return false;
		it = gt_row_iter(&row, n_slots);
		while ((i < cell.n_alt || i == cell.n_alt + 2u) && gt_row_iter_next(&it, &slot)) {
			uint32_t sample = slot / f->n;

			if (slot % f->n != 1 || !has(het, sample))
				continue;
			if (i < cell.n_alt) {
				drop(out->one, sample);
				put(out->two, sample);
			} else {
				drop(out->loose, sample);
			}
		}
	}
	return true;
}

static int take_biallelic(const struct ld_choice *choice, const struct vcf_text *v,
		const struct record *r, struct view_scratch *s, struct rows *out)
{
	struct record_field f;
	uint64_t *words;
	bool any = false;
	int status = gt_two_bits(v, r, s, &words);

	if (status < 0)
		return status;
	split(words, two_bits_words(v->n_samples), out);
	if (!choice->phased)
		return 0;
	status = gt_field(v, r, &f);
	if (status <= 0 || f.type != RECORD_GT || f.n < 2)
		return status < 0 ? status : 0;
	buf_clear(&s->values);
	if (!buf_reserve(&s->values, out->n_words * sizeof(*words)))
		return -ENOMEM;
	words = (uint64_t *)(void *)s->values.data;
	for (size_t i = 0; i < out->n_words; i++) {
		words[i] = out->one[i] & ~out->two[i];
		any |= words[i] != 0;
	}
	return !any || orient(&f, words, v->n_samples, out) ? 0 : -EBADMSG;
}

/* ---- several ALT alleles: by sample ---- */

/* A sample's call as PLINK has it: alleles of two haplotypes, those of a haploid call the same.
 * False where it is missing. */
static bool call_of(const uint16_t *slots, uint32_t ploidy, unsigned call[2])
{
	uint32_t n = 0;

	for (; n < ploidy && !(slots[n] & GT_IS_END); n++) {
		if (slots[n] & GT_IS_MISSING || n == 2)
			return false;
		call[n] = slots[n] & GT_ALLELE;
	}
	if (n == 1)
		call[1] = call[0];
	return n > 0;
}

/* The ALT that is called most often, of several the first. */
static unsigned most_common(const uint16_t *alleles, uint32_t ploidy, uint32_t n_samples)
{
	uint64_t counts[GT_ALLELE + 1] = { 0 };
	unsigned call[2];
	unsigned best = 1;

	for (uint32_t i = 0; i < n_samples; i++)
		if (call_of(alleles + (size_t)i * ploidy, ploidy, call)) {
			counts[call[0]]++;
			counts[call[1]]++;
		}
	for (unsigned i = 2; i <= GT_ALLELE; i++)
		if (counts[i] > counts[best])
			best = i;
	return best;
}

static void put_call(const uint16_t *slots, uint32_t ploidy, unsigned allele, uint32_t sample,
		bool phased, struct rows *out)
{
	unsigned call[2];

	if (!call_of(slots, ploidy, call) || (call[0] && call[0] != allele) ||
			(call[1] && call[1] != allele)) {
		put(out->missing, sample);
		return;
	}
	if (call[0] && call[1]) {
		put(out->one, sample);
		put(out->two, sample);
		return;
	}
	if (call[0] || call[1]) {
		bool known = phased && slots[1] & GT_IS_PHASED;

		put(known && call[1] ? out->two : out->one, sample);
		if (phased && !known)
			put(out->loose, sample);
	}
}

static int take_multiallelic(const struct ld_choice *choice, const struct vcf_text *v,
		const struct record *r, struct view_scratch *s, struct rows *out)
{
	struct record_field f;
	uint16_t *alleles;
	unsigned allele;
	int status = gt_field(v, r, &f);

	if (status < 0)
		return status;
	if (status && f.type == RECORD_GT && (uint64_t)f.n * v->n_samples > UINT32_MAX)
		return -EBADMSG;
	if (!status || f.type != RECORD_GT) {
		for (uint32_t i = 0; i < v->n_samples; i++)
			put(out->missing, i);
		return 0;
	}
	buf_clear(&s->values);
	if (!buf_reserve(&s->values, (size_t)f.n * v->n_samples * sizeof(*alleles) + 1))
		return -ENOMEM;
	alleles = (uint16_t *)(void *)s->values.data;
	if (!gt_alleles_spread(&f, v->n_samples, alleles))
		return -EBADMSG;
	allele = most_common(alleles, f.n, v->n_samples);
	for (uint32_t i = 0; i < v->n_samples; i++)
		put_call(alleles + (size_t)i * f.n, f.n, allele, i, choice->phased, out);
	return 0;
}

/* ---- a site ---- */

static uint32_t count(const uint64_t *row, size_t n_words)
{
	return ld_count_both(row, row, n_words);
}

/* What the rows count to. */
static void measure(const struct rows *rows, uint32_t n_samples, bool phased, struct ld_site *site)
{
	double n;

	uint32_t one = count(rows->one, rows->n_words);
	uint32_t two = count(rows->two, rows->n_words);
	uint32_t homozygous = ld_count_both(rows->one, rows->two, rows->n_words);

	site->n_called = n_samples - count(rows->missing, rows->n_words);
	site->groups = ld_groups_of(rows->one, rows->n_words) |
		       ld_groups_of(rows->two, rows->n_words);
	site->copies = (uint64_t)one + two;
	site->squares = site->copies + 2 * (uint64_t)homozygous;
	n = phased ? 2 * (double)site->n_called : site->n_called;
	site->variance = n * (double)(phased ? site->copies : site->squares) -
			 (double)site->copies * (double)site->copies;
}

/* PLINK keeps what is as frequent as it says, whatever the last bit of a product of floats. */
static bool is_frequent(const struct ld_site *site, double min_maf)
{
	uint64_t total = 2 * (uint64_t)site->n_called;
	uint64_t minor = site->copies < total - site->copies ? site->copies : total - site->copies;

	return (double)minor >= min_maf * (double)total * (1 - 1e-12) && (total || min_maf <= 0);
}

/* Keep those rows of @rows that have a bit, side by side. */
static void pack(struct rows *rows, struct ld_site *site, struct buf *out)
{
	const size_t bytes = rows->n_words * sizeof(*rows->one);
	uint64_t *const rest[] = { rows->two, rows->missing, rows->loose };

	out->len += bytes;
	for (unsigned i = 0; i < sizeof(rest) / sizeof(rest[0]); i++) {
		if (!count(rest[i], rows->n_words))
			continue;
		site->rows |= (uint8_t)(1u << i);
		memmove(out->data + out->len, rest[i], bytes);
		out->len += bytes;
	}
}

static int put_columns(struct buf *b, const struct vcf_text *v, const struct record *r)
{
	struct cursor c = cursor_over(r->site, r->site_len);
	size_t len;
	const uint8_t *id = cursor_bytes(&c, &len);
	char pos[INT_TEXT_MAX];

	if (cursor_bad(&c))
		return -EBADMSG;
	buf_put(b, v->contig.s, v->contig.len);
	buf_put_u8(b, '\t');
	buf_put(b, pos, (size_t)(int_text(pos, r->pos + 1) - pos));
	buf_put_u8(b, '\t');
	if (len)
		buf_put(b, id, len);
	else
		buf_put_u8(b, '.');
	buf_put_u8(b, '\t');
	return buf_failed(b) ? -ENOMEM : 0;
}

static struct ld_site *next_site(struct ld_sites *b)
{
	if (b->n == b->cap) {
		size_t cap = b->cap ? 2 * b->cap : 64;
		struct ld_site *sites = realloc(b->sites, cap * sizeof(*sites));

		if (!sites)
			return NULL;
		b->sites = sites;
		b->cap = cap;
	}
	return &b->sites[b->n];
}

int ld_sites_add(struct ld_sites *b, const struct ld_choice *choice, const struct vcf_text *v,
		const struct record *r, struct view_scratch *s)
{
	struct rows rows = { .n_words = ld_words(v->n_samples) };
	const size_t bytes = rows.n_words * sizeof(uint64_t);
	struct ld_site *site = next_site(b);
	size_t text = b->text.len;
	int status;

	if (r->n_allele > 2 && choice->multiallelic == LD_SKIP)
		return 0;
	if (!site || !buf_reserve(&b->rows, N_ROWS * bytes))
		return -ENOMEM;
	memset(b->rows.data + b->rows.len, 0, N_ROWS * bytes);
	rows.one = (uint64_t *)(void *)(b->rows.data + b->rows.len);
	rows.two = rows.one + rows.n_words;
	rows.missing = rows.two + rows.n_words;
	rows.loose = rows.missing + rows.n_words;
	status = (r->n_allele > 2 ? take_multiallelic : take_biallelic)(choice, v, r, s, &rows);
	if (status < 0)
		return status;
	*site = (struct ld_site){
		.pos = r->pos, .text = text, .at = b->rows.len / sizeof(uint64_t)
	};
	measure(&rows, v->n_samples, choice->phased, site);
	if (!is_frequent(site, choice->min_maf))
		return 0;
	status = put_columns(&b->text, v, r);
	if (status < 0)
		return status;
	site->text_len = (uint32_t)(b->text.len - text);
	pack(&rows, site, &b->rows);
	b->n++;
	return 0;
}
