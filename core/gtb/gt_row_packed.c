/* SPDX-License-Identifier: MIT */
/* Rows of two alleles, several samples a byte. */
#include <pthread.h>
#include <string.h>

#include "core/base/inline.h"
#include "core/gtb/gt_row_private.h"

enum {
	FEW = 64,       /* one slot in so many is listed for sure, */
	FEWER = 32,     /* or one in so many, where bits can be spread */
	LIST_HEAD = 5,  /* bytes: a row's form, and how many slots it lists */
	BYTE_SLOTS = 8, /* that a byte has at most */
	GROUP = 4,      /* bytes whose bits are put together */
	BITS = 32,      /* of packing.bits; above them are counts */
	COUNT_BITS = 8,
	/* Of packing.listed: how many slots, and what else the byte has. */
	LISTED = 0x0f,
	HAS_NONE = 0x40,
	IS_BAD = 0x80
};

/*
 * A way of packing. Of each byte, two slots a sample from the lowest bit on, those with ALT 1 or
 * those without a call: which they are, as bits and in a list. @bits has them for each place in a
 * group, and how many there are above: first of that sort, then without a call.
 */
struct packing {
	unsigned samples; /* a byte */
	uint8_t ref;      /* the byte of nothing but 0/0 */
	uint8_t most;     /* the highest byte that can be */
	uint64_t bits[2][GROUP][256];
	uint16_t slots[2][256][BYTE_SLOTS];
	uint8_t listed[2][256];
	uint8_t phased[2][PHASED_TABLE]; /* for gt_row_way.fill(), of three samples a byte */
	/* The first slot of each of 64 bytes, as often as a byte has some. */
	uint16_t first[MASK_BYTES][BYTE_SLOTS];
};

enum { PACKED_PHASED, PACKED_UNPHASED, PACKED_PLINK, N_PACKINGS };
static struct packing packings[N_PACKINGS] = {
	[PACKED_PHASED] = { .samples = PHASED_A_BYTE, .ref = 31, .most = 124 },
	[PACKED_UNPHASED] = { .samples = UNPHASED_A_BYTE, .ref = 0x55, .most = 255 },
	[PACKED_PLINK] = { .samples = UNPHASED_A_BYTE, .ref = 0, .most = 255 },
};
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
	uint64_t bits[2] = { 0 };
	unsigned n[2] = { 0 };

	for (unsigned slot = 0; slot < 2 * p->samples; slot++) {
		struct call c = calls[code_in(packing, byte, slot / 2)];
		uint8_t allele = slot % 2 ? c.b : c.a;
		unsigned row = allele == GTB_MISSING ? NONE : ALT;

		if (!allele)
			continue;
		bits[row] |= UINT64_C(1) << slot;
		p->slots[row][byte][n[row]++] = (uint16_t)slot;
	}
	for (unsigned row = 0; row < 2; row++) {
		if (byte < PHASED_TABLE)
			p->phased[row][byte] = (uint8_t)(bits[row] | (n[NONE] ? FILL_NONE : 0));
		p->listed[row][byte] = (uint8_t)(n[row] | (n[NONE] ? HAS_NONE : 0));
		for (unsigned i = 0; i < GROUP; i++)
			p->bits[row][i][byte] = bits[row] << i * 2 * p->samples |
						(uint64_t)n[row] << BITS |
						(uint64_t)n[NONE] << (BITS + COUNT_BITS);
	}
}

static void make_packings(void)
{
	for (unsigned k = 0; k < N_PACKINGS; k++) {
		struct packing *p = &packings[k];

		for (unsigned byte = 0; byte <= p->most; byte++)
			make_byte(p, k, byte);
		for (unsigned byte = p->most + 1u; byte < 256; byte++)
			p->listed[ALT][byte] = IS_BAD;
		for (unsigned byte = p->most + 1u; byte < PHASED_TABLE; byte++)
			p->phased[ALT][byte] = FILL_BAD;
		for (unsigned i = 0; i < MASK_BYTES * BYTE_SLOTS; i++)
			p->first[i / BYTE_SLOTS][i % BYTE_SLOTS] =
					(uint16_t)(i / BYTE_SLOTS * 2 * p->samples);
	}
}

/* The slots of a last byte, as bits: what fills it left out. */
static uint32_t slots_of_last(uint32_t n_samples, unsigned samples)
{
	unsigned rest = n_samples % samples;

	return (1u << 2 * (rest ? rest : samples)) - 1;
}

void gt_row_packed_init(struct gt_row_maker *m)
{
	m->last_slots[0] = slots_of_last(m->n_samples, PHASED_A_BYTE);
	m->last_slots[1] = slots_of_last(m->n_samples, UNPHASED_A_BYTE);
	pthread_once(&packings_made, make_packings);
}

static inline uint32_t last_bits(const struct gt_row_maker *m, const struct packing *p,
		const struct stored_row *row, unsigned which)
{
	uint8_t byte = row->bytes[row->len - 1];

	if (byte == p->ref)
		return 0;
	return (uint32_t)p->bits[which][0][byte] & m->last_slots[p->samples == UNPHASED_A_BYTE];
}

/* ---- as lists ---- */

/* Whether slots are listed in two bytes each. */
static inline bool is_narrow(const struct gt_row_maker *m)
{
	return 2 * (size_t)m->n_samples <= UINT16_MAX + 1;
}

/* The slots of a byte, @first + @in_mask + @slots: all of BYTE_SLOTS, so that how many there are is
 * no branch. */
INLINE void write_slots(uint8_t *to, uint32_t first, const uint16_t *in_mask, const uint16_t *slots,
		size_t each)
{
	uint16_t u16[BYTE_SLOTS];
	uint32_t u32[BYTE_SLOTS];

	for (unsigned i = 0; i < BYTE_SLOTS; i++) {
		u16[i] = htole16((uint16_t)(first + in_mask[i] + slots[i]));
		u32[i] = htole32(first + in_mask[i] + slots[i]);
	}
	if (each == sizeof(*u16))
		memcpy(to, u16, sizeof(u16));
	else
		memcpy(to, u32, sizeof(u32));
}

/* The row's slots of a sort, of @each bytes, to @to, where BYTE_SLOTS more may be written. Return:
 * their end; @seen: what is said of its bytes. */
INLINE uint8_t *list_slots(const struct gt_row_maker *m, const struct packing *p,
		const struct stored_row *row, unsigned which, size_t each, uint8_t *to,
		uint8_t *seen)
{
	const uint8_t *listed = p->listed[which];
	const uint16_t(*slots)[BYTE_SLOTS] = p->slots[which];
	const uint32_t a_byte = 2 * p->samples;
	const uint32_t last = (uint32_t)row->len - 1;
	const uint8_t *bytes = row->bytes;
	const struct gt_odd *o = m->odd_bytes;
	const struct gt_odd *end = o + m->n_odd_bytes;
	uint8_t flags = listed[bytes[last]] & IS_BAD;

	for (; o < end; o++) {
		const uint8_t *first = bytes + o->first;
		uint32_t slot = o->first * a_byte;
		uint64_t mask = o->mask;

		do {
			unsigned at = (unsigned)__builtin_ctzll(mask);
			uint8_t byte = first[at];
			uint8_t n = listed[byte];

			write_slots(to, slot, p->first[at], slots[byte], each);
			to += (n & LISTED) * each;
			flags |= n;
			mask &= mask - 1;
		} while (mask);
	}
	for (uint32_t bits = last_bits(m, p, row, which); bits; bits &= bits - 1) {
		const uint16_t slot[BYTE_SLOTS] = { (uint16_t)__builtin_ctz(bits) };

		write_slots(to, last * a_byte, p->first[0], slot, each);
		to += each;
	}
	*seen = flags;
	return to;
}

/* A list that became longer than bits are. @at: of its row in @out. */
static void list_to_bits(const struct gt_row_maker *m, unsigned which, uint32_t n, size_t at,
		struct buf *out)
{
	const struct gt_row list = { .form = is_narrow(m) ? GT_ROW_LIST16 : GT_ROW_LIST32,
		.n = n,
		.data = out->data + at + LIST_HEAD };
	uint8_t *bits = m->bits[which];
	size_t size = (2 * (size_t)m->n_samples + 7) / 8;

	memset(bits, 0, size);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t slot = gt_row_slot(&list, i);

		bits[slot / 8] |= (uint8_t)(1u << slot % 8);
	}
	out->data[at] = GT_ROW_BITS;
	memcpy(out->data + at + 1, bits, size);
	out->len = at + 1 + size;
}

INLINE uint32_t put_list(const struct gt_row_maker *m, const struct packing *p,
		const struct stored_row *row, unsigned which, struct buf *out, uint8_t *seen)
{
	uint8_t *at = out->data + out->len;
	uint8_t *to = at + LIST_HEAD;
	uint8_t *end = is_narrow(m) ? list_slots(m, p, row, which, sizeof(uint16_t), to, seen)
				    : list_slots(m, p, row, which, sizeof(uint32_t), to, seen);
	uint32_t n = (uint32_t)((size_t)(end - to) / (is_narrow(m) ? 2 : 4));
	uint32_t le = htole32(n);
	size_t size;

	*at = (uint8_t)gt_row_form_of(n, 2 * (size_t)m->n_samples, &size);
	memcpy(at + 1, &le, sizeof(le));
	if (*at == GT_ROW_BITS)
		list_to_bits(m, which, n, out->len, out);
	else
		out->len += 1 + size;
	return n;
}

uint32_t gt_row_list_any(const struct gt_row_maker *m, const struct packing *p,
		const struct stored_row *row, unsigned which, struct buf *out, uint8_t *seen)
{
	return put_list(m, p, row, which, out, seen);
}

#ifdef __x86_64__

__attribute__((target("avx2,bmi,bmi2"))) uint32_t gt_row_list_avx2(const struct gt_row_maker *m,
		const struct packing *p, const struct stored_row *row, unsigned which,
		struct buf *out, uint8_t *seen)
{
	return put_list(m, p, row, which, out, seen);
}

#endif

/* Where false is returned, @out is as before. */
static bool put_lists(struct gt_row_maker *m, const struct packing *p, const struct stored_row *row,
		uint32_t n_odd, uint32_t *n, struct buf *out)
{
	size_t start = out->len;
	size_t most = (n_odd + 2ull) * BYTE_SLOTS * sizeof(uint32_t);
	uint8_t seen;

	if (!buf_reserve(out, CELL_HEAD + 2 * (LIST_HEAD + most + row->len) + 1))
		return true;
	out->len += CELL_HEAD;
	n[ALT] = m->way->list(m, p, row, ALT, out, &seen);
	/* An allele that it does not have makes the whole call missing. */
	if (seen & IS_BAD || (row->n_alleles < 2 && n[ALT])) {
		out->len = start;
		return false;
	}
	if (!n[ALT])
		out->len = start + CELL_HEAD;
	if (seen & HAS_NONE || last_bits(m, p, row, NONE))
		n[NONE] = m->way->list(m, p, row, NONE, out, &seen);
	else
		out->data[out->len++] = GT_ROW_EMPTY;
	gt_row_write_head(out->data + start, n[ALT] > 0, row->phased);
	return true;
}

/* ---- as bits ---- */

static bool has_bad_byte(const struct packing *p, const uint8_t *bytes, size_t len)
{
	uint8_t most = 0;

	for (size_t i = 0; i < len; i++)
		most = bytes[i] > most ? bytes[i] : most;
	return most > p->most;
}

/* What a row has beside its slots of a sort. */
struct others {
	bool none; /* slots without a call */
	bool bad;  /* bytes that cannot be; set for ALT only */
};

/* To m->bits, a group at a time: its bits are whole bytes. @samples: that a byte has. */
INLINE uint32_t fill_bits_of(const struct gt_row_maker *m, const struct packing *p,
		const struct stored_row *row, unsigned which, unsigned samples,
		struct others *others)
{
	const uint64_t(*bits)[256] = p->bits[which];
	const uint8_t *b = row->bytes;
	uint8_t *to = m->bits[which];
	size_t last = row->len - 1;
	uint64_t all = 0;
	uint64_t n = 0;
	uint64_t group;
	uint32_t word;
	size_t i = 0;

	others->bad = false;
	if (samples == PHASED_A_BYTE && m->way->fill) {
		struct gt_row_filled filled;

		i = m->way->fill(b, last, p->phased[which], to, &filled);
		to += i / GROUP * samples;
		n = filled.n;
		all = (uint64_t)filled.has_none << (BITS + COUNT_BITS);
		others->bad = filled.has_bad;
	}
	if (which == ALT && p->most < UINT8_MAX)
		others->bad |= has_bad_byte(p, b + i, row->len - i);
	for (; i + GROUP <= last; i += GROUP, to += samples) {
		group = bits[0][b[i]] + bits[1][b[i + 1]] + bits[2][b[i + 2]] + bits[3][b[i + 3]];
		word = htole32((uint32_t)group);
		memcpy(to, &word, sizeof(word));
		n += group >> BITS & ((1u << COUNT_BITS) - 1);
		all |= group;
	}
	group = (uint64_t)last_bits(m, p, row, which) << (last - i) * 2 * samples;
	n += (uint64_t)__builtin_popcount((uint32_t)group);
	for (unsigned k = 0; i < last; i++, k++)
		group += bits[k][b[i]];
	word = htole32((uint32_t)group);
	memcpy(to, &word, sizeof(word));
	n += group >> BITS & ((1u << COUNT_BITS) - 1);
	others->none = (all | group) >> (BITS + COUNT_BITS) || last_bits(m, p, row, NONE);
	return (uint32_t)n;
}

static uint32_t fill_bits(const struct gt_row_maker *m, const struct packing *p,
		const struct stored_row *row, unsigned which, struct others *others)
{
	return p->samples == PHASED_A_BYTE
			       ? fill_bits_of(m, p, row, which, PHASED_A_BYTE, others)
			       : fill_bits_of(m, p, row, which, UNPHASED_A_BYTE, others);
}

/* Of @n slots, in bits, the list. */
static void put_spread(
		const struct gt_row_maker *m, const uint8_t *bits, uint32_t n, struct buf *out)
{
	size_t size = LIST_HEAD + n * sizeof(uint16_t);
	uint32_t le = htole32(n);
	uint8_t *to;

	if (!buf_reserve(out, size + SPREAD_ROOM))
		return;
	to = out->data + out->len;
	*to = GT_ROW_LIST16;
	memcpy(to + 1, &le, sizeof(le));
	m->way->spread(bits, 2 * m->n_samples, to + LIST_HEAD);
	out->len += size;
}

/* Of @n slots, in bits. */
static void put_bits(const struct gt_row_maker *m, const uint8_t *bits, uint32_t n, struct buf *out)
{
	const struct gt_row row = { .form = GT_ROW_BITS, .data = bits };
	const uint32_t n_slots = 2 * m->n_samples;
	struct gt_row_iter it = gt_row_iter(&row, n_slots);
	enum gt_row_form form;
	size_t size;

	if (!n) {
		buf_put_u8(out, GT_ROW_EMPTY);
		return;
	}
	form = gt_row_form_of(n, n_slots, &size);
	if (form == GT_ROW_BITS) {
		buf_put_u8(out, GT_ROW_BITS);
		buf_put(out, bits, size);
		return;
	}
	if (form == GT_ROW_LIST16 && m->way->spread) {
		put_spread(m, bits, n, out);
		return;
	}
	n = 0;
	while (gt_row_iter_next(&it, &m->slots[n]))
		n++;
	gt_row_put_slots(out, m->slots, n, n_slots);
}

static bool put_filled(struct gt_row_maker *m, const struct packing *p,
		const struct stored_row *row, uint32_t *n, struct buf *out)
{
	struct others others;

	n[ALT] = fill_bits(m, p, row, ALT, &others);
	/* As above. */
	if (others.bad || (row->n_alleles < 2 && n[ALT]))
		return false;
	if (others.none)
		n[NONE] = fill_bits(m, p, row, NONE, &others);
	gt_row_put_head(out, n[ALT] > 0, row->phased);
	if (n[ALT])
		put_bits(m, m->bits[ALT], n[ALT], out);
	put_bits(m, m->bits[NONE], n[NONE], out);
	return true;
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
	const struct packing *p = packing_of(row);
	uint32_t n_slots = 2 * m->n_samples;
	uint32_t n[2] = { 0 };
	uint32_t n_odd;
	size_t size;

	if (row->len != packed_row_size(m->n_samples, p->samples == PHASED_A_BYTE))
		return false;
	/* Those that are found have a slot at least each. */
	n_odd = m->way->find(m, row->bytes, row->len - 1, p->ref);
	if ((n_odd > n_slots / FEW && gt_row_form_of(n_odd, n_slots, &size) == GT_ROW_BITS) ||
			(n_odd > n_slots / FEWER && m->way->spread && is_narrow(m))) {
		if (!put_filled(m, p, row, n, out))
			return false;
	} else if (!put_lists(m, p, row, n_odd, n, out)) {
		return false;
	}
	buf_put_u8(out, GT_ROW_EMPTY);
	t->n_alleles = 2;
	t->counts[1] = n[ALT];
	t->n = n_slots - n[NONE];
	return true;
}
