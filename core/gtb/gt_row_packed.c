/* SPDX-License-Identifier: MIT */
/* Rows of two alleles, several samples a byte. */
#include <pthread.h>
#include <string.h>

#include "core/base/inline.h"
#include "core/gtb/gt_row_private.h"

enum {
	WORD_BYTES = 8,
	DENSE_SHARE = 4, /* of a row's words, from which on all bytes are looked up */
	HALF = 32        /* bits */
};

static const uint64_t EACH_BYTE = 0x0101010101010101;

/*
 * A way of packing. Of each byte, two slots a sample from the lowest bit: those with ALT 1 in the
 * lower half of a word, those without a call in the upper one; and how many there are, likewise.
 */
struct packing {
	unsigned samples; /* a byte */
	uint8_t ref;      /* the byte of nothing but 0/0 */
	uint8_t most;     /* the highest byte that can be */
	uint64_t slots[256];
	uint64_t n[256];
};

enum { PACKED_PHASED, PACKED_UNPHASED, PACKED_PLINK, N_PACKINGS };
static struct packing packings[N_PACKINGS] = { [PACKED_PHASED] = { 3, 31, 124, { 0 }, { 0 } },
	[PACKED_UNPHASED] = { 4, 0x55, 255, { 0 }, { 0 } },
	[PACKED_PLINK] = { 4, 0, 255, { 0 }, { 0 } } };
static pthread_once_t packings_made = PTHREAD_ONCE_INIT;

/* The code of a byte's sample @i. */
static unsigned code_in(unsigned packing, unsigned byte, unsigned i)
{
	static const uint8_t plink_codes[4] = { 1, 0, 2, 3 };
	static const uint8_t divisors[3] = { 25, 5, 1 };

	switch (packing) {
	case PACKED_PHASED:
		return byte / divisors[i] % 5;
	case PACKED_UNPHASED:
		return byte >> (6 - 2 * i) & 3;
	default:
		return plink_codes[byte >> 2 * i & 3];
	}
}

static void make_byte(struct packing *p, unsigned packing, unsigned byte)
{
	const struct call *calls = calls_by_code();

	for (unsigned slot = 0; slot < 2 * p->samples; slot++) {
		struct call c = calls[code_in(packing, byte, slot / 2)];
		uint8_t allele = slot % 2 ? c.b : c.a;
		unsigned half = allele == GTB_MISSING ? HALF : 0;

		if (!allele)
			continue;
		p->slots[byte] |= UINT64_C(1) << (half + slot);
		p->n[byte] += UINT64_C(1) << half;
	}
}

static void make_packings(void)
{
	for (unsigned p = 0; p < N_PACKINGS; p++)
		for (unsigned byte = 0; byte <= packings[p].most; byte++)
			make_byte(&packings[p], p, byte);
}

static uint64_t load_word(const uint8_t *p, size_t left)
{
	uint64_t w = 0;

	if (left >= sizeof(w))
		memcpy(&w, p, sizeof(w));
	else
		memcpy(&w, p, left);
	return le64toh(w);
}

/* Of @n slots, in bits. */
static void put_bits(struct buf *out, const uint8_t *bits, uint32_t n, uint32_t n_slots,
		uint32_t *scratch)
{
	const struct gt_row row = { .form = GT_ROW_BITS, .data = bits };
	struct gt_row_iter it = gt_row_iter(&row, n_slots);
	size_t size;

	if (gt_row_form_of(n, n_slots, &size) == GT_ROW_BITS) {
		buf_put_u8(out, GT_ROW_BITS);
		buf_put(out, bits, size);
		return;
	}
	n = 0;
	while (gt_row_iter_next(&it, &scratch[n]))
		n++;
	gt_row_put_slots(out, scratch, n, n_slots);
}

/* Of the last byte, what fills it left out. */
static uint64_t last_slots(const struct packing *p, uint8_t byte, uint32_t n_samples)
{
	unsigned rest = n_samples % p->samples;
	uint64_t mask = rest ? (UINT64_C(1) << 2 * rest) - 1 : UINT32_MAX;

	return p->slots[byte] & (mask | mask << HALF);
}

static bool has_bad_byte(const struct packing *p, const struct stored_row *row)
{
	uint8_t most = 0;

	for (size_t i = 0; i < row->len; i++)
		most = row->bytes[i] > most ? row->bytes[i] : most;
	return most > p->most;
}

/* Where words that are not all 0/0 begin, but for the last byte's, to m->odd. Return: how many. */
static uint32_t find_odd_words(
		const struct gt_row_maker *m, const struct packing *p, const struct stored_row *row)
{
	const uint64_t ref = p->ref * EACH_BYTE;
	size_t last = (row->len - 1) / WORD_BYTES * WORD_BYTES;
	uint32_t n = 0;

	for (size_t i = 0; i < last; i += WORD_BYTES) {
		uint64_t w;

		memcpy(&w, row->bytes + i, sizeof(w));
		m->odd[n] = (uint32_t)i;
		n += w != ref;
	}
	return n;
}

/* Lists being filled: ALT from the start of m->slots, missing ones from the end down. */
struct lists {
	uint32_t *alt;
	uint32_t *none;
};

static inline void list_byte(struct lists *l, uint64_t slots, uint32_t first)
{
	for (uint32_t s = (uint32_t)slots; s; s &= s - 1)
		*l->alt++ = first + (uint32_t)__builtin_ctz(s);
	for (uint32_t s = (uint32_t)(slots >> HALF); s; s &= s - 1)
		*--l->none = first + (uint32_t)__builtin_ctz(s);
}

static void list_packed(struct gt_row_maker *m, const struct packing *p,
		const struct stored_row *row, uint32_t n_odd, uint32_t *n)
{
	const uint64_t ref = p->ref * EACH_BYTE;
	uint32_t *end = m->slots + 2 * (size_t)m->n_samples;
	struct lists l = { m->slots, end };
	uint32_t a_byte = 2 * p->samples;
	size_t last = row->len - 1;

	for (uint32_t k = 0; k < n_odd; k++) {
		uint64_t w = load_word(row->bytes + m->odd[k], WORD_BYTES);

		for (uint64_t x = w ^ ref; x;) {
			unsigned shift = (unsigned)__builtin_ctzll(x) & ~7u;

			list_byte(&l, p->slots[w >> shift & 0xff],
					(m->odd[k] + shift / 8) * a_byte);
			x &= ~(UINT64_C(0xff) << shift);
		}
	}
	for (size_t i = last / WORD_BYTES * WORD_BYTES; i < last; i++)
		list_byte(&l, p->slots[row->bytes[i]], (uint32_t)i * a_byte);
	list_byte(&l, last_slots(p, row->bytes[last], m->n_samples), (uint32_t)last * a_byte);
	n[ALT] = (uint32_t)(l.alt - m->slots);
	n[NONE] = (uint32_t)(end - l.none);
}

static void reverse(uint32_t *v, uint32_t n)
{
	for (uint32_t i = 0; i < n / 2; i++) {
		uint32_t x = v[i];

		v[i] = v[n - 1 - i];
		v[n - 1 - i] = x;
	}
}

static inline void put_halves(uint8_t *alt, uint8_t *none, uint64_t slots)
{
	uint32_t low = htole32((uint32_t)slots);
	uint32_t high = htole32((uint32_t)(slots >> HALF));

	memcpy(alt, &low, sizeof(low));
	memcpy(none, &high, sizeof(high));
}

/* Bits of both rows to m->bits, four bytes at a time: they are whole bytes then. @width: bits that
 * a byte has. */
INLINE void fill_bits_of(struct gt_row_maker *m, const struct packing *p,
		const struct stored_row *row, unsigned width, uint32_t *n)
{
	const uint8_t *b = row->bytes;
	uint8_t *alt = m->bits[ALT];
	uint8_t *none = m->bits[NONE];
	size_t last = row->len - 1;
	uint64_t held;
	uint64_t sum = 0;
	size_t i = 0;

	for (; i + 4 <= last; i += 4, alt += width / 2, none += width / 2) {
		put_halves(alt, none,
				p->slots[b[i]] | p->slots[b[i + 1]] << width |
						p->slots[b[i + 2]] << 2 * width |
						p->slots[b[i + 3]] << 3 * width);
		sum += p->n[b[i]] + p->n[b[i + 1]] + p->n[b[i + 2]] + p->n[b[i + 3]];
	}
	held = last_slots(p, b[last], m->n_samples) << (last - i) * width;
	sum += (uint64_t)__builtin_popcount((uint32_t)last_slots(p, b[last], m->n_samples));
	sum += (uint64_t)__builtin_popcount(
			       (uint32_t)(last_slots(p, b[last], m->n_samples) >> HALF))
	       << HALF;
	for (unsigned shift = 0; i < last; i++, shift += width) {
		held |= p->slots[b[i]] << shift;
		sum += p->n[b[i]];
	}
	put_halves(alt, none, held);
	n[ALT] = (uint32_t)sum;
	n[NONE] = (uint32_t)(sum >> HALF);
}

static void fill_bits(struct gt_row_maker *m, const struct packing *p, const struct stored_row *row,
		uint32_t *n)
{
	if (p->samples == 3)
		fill_bits_of(m, p, row, 6, n);
	else
		fill_bits_of(m, p, row, 8, n);
}

static const struct packing *packing_of(const struct stored_row *row)
{
	if (row->kind == ROW_PLINK)
		return &packings[PACKED_PLINK];
	return &packings[row->phased ? PACKED_PHASED : PACKED_UNPHASED];
}

bool gt_row_put_packed(struct gt_row_maker *m, const struct stored_row *row, struct gt_tally *t,
		struct buf *out)
{
	const struct packing *p;
	uint32_t n_slots = 2 * m->n_samples;
	uint32_t n_odd;
	uint32_t n[2];
	bool dense;

	pthread_once(&packings_made, make_packings);
	p = packing_of(row);
	if (row->len != packed_row_size(m->n_samples, p->samples == 3) || has_bad_byte(p, row))
		return false;
	n_odd = find_odd_words(m, p, row);
	dense = n_odd > row->len / WORD_BYTES / DENSE_SHARE;
	if (dense)
		fill_bits(m, p, row, n);
	else
		list_packed(m, p, row, n_odd, n);
	/* An allele that it does not have makes the whole call missing. */
	if (row->n_alleles < 2 && n[ALT])
		return false;
	gt_row_put_head(out, n[ALT] > 0, row->phased);
	if (dense) {
		if (n[ALT])
			put_bits(out, m->bits[ALT], n[ALT], n_slots, m->slots);
		put_bits(out, m->bits[NONE], n[NONE], n_slots, m->slots);
	} else {
		uint32_t *none = m->slots + n_slots - n[NONE];

		reverse(none, n[NONE]);
		if (n[ALT])
			gt_row_put_slots(out, m->slots, n[ALT], n_slots);
		gt_row_put_slots(out, none, n[NONE], n_slots);
	}
	buf_put_u8(out, GT_ROW_EMPTY);
	t->n_alleles = 2;
	t->counts[1] = n[ALT];
	t->n = n_slots - n[NONE];
	return true;
}
