/* SPDX-License-Identifier: MIT */
#include "core/gtb/gt_row.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/record/record.h"

enum {
	WORD_BYTES = 8,
	DENSE_SHARE = 4,  /* of a row's words, from which on all bytes are looked up */
	REF_CODE = 1,     /* 0|0 */
	INT8_ALLELE = 62, /* (62 + 1) << 1 | 1 is the largest int8 value */
	HELD_BITS = 48,   /* a multiple of those of a byte of either packing */
	ALT = 0,
	NONE = 1 /* missing */
};

/* A byte of packed genotypes: two slots a sample from the lowest bit. */
struct packed_byte {
	uint8_t slots[2]; /* ALT, NONE */
	uint8_t n[2];     /* bits set in them */
	bool bad;
};

/* A way of packing. */
struct packing {
	unsigned samples; /* a byte */
	uint8_t ref;      /* the byte of nothing but 0/0 */
	struct packed_byte bytes[256];
};

enum { PACKED_PHASED, PACKED_UNPHASED, PACKED_PLINK, N_PACKINGS };
static struct packing packings[N_PACKINGS] = { [PACKED_PHASED] = { .samples = 3, .ref = 31 },
	[PACKED_UNPHASED] = { .samples = 4, .ref = 0x55 },
	[PACKED_PLINK] = { .samples = 4, .ref = 0 } };
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

static void put_slot(struct packed_byte *b, unsigned row, unsigned slot)
{
	b->slots[row] |= (uint8_t)(1u << slot);
	b->n[row]++;
}

static void make_packings(void)
{
	const struct call *calls = calls_by_code();

	for (unsigned p = 0; p < N_PACKINGS; p++)
		for (unsigned byte = 0; byte < 256; byte++) {
			struct packed_byte *b = &packings[p].bytes[byte];

			b->bad = p == PACKED_PHASED && byte > 124;
			for (unsigned i = 0; !b->bad && i < packings[p].samples; i++) {
				struct call c = calls[code_in(p, byte, i)];

				for (unsigned h = 0; h < 2; h++) {
					uint8_t allele = h ? c.b : c.a;

					if (allele)
						put_slot(b, allele == GTB_MISSING ? NONE : ALT,
								2 * i + h);
				}
			}
		}
}

uint64_t gt_row_maker_cost(uint32_t n_samples)
{
	/* Bits, slots, odd samples, values, and as much as the encoder keeps. */
	return 32 * ((uint64_t)n_samples + 64);
}

int gt_row_maker_init(struct gt_row_maker *m, uint32_t n_samples)
{
	size_t n = n_samples;

	pthread_once(&packings_made, make_packings);
	m->n_samples = n_samples;
	m->bits[ALT] = malloc(n / 4 + 2 * WORD_BYTES);
	m->bits[NONE] = malloc(n / 4 + 2 * WORD_BYTES);
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

/* The last byte without what fills it. */
static struct packed_byte last_byte(const struct packing *p, uint8_t byte, uint32_t n_samples)
{
	struct packed_byte b = p->bytes[byte];
	unsigned rest = n_samples % p->samples;
	unsigned mask = rest ? (1u << 2 * rest) - 1 : 0xff;

	for (unsigned row = 0; row < 2; row++) {
		b.slots[row] &= (uint8_t)mask;
		b.n[row] = 0;
		for (unsigned bits = b.slots[row]; bits; bits &= bits - 1)
			b.n[row]++;
	}
	return b;
}

static bool is_dense(const uint8_t *bytes, size_t len, uint64_t ref)
{
	size_t n_odd = 0;

	for (size_t i = 0; i + WORD_BYTES <= len; i += WORD_BYTES) {
		uint64_t w;

		memcpy(&w, bytes + i, sizeof(w));
		n_odd += w != ref;
	}
	return n_odd > len / WORD_BYTES / DENSE_SHARE;
}

/* Slots in m->slots: those of ALT 1 from its start, missing ones from n_samples * 2 down. */
static bool list_packed(struct gt_row_maker *m, const struct packing *p,
		const struct stored_row *row, uint32_t *n)
{
	const uint64_t ref = p->ref * UINT64_C(0x0101010101010101);
	uint32_t *alt = m->slots;
	uint32_t *none = m->slots + 2 * (size_t)m->n_samples;
	size_t last = row->len - 1;
	bool bad = false;

	for (size_t i = 0; i < row->len; i += WORD_BYTES) {
		uint64_t w = load_word(row->bytes + i, row->len - i);
		uint64_t x = row->len - i < WORD_BYTES ? 1 : w ^ ref;

		for (size_t at = i; x && at < i + WORD_BYTES && at < row->len; at++, w >>= 8) {
			struct packed_byte b = p->bytes[w & 0xff];
			uint32_t slot = (uint32_t)at * 2 * p->samples;

			bad |= b.bad;
			if (at == last)
				b = last_byte(p, (uint8_t)w, m->n_samples);
			for (unsigned s = b.slots[ALT]; s; s &= s - 1)
				*alt++ = slot + (uint32_t)__builtin_ctz(s);
			for (unsigned s = b.slots[NONE]; s; s &= s - 1)
				*--none = slot + (uint32_t)__builtin_ctz(s);
		}
	}
	n[ALT] = (uint32_t)(alt - m->slots);
	n[NONE] = (uint32_t)(m->slots + 2 * (size_t)m->n_samples - none);
	return !bad;
}

static void reverse(uint32_t *v, uint32_t n)
{
	for (uint32_t i = 0; i < n / 2; i++) {
		uint32_t x = v[i];

		v[i] = v[n - 1 - i];
		v[n - 1 - i] = x;
	}
}

/* Bits of both rows in m->bits. */
static bool fill_bits(struct gt_row_maker *m, const struct packing *p, const struct stored_row *row,
		uint32_t *n)
{
	unsigned width = 2 * p->samples;
	uint64_t held[2] = { 0 }; /* bits that are not stored yet */
	uint8_t *to[2] = { m->bits[ALT], m->bits[NONE] };
	unsigned n_held = 0;
	bool bad = false;

	n[ALT] = n[NONE] = 0;
	for (size_t i = 0; i < row->len; i++) {
		struct packed_byte b = p->bytes[row->bytes[i]];

		bad |= b.bad;
		if (i + 1 == row->len)
			b = last_byte(p, row->bytes[i], m->n_samples);
		for (unsigned r = 0; r < 2; r++) {
			held[r] |= (uint64_t)b.slots[r] << n_held;
			n[r] += b.n[r];
		}
		n_held += width;
		if (n_held < HELD_BITS && i + 1 < row->len)
			continue;
		for (unsigned r = 0; r < 2; r++) {
			held[r] = htole64(held[r]);
			memcpy(to[r], &held[r], sizeof(held[r]));
			to[r] += HELD_BITS / 8;
			held[r] = 0;
		}
		n_held = 0;
	}
	return !bad;
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
	uint32_t n[2];
	bool dense;

	if (row->len != packed_row_size(m->n_samples, p->samples == 3))
		return false;
	dense = is_dense(row->bytes, row->len, p->ref * UINT64_C(0x0101010101010101));
	if (!(dense ? fill_bits(m, p, row, n) : list_packed(m, p, row, n)))
		return false;
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

static void find_odd(struct gt_row_maker *m, struct odd_codes *o)
{
	unsigned a_word = o->bytes ? WORD_BYTES : WORD_BYTES / 2;
	uint64_t ref = o->bytes ? UINT64_C(0x0101010101010101) : UINT64_C(0x0001000100010001);
	const uint8_t *p = o->bytes ? o->bytes : (const uint8_t *)o->words;
	uint32_t n = 0;

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
			n += (o->bytes ? o->bytes[s] : o->words[s]) != REF_CODE;
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

static uint32_t code_at(const struct odd_codes *o, uint32_t sample)
{
	return o->bytes ? o->bytes[sample] : o->words[sample];
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
