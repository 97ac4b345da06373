/* SPDX-License-Identifier: MIT */
#include "core/gtb/gt_row.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/inline.h"
#include "core/record/record.h"

enum {
	WORD_BYTES = 8,
	DENSE_SHARE = 4,  /* of a row's words, from which on all bytes are looked up */
	REF_CODE = 1,     /* 0|0 */
	INT8_ALLELE = 62, /* (62 + 1) << 1 | 1 is the largest int8 value */
	HALF = 32,        /* bits */
	ALT = 0,
	NONE = 1 /* missing */
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

uint64_t gt_row_maker_cost(uint32_t n_samples)
{
	/* Bits, slots, odd samples, values, and as much as the encoder keeps. */
	return 32 * ((uint64_t)n_samples + 64);
}

int gt_row_maker_init(struct gt_row_maker *m, uint32_t n_samples)
{
	const size_t margin = 16; /* words are stored whole */
	size_t n = n_samples;

	pthread_once(&packings_made, make_packings);
	m->n_samples = n_samples;
	m->bits[ALT] = malloc(n / 4 + margin);
	m->bits[NONE] = malloc(n / 4 + margin);
	m->slots = malloc((2 * n + GTB_MISSING + 2) * sizeof(*m->slots));
	m->odd = malloc((n + 1) * sizeof(*m->odd));
	m->values = malloc(4 * n + 1);
	return m->bits[ALT] && m->bits[NONE] && m->slots && m->odd && m->values ? 0 : -ENOMEM;
}

void gt_row_maker_done(struct gt_row_maker *m)
{
	free(m->bits[ALT]);
	free(m->bits[NONE]);
	free(m->slots);
	free(m->odd);
	free(m->values);
	gt_scratch_done(&m->encode);
	*m = (struct gt_row_maker){ 0 };
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

/* ---- rows of a cell ---- */

static void put_slots(struct buf *out, const uint32_t *slots, uint32_t n, size_t n_slots)
{
	size_t size;
	enum gt_row_form form = gt_row_form_of(n, n_slots, &size);
	uint8_t *to;

	buf_put_u8(out, (uint8_t)form);
	if (form == GT_ROW_EMPTY || !buf_reserve(out, size))
		return;
	to = out->data + out->len;
	out->len += size;
	if (form == GT_ROW_BITS) {
		memset(to, 0, size);
		for (uint32_t i = 0; i < n; i++)
			to[slots[i] / 8] |= (uint8_t)(1u << slots[i] % 8);
		return;
	}
	n = htole32(n);
	memcpy(to, &n, sizeof(n));
	to += sizeof(n);
	n = le32toh(n);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t u32 = htole32(slots[i]);
		uint16_t u16 = htole16((uint16_t)slots[i]);

		if (form == GT_ROW_LIST16) {
			memcpy(to, &u16, sizeof(u16));
			to += sizeof(u16);
		} else {
			memcpy(to, &u32, sizeof(u32));
			to += sizeof(u32);
		}
	}
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
	put_slots(out, scratch, n, n_slots);
}

static void put_head(struct buf *out, uint32_t highest, bool phased)
{
	buf_put_u8(out, highest > INT8_ALLELE ? RECORD_INT16 : RECORD_INT8);
	buf_put_u8(out, phased ? GT_PHASED : GT_UNPHASED);
	buf_put_u16(out, (uint16_t)highest);
}

/* ---- packed rows ---- */

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

/* Return: false where it is not such a row, or damaged: nothing is put then. */
static bool put_packed(struct gt_row_maker *m, const struct stored_row *row, struct gt_tally *t,
		struct buf *out)
{
	const struct packing *p = packing_of(row);
	uint32_t n_slots = 2 * m->n_samples;
	uint32_t n_odd;
	uint32_t n[2];
	bool dense;

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
	put_head(out, n[ALT] > 0, row->phased);
	if (dense) {
		if (n[ALT])
			put_bits(out, m->bits[ALT], n[ALT], n_slots, m->slots);
		put_bits(out, m->bits[NONE], n[NONE], n_slots, m->slots);
	} else {
		uint32_t *none = m->slots + n_slots - n[NONE];

		reverse(none, n[NONE]);
		if (n[ALT])
			put_slots(out, m->slots, n[ALT], n_slots);
		put_slots(out, none, n[NONE], n_slots);
	}
	buf_put_u8(out, GT_ROW_EMPTY);
	t->n_alleles = 2;
	t->counts[1] = n[ALT];
	t->n = n_slots - n[NONE];
	return true;
}

/* ---- rows of codes ---- */

/* Samples that are not 0/0, with their codes, at m->odd and @codes. */
struct odd_codes {
	const uint8_t *bytes;  /* of all samples, or: */
	const uint16_t *words; /* of all samples */
	uint32_t n;            /* samples in m->odd */
};

static uint32_t code_at(const struct odd_codes *o, uint32_t sample)
{
	assert(o->bytes || o->words);
	return o->bytes ? o->bytes[sample] : o->words[sample];
}

static void find_odd(struct gt_row_maker *m, struct odd_codes *o)
{
	unsigned a_word = o->bytes ? WORD_BYTES : WORD_BYTES / 2;
	uint64_t ref = o->bytes ? EACH_BYTE : UINT64_C(0x0001000100010001);
	const uint8_t *p = o->bytes ? o->bytes : (const uint8_t *)o->words;
	uint32_t n = 0;

	assert(p);
	for (uint32_t i = 0; i < m->n_samples; i += a_word, p += WORD_BYTES) {
		uint32_t end = m->n_samples - i < a_word ? m->n_samples : i + a_word;
		uint64_t w;

		if (end - i == a_word) {
			memcpy(&w, p, sizeof(w));
			if (w == htole64(ref))
				continue;
		}
		for (uint32_t s = i; s < end; s++) {
			m->odd[n] = s;
			n += code_at(o, s) != REF_CODE;
		}
	}
	o->n = n;
}

/* The alleles of a code as they are shown, and what the row says in all. */
struct shown {
	const struct stored_row *row;
	const struct call *by_code;
	uint64_t n_alts; /* as stored */
	uint64_t n_called;
};

static struct call show(const struct shown *s, uint32_t code)
{
	struct call c = s->by_code[code];

	if (!s->row->phased && c.a > c.b)
		c = (struct call){ c.b, c.a };
	if (c.a >= s->row->n_alleles || c.b >= s->row->n_alleles)
		c = (struct call){ GTB_MISSING, GTB_MISSING };
	return c;
}

/* Return: false where a code is too large. */
static bool count_odd(const struct gt_row_maker *m, const struct odd_codes *o, struct shown *s,
		struct gt_tally *t, uint32_t *n_none)
{
	memset(t->counts, 0, sizeof(t->counts));
	*n_none = 0;
	s->n_called = m->n_samples;
	for (uint32_t i = 0; i < o->n; i++) {
		uint32_t code = code_at(o, m->odd[i]);
		struct call c;

		if (code > s->row->code_max)
			return false;
		c = s->by_code[code];
		if (code)
			s->n_alts += (c.a > 0) + (c.b > 0);
		else
			s->n_called--;
		c = show(s, code);
		if (c.a == GTB_MISSING) {
			*n_none += 2;
			t->n_out_of_range += code > 0;
			continue;
		}
		t->counts[c.a]++;
		t->counts[c.b]++;
	}
	return true;
}

/* m->slots by row: those of ALT 1 to @highest, then missing ones; @at: where each begins, its end
 * afterwards. */
static void sort_odd(struct gt_row_maker *m, const struct odd_codes *o, const struct shown *s,
		uint32_t highest, uint32_t *at)
{
	for (uint32_t i = 0; i < o->n; i++) {
		uint32_t sample = m->odd[i];
		struct call c = show(s, code_at(o, sample));
		uint32_t row_a = c.a == GTB_MISSING ? highest + 1 : c.a;
		uint32_t row_b = c.b == GTB_MISSING ? highest + 1 : c.b;

		if (row_a)
			m->slots[at[row_a]++] = 2 * sample;
		if (row_b)
			m->slots[at[row_b]++] = 2 * sample + 1;
	}
}

/* Likewise. */
static bool put_codes(struct gt_row_maker *m, const struct odd_codes *o,
		const struct stored_row *row, struct gt_tally *t, struct shown *s, struct buf *out)
{
	uint32_t n_slots = 2 * m->n_samples;
	uint32_t at[GTB_MISSING + 2] = { 0 };
	uint32_t highest = 0;
	uint32_t n_none;

	if (!count_odd(m, o, s, t, &n_none))
		return false;
	for (uint32_t a = 1; a < GTB_MISSING; a++)
		highest = t->counts[a] ? a : highest;
	for (uint32_t a = 1; a <= highest; a++)
		at[a + 1] = at[a] + t->counts[a];
	sort_odd(m, o, s, highest, at);
	put_head(out, highest, row->phased);
	for (uint32_t a = 1; a <= highest; a++)
		put_slots(out, m->slots + at[a] - t->counts[a], t->counts[a], n_slots);
	put_slots(out, m->slots + at[highest + 1] - n_none, n_none, n_slots);
	buf_put_u8(out, GT_ROW_EMPTY);
	t->n_alleles = GTB_MISSING;
	t->n = n_slots - n_none;
	return true;
}

/* ---- any row, sample by sample ---- */

static void put_value(struct gt_row_maker *m, bool wide, size_t slot, int32_t v)
{
	uint16_t u16 = htole16((uint16_t)v);

	if (wide)
		memcpy(m->values + 2 * slot, &u16, sizeof(u16));
	else
		m->values[slot] = (uint8_t)v;
}

static int put_each(struct gt_row_maker *m, const struct gtb_calls *calls, unsigned ploidy,
		struct gt_tally *t, uint32_t *cell_ploidy, struct buf *out)
{
	uint8_t highest = 0;
	bool wide;
	int32_t end;

	memset(t->counts, 0, sizeof(t->counts));
	t->n_alleles = GTB_MISSING;
	*cell_ploidy = ploidy;
	for (uint32_t i = 0; i < 2 * m->n_samples; i++) {
		uint8_t a = calls->alleles[i];

		if (i % 2 && a != calls->alleles[i - 1])
			*cell_ploidy = 2;
		if (a == GTB_MISSING || (i % 2 && ploidy == 1 && a == calls->alleles[i - 1]))
			continue;
		highest = a > highest ? a : highest;
		t->counts[a]++;
		t->n++;
	}
	wide = highest > INT8_ALLELE;
	end = wide ? INT16_MIN + 1 : INT8_MIN + 1;
	for (size_t i = 0; i < m->n_samples; i++) {
		uint8_t a = calls->alleles[2 * i];
		uint8_t b = calls->alleles[2 * i + 1];
		size_t slot = i * *cell_ploidy;

		put_value(m, wide, slot, a == GTB_MISSING ? 0 : (a + 1) << 1);
		if (*cell_ploidy == 1)
			continue;
		put_value(m, wide, slot + 1,
				ploidy == 1 && a == b ? end
						      : (b == GTB_MISSING ? 0 : (b + 1) << 1) |
									calls->phased);
	}
	return gt_cell_encode(wide ? RECORD_INT16 : RECORD_INT8, m->values, *cell_ploidy,
			       m->n_samples, &m->encode, out) > 0
			       ? 0
			       : -ENOMEM;
}

/* Return: 1 where it was put; 0 where it has to be taken sample by sample; -EBADMSG. */
static int put_fast(struct gt_row_maker *m, struct calls_scratch *scratch,
		const struct stored_row *row, struct gt_tally *t, struct buf *out, struct err *err)
{
	struct shown s = { .row = row, .by_code = calls_by_code() };
	struct odd_codes o = { 0 };
	int r = 0;

	if (row->kind == ROW_PACKED || row->kind == ROW_PLINK) {
		if (!put_packed(m, row, t, out))
			return 0;
		s.n_alts = t->counts[1];
		s.n_called = t->n / 2;
	} else {
		if (row->kind == ROW_BYTES && row->len == m->n_samples) {
			o.bytes = row->bytes;
		} else {
			r = calls_words(scratch, row, err);
			o.words = scratch->codes;
		}
		if (r < 0)
			return r;
		find_odd(m, &o);
		if (!put_codes(m, &o, row, t, &s, out))
			return 0;
	}
	r = calls_check_counts(row, s.n_alts, s.n_called, err);
	return r < 0 ? r : 1;
}

int gt_row_put(struct gt_row_maker *m, struct calls_scratch *scratch, const struct stored_row *row,
		unsigned ploidy, struct gt_tally *tally, uint32_t *cell_ploidy, struct buf *out,
		struct err *err)
{
	struct gtb_calls calls;
	int r = 0;

	tally->n = 0;
	tally->n_out_of_range = 0;
	*cell_ploidy = 2;
	if (ploidy == 2)
		r = put_fast(m, scratch, row, tally, out, err);
	if (r == 0) {
		r = calls_decode(scratch, row, &calls, err);
		if (r < 0)
			return r;
		tally->n_out_of_range = calls.n_out_of_range;
		r = put_each(m, &calls, ploidy, tally, cell_ploidy, out);
	}
	if (r == -ENOMEM || buf_failed(out))
		return err_set(err, -ENOMEM, "out of memory");
	return r < 0 ? r : 0;
}
