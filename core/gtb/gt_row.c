/* SPDX-License-Identifier: MIT */
#include "core/gtb/gt_row_private.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/record/record.h"

enum {
	REF_CODE = 1,    /* 0|0 */
	INT8_ALLELE = 62 /* (62 + 1) << 1 | 1 is the largest int8 value */
};

uint64_t gt_row_maker_cost(uint32_t n_samples)
{
	/* Bits, slots, odd samples, values, and as much as the encoder keeps. */
	return 32 * ((uint64_t)n_samples + 64);
}

int gt_row_maker_init(struct gt_row_maker *m, uint32_t n_samples)
{
	const size_t margin = 16; /* words are stored whole */
	size_t n = n_samples;

	m->n_samples = n_samples;
	m->bits[ALT] = malloc(n / 4 + margin);
	m->bits[NONE] = malloc(n / 4 + margin);
	m->slots = malloc((2 * n + GTB_MISSING + 2) * sizeof(*m->slots));
	m->odd = malloc((n + 1) * sizeof(*m->odd));
	m->odd_bytes = malloc((n / MASK_BYTES + 1) * sizeof(*m->odd_bytes));
	m->values = malloc(4 * n + 1);
	m->way = gt_row_ways;
	while (!m->way->works())
		m->way++;
	gt_row_packed_init(m);
	return m->bits[ALT] && m->bits[NONE] && m->slots && m->odd && m->odd_bytes && m->values
			       ? 0
			       : -ENOMEM;
}

void gt_row_maker_done(struct gt_row_maker *m)
{
	free(m->bits[ALT]);
	free(m->bits[NONE]);
	free(m->slots);
	free(m->odd);
	free(m->odd_bytes);
	free(m->values);
	gt_scratch_done(&m->encode);
	*m = (struct gt_row_maker){ 0 };
}

/* ---- rows of a cell ---- */

static void write_list16(uint8_t *to, const uint32_t *slots, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++, to += sizeof(uint16_t)) {
		uint16_t slot = htole16((uint16_t)slots[i]);

		memcpy(to, &slot, sizeof(slot));
	}
}

static void write_list32(uint8_t *to, const uint32_t *slots, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++, to += sizeof(uint32_t)) {
		uint32_t slot = htole32(slots[i]);

		memcpy(to, &slot, sizeof(slot));
	}
}

void gt_row_put_slots(struct buf *out, const uint32_t *slots, uint32_t n, size_t n_slots)
{
	uint32_t le = htole32(n);
	enum gt_row_form form;
	size_t size;
	uint8_t *to;

	if (!n) {
		buf_put_u8(out, GT_ROW_EMPTY);
		return;
	}
	form = gt_row_form_of(n, n_slots, &size);
	if (!buf_reserve(out, 1 + size))
		return;
	to = out->data + out->len;
	out->len += 1 + size;
	*to++ = (uint8_t)form;
	if (form == GT_ROW_BITS) {
		memset(to, 0, size);
		for (uint32_t i = 0; i < n; i++)
			to[slots[i] / 8] |= (uint8_t)(1u << slots[i] % 8);
		return;
	}
	memcpy(to, &le, sizeof(le));
	if (form == GT_ROW_LIST16)
		write_list16(to + sizeof(le), slots, n);
	else
		write_list32(to + sizeof(le), slots, n);
}

void gt_row_write_head(uint8_t *to, uint32_t highest, bool phased)
{
	to[0] = highest > INT8_ALLELE ? RECORD_INT16 : RECORD_INT8;
	to[1] = phased ? GT_PHASED : GT_UNPHASED;
	to[2] = (uint8_t)highest;
	to[3] = (uint8_t)(highest >> 8);
}

void gt_row_put_head(struct buf *out, uint32_t highest, bool phased)
{
	uint8_t head[CELL_HEAD];

	gt_row_write_head(head, highest, phased);
	buf_put(out, head, sizeof(head));
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

static void list_odd(struct gt_row_maker *m)
{
	uint32_t n = 0;

	for (uint32_t k = 0; k < m->n_odd_bytes; k++)
		for (uint64_t mask = m->odd_bytes[k].mask; mask; mask &= mask - 1)
			m->odd[n++] = m->odd_bytes[k].first + (uint32_t)__builtin_ctzll(mask);
}

static void find_odd(struct gt_row_maker *m, struct odd_codes *o)
{
	uint32_t n = 0;

	if (o->bytes) {
		o->n = m->way->find(m, o->bytes, m->n_samples, REF_CODE);
		list_odd(m);
		return;
	}
	assert(o->words);
	for (uint32_t i = 0; i < m->n_samples; i++) {
		m->odd[n] = i;
		n += o->words[i] != REF_CODE;
	}
	o->n = n;
}

/* The alleles of a code as they are shown, and what the row says in all. */
struct shown {
	const struct stored_row *row;
	const struct call *by_code;
	const struct call *of_bytes; /* by code, as shown; NULL: of a row of words */
	uint64_t n_alts;             /* as stored */
	uint64_t n_called;
};

static struct call show_code(const struct shown *s, uint32_t code)
{
	struct call c = s->by_code[code];

	if (!s->row->phased && c.a > c.b)
		c = (struct call){ c.b, c.a };
	if (c.a >= s->row->n_alleles || c.b >= s->row->n_alleles)
		c = (struct call){ GTB_MISSING, GTB_MISSING };
	return c;
}

static inline struct call show(const struct shown *s, uint32_t code)
{
	return s->of_bytes ? s->of_bytes[code] : show_code(s, code);
}

/* As show_code(), of all codes of a byte; most rows have as many alleles as the last one. */
static const struct call *show_bytes(struct gt_row_maker *m, const struct shown *s)
{
	if (!m->shown_alleles || m->shown_alleles != s->row->n_alleles ||
			m->shown_phased != s->row->phased)
		for (unsigned code = 0; code < 256; code++)
			m->shown[code] = show_code(s, code);
	m->shown_alleles = s->row->n_alleles;
	m->shown_phased = s->row->phased;
	return m->shown;
}

/* @highest: the highest allele that is shown. Return: false where a code is too large. */
static bool count_odd(const struct gt_row_maker *m, const struct odd_codes *o, struct shown *s,
		struct gt_tally *t, uint32_t *highest, uint32_t *n_none)
{
	/* Of a sample's second allele: most are the same as the first, and each count would wait
	 * for the one before. */
	uint32_t second[GTB_MISSING];

	t->n_alleles = s->row->n_alleles < GTB_MISSING ? s->row->n_alleles : GTB_MISSING;
	memset(t->counts, 0, t->n_alleles * sizeof(*t->counts));
	memset(second, 0, t->n_alleles * sizeof(*second));
	*highest = 0;
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
		second[c.b]++;
		*highest = c.a > *highest ? c.a : *highest;
		*highest = c.b > *highest ? c.b : *highest;
	}
	for (uint32_t a = 0; a < t->n_alleles; a++)
		t->counts[a] += second[a];
	return true;
}

/* m->slots by row: those of ALT 1 to @highest, then missing ones; @at: where each begins, its end
 * afterwards. Those of REF are written where none is, so that they are no branch. */
static void sort_odd(struct gt_row_maker *m, const struct odd_codes *o, const struct shown *s,
		uint32_t highest, uint32_t *at)
{
	for (uint32_t i = 0; i < o->n; i++) {
		uint32_t sample = m->odd[i];
		struct call c = show(s, code_at(o, sample));
		uint32_t row_a = c.a == GTB_MISSING ? highest + 1 : c.a;
		uint32_t row_b = c.b == GTB_MISSING ? highest + 1 : c.b;

		m->slots[at[row_a]] = 2 * sample;
		at[row_a] += row_a > 0;
		m->slots[at[row_b]] = 2 * sample + 1;
		at[row_b] += row_b > 0;
	}
}

/* Likewise. */
static bool put_codes(struct gt_row_maker *m, const struct odd_codes *o,
		const struct stored_row *row, struct gt_tally *t, struct shown *s, struct buf *out)
{
	uint32_t n_slots = 2 * m->n_samples;
	uint32_t at[GTB_MISSING + 2];
	uint32_t highest;
	uint32_t n_none;

	if (!count_odd(m, o, s, t, &highest, &n_none))
		return false;
	at[0] = n_slots;
	at[1] = 0;
	for (uint32_t a = 1; a <= highest; a++)
		at[a + 1] = at[a] + t->counts[a];
	sort_odd(m, o, s, highest, at);
	gt_row_put_head(out, highest, row->phased);
	for (uint32_t a = 1; a <= highest; a++)
		gt_row_put_slots(out, m->slots + at[a] - t->counts[a], t->counts[a], n_slots);
	gt_row_put_slots(out, m->slots + at[highest + 1] - n_none, n_none, n_slots);
	buf_put_u8(out, GT_ROW_EMPTY);
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
	struct shown s = { .row = row };
	struct odd_codes o = { 0 };
	int r = 0;

	if (row->kind == ROW_PACKED || row->kind == ROW_PLINK) {
		if (!gt_row_put_packed(m, row, t, out))
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
		s.by_code = calls_by_code();
		s.of_bytes = o.bytes ? show_bytes(m, &s) : NULL;
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
