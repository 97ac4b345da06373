/* SPDX-License-Identifier: MIT */
#include "core/view/pgen_record.h"

#include <errno.h>

#include "core/codec/gt_cell.h"
#include "core/view/gt_alleles.h"
#include "core/view/gt_two_bits.h"

enum { ALLELES_NONE = 15 }; /* mode of track 1: there are no such alleles */

static const uint64_t lower = 0x5555555555555555;

/* A diploid call; haploid ones count twice. */
struct call {
	uint16_t first;
	uint16_t second;
	bool missing;
	bool phased;
};

/* The calls of a record whose alleles are gone through one by one. */
struct calls {
	const uint16_t *alleles;
	uint32_t ploidy;
};

static struct call call_at(const struct calls *c, uint32_t sample)
{
	const uint16_t *a = c->alleles + (size_t)sample * c->ploidy;
	struct call call = { .missing = true };
	uint32_t n = 0;

	while (n < c->ploidy && !(a[n] & GT_IS_END)) {
		if (a[n] & GT_IS_MISSING)
			return call;
		n++;
	}
	if (n != 1 && n != 2)
		return call;
	call.first = a[0] & GT_ALLELE;
	call.second = n == 2 ? a[1] & GT_ALLELE : call.first;
	call.phased = n == 2 && a[1] & GT_IS_PHASED;
	call.missing = false;
	return call;
}

/* Bits, low ones first, that are only counted where there is no room for them. */
struct bit_writer {
	uint8_t *to; /* NULL: count */
	uint64_t n;  /* bits */
};

static void put_bits(struct bit_writer *w, unsigned value, unsigned n)
{
	for (unsigned i = 0; w->to && i < n; i++)
		if (value >> i & 1)
			w->to[(w->n + i) / 8] =
					(uint8_t)(w->to[(w->n + i) / 8] | 1u << (w->n + i) % 8);
	w->n += n;
}

static void next_byte(struct bit_writer *w)
{
	w->n = (w->n + 7) / 8 * 8;
}

/* Bits of an allele number in track 1, by how many alleles the record has. */
static unsigned one_alt_bits(uint32_t n_allele)
{
	if (n_allele <= 3)
		return 0;
	if (n_allele == 4)
		return 1;
	if (n_allele <= 6)
		return 2;
	return n_allele <= 18 ? 4 : 8;
}

static void put_two_alts(struct bit_writer *w, uint32_t n_allele, unsigned low, unsigned high)
{
	unsigned bits = n_allele <= 5 ? 2 : n_allele <= 17 ? 4 : 8;

	if (n_allele == 3) {
		put_bits(w, low == 2, 1); /* 1/2 or 2/2 */
		return;
	}
	put_bits(w, low - 1, bits);
	put_bits(w, high - 1, bits);
}

static bool is_one_alt(const struct call *c)
{
	return !c->missing && (c->first == 0) != (c->second == 0);
}

static bool is_two_alts(const struct call *c)
{
	return !c->missing && c->first && c->second;
}

static unsigned larger(const struct call *c)
{
	return c->first > c->second ? c->first : c->second;
}

/* Which calls of one ALT allele have another than the first, and which. */
static void put_one_alts(
		const struct calls *c, uint32_t n_samples, uint32_t n_allele, struct bit_writer *w)
{
	for (uint32_t i = 0; i < n_samples; i++) {
		struct call call = call_at(c, i);

		if (is_one_alt(&call))
			put_bits(w, larger(&call) > 1, 1);
	}
	next_byte(w);
	for (uint32_t i = 0; i < n_samples; i++) {
		struct call call = call_at(c, i);

		if (is_one_alt(&call) && larger(&call) > 1)
			put_bits(w, larger(&call) - 2, one_alt_bits(n_allele));
	}
	next_byte(w);
}

static void put_both_alts(
		const struct calls *c, uint32_t n_samples, uint32_t n_allele, struct bit_writer *w)
{
	for (uint32_t i = 0; i < n_samples; i++) {
		struct call call = call_at(c, i);

		if (is_two_alts(&call))
			put_bits(w, larger(&call) > 1, 1);
	}
	next_byte(w);
	for (uint32_t i = 0; i < n_samples; i++) {
		struct call call = call_at(c, i);

		if (is_two_alts(&call) && larger(&call) > 1)
			put_two_alts(w, n_allele,
					call.first < call.second ? call.first : call.second,
					larger(&call));
	}
	next_byte(w);
}

/* Track 1. Return: whether it is there. */
static bool put_alleles(
		const struct calls *c, uint32_t n_samples, uint32_t n_allele, struct bit_writer *w)
{
	bool one = false;
	bool two = false;

	for (uint32_t i = 0; i < n_samples; i++) {
		struct call call = call_at(c, i);

		if (call.missing || larger(&call) <= 1)
			continue;
		if (is_one_alt(&call))
			one = true;
		else
			two = true;
	}
	if (!one && !two)
		return false;
	put_bits(w, one ? 0 : ALLELES_NONE, 4);
	put_bits(w, two ? 0 : ALLELES_NONE, 4);
	if (one)
		put_one_alts(c, n_samples, n_allele, w);
	if (two)
		put_both_alts(c, n_samples, n_allele, w);
	return true;
}

/* Track 2. Return: whether it is there. */
static bool put_phase(const struct calls *c, uint32_t n_samples, struct bit_writer *w)
{
	uint32_t n_het = 0;
	uint32_t n_phased = 0;

	for (uint32_t i = 0; i < n_samples; i++) {
		struct call call = call_at(c, i);
		bool het = !call.missing && call.first != call.second;

		n_het += het;
		n_phased += het && call.phased;
	}
	if (!n_phased)
		return false;
	put_bits(w, n_phased < n_het, 1);
	for (uint32_t i = 0; n_phased < n_het && i < n_samples; i++) {
		struct call call = call_at(c, i);

		if (!call.missing && call.first != call.second)
			put_bits(w, call.phased, 1);
	}
	if (n_phased < n_het)
		next_byte(w);
	for (uint32_t i = 0; i < n_samples; i++) {
		struct call call = call_at(c, i);

		if (!call.missing && call.first != call.second && call.phased)
			put_bits(w, call.first > call.second, 1);
	}
	next_byte(w);
	return true;
}

/* ---- records whose phase is all or nothing, of one ALT allele ---- */

/* Where the first allele of each call is ALT, by the lower bit of its pair: of a diploid cell. */
struct simple {
	bool phased;
	const uint64_t *two_bits;
	uint64_t n_het;
};

/* Whether the record is one. Return: 1; 0; -EBADMSG. */
static int is_simple(const struct vcf_text *v, const struct record *r, struct record_field *f,
		struct gt_cell *cell)
{
	int status = gt_field(v, r, f);

	if (status <= 0 || f->type != RECORD_GT)
		return status < 0 ? status : 1; /* all is missing */
	if (!gt_cell_open(f->values, f->len, cell))
		return -EBADMSG;
	return f->n <= 2 && cell->n_alt <= 1 && cell->phase != GT_MIXED;
}

static uint64_t count_hets(const uint64_t *two_bits, uint32_t n_samples)
{
	uint64_t n = 0;

	for (size_t i = 0; i < two_bits_words(n_samples); i++)
		n += (uint64_t)__builtin_popcountll(
				two_bits[i] & ~(two_bits[i] >> 1) & htole64(lower));
	return n;
}

/* Phase of all heterozygous calls: the bits of the ALT row at the first allele of each. */
static int put_simple_phase(const struct record_field *f, const struct gt_cell *cell,
		uint32_t n_samples, const uint64_t *two_bits, struct bit_writer *w)
{
	struct cursor rows = cell->rows;
	struct gt_row row;
	struct gt_row_iter it;
	uint32_t n_slots = f->n * n_samples;
	uint32_t slot = 0;
	bool more;

	put_bits(w, 0, 1);
	if (!cell->n_alt || !gt_row_next(&rows, n_slots, &row))
		return -EBADMSG;
	it = gt_row_iter(&row, n_slots);
	more = gt_row_iter_next(&it, &slot);
	for (size_t i = 0; i < two_bits_words(n_samples); i++) {
		uint64_t word = le64toh(two_bits[i]);
		uint64_t hets = word & ~(word >> 1) & lower;

		for (; hets; hets &= hets - 1) {
			uint32_t first = (uint32_t)(i * 64) + (uint32_t)__builtin_ctzll(hets);

			while (more && slot < first)
				more = gt_row_iter_next(&it, &slot);
			put_bits(w, more && slot == first, 1);
		}
	}
	next_byte(w);
	return 0;
}

/* ---- all ---- */

/* What a record is made of; @w counts or has room. */
static int put_tracks(const struct vcf_text *v, const struct record *r, struct view_scratch *s,
		struct bit_writer *w, uint64_t **main_track, uint8_t *type)
{
	struct record_field f = { 0 };
	struct gt_cell cell = { 0 };
	struct calls calls;
	int simple = is_simple(v, r, &f, &cell);
	int status = simple < 0 ? simple : gt_two_bits(v, r, s, main_track);
	uint64_t n_het;

	*type = PGEN_PLAIN;
	if (status < 0)
		return status;
	if (simple) {
		n_het = f.type == RECORD_GT && f.n == 2 && cell.phase == GT_PHASED
					? count_hets(*main_track, v->n_samples)
					: 0;
		if (!n_het)
			return 0;
		*type = PGEN_PHASE;
		if (w->to)
			return put_simple_phase(&f, &cell, v->n_samples, *main_track, w);
		w->n += (n_het + 1 + 7) / 8 * 8;
		return 0;
	}
	buf_clear(&s->slots);
	if (!buf_reserve(&s->slots, ((size_t)f.n * v->n_samples + 1) * sizeof(uint16_t)))
		return -ENOMEM;
	calls = (struct calls){ (const uint16_t *)(void *)s->slots.data, f.n };
	if (!gt_alleles_spread(&f, v->n_samples, (uint16_t *)(void *)s->slots.data))
		return -EBADMSG;
	if (r->n_allele > 2 && put_alleles(&calls, v->n_samples, r->n_allele, w))
		*type |= PGEN_ALLELES;
	if (put_phase(&calls, v->n_samples, w))
		*type |= PGEN_PHASE;
	return 0;
}

int pgen_record_measure(const struct vcf_text *v, const struct record *r, struct view_scratch *s,
		struct pgen_record *out)
{
	struct bit_writer w = { 0 };
	uint64_t *main_track;
	int status = put_tracks(v, r, s, &w, &main_track, &out->type);

	out->len = (v->n_samples + 3ull) / 4 + w.n / 8;
	return status;
}

int pgen_record_put(const struct vcf_text *v, const struct record *r, struct view_scratch *s,
		struct text_out *o)
{
	struct bit_writer w = { 0 };
	struct pgen_record measured;
	uint64_t *main_track;
	size_t aux;
	int status = pgen_record_measure(v, r, s, &measured);

	if (status < 0)
		return status;
	aux = (size_t)(measured.len - (v->n_samples + 3ull) / 4);
	buf_clear(&s->aux);
	if (!buf_reserve(&s->aux, aux + 1))
		return -ENOMEM;
	memset(s->aux.data, 0, aux);
	w.to = s->aux.data;
	status = put_tracks(v, r, s, &w, &main_track, &measured.type);
	if (status < 0)
		return status;
	text_bytes(o, main_track, (v->n_samples + 3ull) / 4);
	text_bytes(o, s->aux.data, aux);
	return 0;
}

uint64_t pgen_record_max(uint32_t n_samples)
{
	/* Two bits of the main track; a mode; at most a bit and two bytes of alleles, padded; at
	 * most two bits of phase, padded, after a bit. */
	return (n_samples + 3ull) / 4 + 1 + 4 + 2ull * n_samples + (n_samples + 7ull) / 8 +
	       (2ull * n_samples + 1) / 8 + 2;
}
