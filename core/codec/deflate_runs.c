/* SPDX-License-Identifier: MIT */
#include "core/codec/deflate_runs.h"

#include <assert.h>
#include <endian.h>
#include <stdbool.h>
#include <string.h>

#include "core/base/byte_mask.h"

enum {
	DISTANCE = 48,
	LENGTH_MIN = 3, /* of a repeat, by the format */
	LENGTH_MAX = 258,
	WORTH_MIN = 16, /* of one that ends literal bytes */
	GO_ON_MIN = 8,  /* and of one with few of them before it */
	GO_ON_LITERALS = 4,
	STORED_MIN = 64, /* so many literal bytes are stored, */
	STORED_END = 64, /* and so long a repeat ends them */
	STORED_STEP = 8, /* between places where that is looked for */

	END_CODE = 256,
	END_BITS = 7,
	BLOCK_BITS = 3,
	BLOCK_STORED = 0,
	BLOCK_FIXED = 2, /* type 1, shifted past the bit of the last one */
	BLOCK_LAST = 1,
};

static const uint64_t EACH_STEP = 0x0101010101010101; /* of STORED_STEP bits */

struct writer {
	uint8_t *at;
	uint64_t bits;
	unsigned n_bits;
	bool open; /* a block of fixed codes is */
};

/* A symbol's code, as it is sent: from its highest bit on. */
struct symbol {
	uint32_t code;
	uint8_t bits;
};

static struct symbol literals[END_CODE];
static struct symbol repeats[LENGTH_MAX + 1]; /* lengths with their extra bits and the distance */

static unsigned reversed(unsigned v, unsigned n_bits)
{
	unsigned r = 0;

	for (; n_bits; n_bits--, v >>= 1)
		r = r << 1 | (v & 1);
	return r;
}

/* RFC 1951, 3.2.6: the fixed codes. */
static struct symbol fixed_symbol(unsigned v)
{
	unsigned bits = v < 144 ? 8 : v < 256 ? 9 : v < 280 ? 7 : 8;
	unsigned code = v < 144   ? 0x30 + v
			: v < 256 ? 0x190 + v - 144
			: v < 280 ? v - 256
				  : 0xc0 + v - 280;

	return (struct symbol){ .code = reversed(code, bits), .bits = (uint8_t)bits };
}

/* 3.2.5: lengths. Codes from 265 on stand for 2, 4, ... of them; the last one for itself. */
static void length_code(unsigned len, unsigned *code, unsigned *extra, unsigned *extra_bits)
{
	unsigned v = len - LENGTH_MIN;
	unsigned n = 0;

	*extra_bits = 0;
	*extra = 0;
	if (len == LENGTH_MAX) {
		*code = 285;
		return;
	}
	while (v >> n >= 8)
		n++;
	*extra_bits = n;
	*extra = v & ((1u << n) - 1);
	*code = 257 + 4 * n + (v >> n);
}

static void __attribute__((constructor)) make_symbols(void)
{
	/* 33 to 48 have code 10 and 4 extra bits. */
	const unsigned distance = reversed(10, 5) | (DISTANCE - 33) << 5;
	const unsigned distance_bits = 5 + 4;

	for (unsigned v = 0; v < END_CODE; v++)
		literals[v] = fixed_symbol(v);
	for (unsigned len = LENGTH_MIN; len <= LENGTH_MAX; len++) {
		unsigned code;
		unsigned extra;
		unsigned n;
		struct symbol s;

		length_code(len, &code, &extra, &n);
		s = fixed_symbol(code);
		repeats[len].code = s.code | extra << s.bits | distance << (s.bits + n);
		repeats[len].bits = (uint8_t)(s.bits + n + distance_bits);
	}
}

static inline void put_bits(struct writer *w, uint32_t v, unsigned n)
{
	w->bits |= (uint64_t)v << w->n_bits;
	w->n_bits += n;
	if (w->n_bits >= 32) {
		uint32_t word = htole32((uint32_t)w->bits);

		memcpy(w->at, &word, sizeof(word));
		w->at += sizeof(word);
		w->bits >>= 32;
		w->n_bits -= 32;
	}
}

static void to_byte(struct writer *w)
{
	for (; w->n_bits; w->n_bits = w->n_bits > 8 ? w->n_bits - 8 : 0, w->bits >>= 8)
		*w->at++ = (uint8_t)w->bits;
	w->bits = 0;
}

static void open_fixed(struct writer *w)
{
	if (!w->open)
		put_bits(w, BLOCK_FIXED, BLOCK_BITS);
	w->open = true;
}

static void end_fixed(struct writer *w)
{
	if (w->open)
		put_bits(w, 0, END_BITS);
	w->open = false;
}

static void put_stored(struct writer *w, unsigned type, const uint8_t *x, size_t n)
{
	uint16_t len = htole16((uint16_t)n);
	uint16_t not_len = (uint16_t)~len;

	end_fixed(w);
	put_bits(w, type, BLOCK_BITS);
	to_byte(w);
	memcpy(w->at, &len, sizeof(len));
	memcpy(w->at + 2, &not_len, sizeof(not_len));
	memcpy(w->at + 4, x, n);
	w->at += 4 + n;
}

static void put_literals(struct writer *w, const uint8_t *x, size_t n)
{
	if (n >= STORED_MIN) {
		put_stored(w, BLOCK_STORED, x, n);
		return;
	}
	if (n)
		open_fixed(w);
	for (size_t i = 0; i < n; i++)
		put_bits(w, literals[x[i]].code, literals[x[i]].bits);
}

static void put_repeat(struct writer *w, size_t n)
{
	open_fixed(w);
	while (n) {
		size_t len = n < LENGTH_MAX ? n : LENGTH_MAX;

		/* What is left can be said too. */
		if (n > len && n - len < LENGTH_MIN)
			len -= LENGTH_MIN;
		put_bits(w, repeats[len].code, repeats[len].bits);
		n -= len;
	}
}

/* Of each byte whether it differs from what is DISTANCE before it; the first ones do, and those
 * past the last one. */
struct marks {
	uint64_t words[DEFLATE_RUNS_MAX / BYTE_MASK + 3];
};

/* @n bytes that begin at a whole word, less than one of them. */
static uint64_t mark_some(const uint8_t *x, size_t i, size_t n)
{
	uint64_t differ = ~UINT64_C(0);

	for (size_t k = i < DISTANCE ? DISTANCE - i : 0; k < n; k++)
		if (x[i + k] == x[i + k - DISTANCE])
			differ &= ~(UINT64_C(1) << k);
	return differ;
}

static void mark(struct marks *m, const uint8_t *x, size_t n)
{
	size_t n_whole = n / BYTE_MASK;

	if (n_whole > 1)
		byte_mask_differ(
				x + BYTE_MASK, x + BYTE_MASK - DISTANCE, n_whole - 1, m->words + 1);
	m->words[0] = mark_some(x, 0, n < BYTE_MASK ? n : BYTE_MASK);
	if (n_whole)
		m->words[n_whole] = mark_some(x, n_whole * BYTE_MASK, n % BYTE_MASK);
	m->words[n_whole + 1] = m->words[n_whole + 2] = ~UINT64_C(0);
}

/* Those of 64 bytes from @i on. */
static inline uint64_t marks_from(const struct marks *m, size_t i)
{
	const uint64_t *w = m->words + i / BYTE_MASK;

	/* In two steps: a word cannot be shifted by all of its bits. */
	return w[0] >> i % BYTE_MASK | w[1] << 1 << (BYTE_MASK - 1 - i % BYTE_MASK);
}

/* The first byte from @i on that differs. */
static inline size_t next_mark(const struct marks *m, size_t i)
{
	size_t k = i / BYTE_MASK;
	uint64_t w = m->words[k] >> i % BYTE_MASK;

	if (w)
		return i + (size_t)__builtin_ctzll(w);
	do
		w = m->words[++k];
	while (!w);
	return k * BYTE_MASK + (size_t)__builtin_ctzll(w);
}

/* A repeat: bytes [at, end), none where that is nothing. */
struct repeat {
	size_t at;
	size_t end;
};

/* After few literal bytes, from @begin on, in an open block: the first that is worth it there. */
static struct repeat find_close(const struct marks *m, size_t begin, size_t i)
{
	struct repeat r = { .at = i };

	for (; r.at - begin <= GO_ON_LITERALS; r.at = r.end + 1) {
		r.end = next_mark(m, r.at);
		if (r.end - r.at >= GO_ON_MIN)
			return r;
	}
	r.end = r.at;
	return r;
}

/* Likewise after fewer than are stored. @i: the byte before it differs. */
static struct repeat find_near(const struct marks *m, size_t begin, size_t i)
{
	const size_t step = BYTE_MASK - WORTH_MIN + 1; /* where one may begin that is seen whole */
	struct repeat r = { 0 };

	while (i < begin + STORED_MIN) {
		uint64_t same = ~marks_from(m, i);

		for (unsigned n = 1; n < WORTH_MIN; n *= 2)
			same &= same >> n;
		r.at = i + (same ? (size_t)__builtin_ctzll(same) : step);
		if (same && r.at < begin + STORED_MIN) {
			r.end = next_mark(m, r.at);
			return r;
		}
		i = r.at;
	}
	r.at = r.end = next_mark(m, begin + STORED_MIN - 1) + 1;
	return r;
}

/* Among stored bytes, where only long ones are looked for, and may begin a little late: the first
 * that is worth it; it is at @n or behind it where none is. */
static struct repeat find_far(const struct marks *m, size_t i, size_t n)
{
	struct repeat r = { .at = i };

	for (; r.at + STORED_STEP <= n; r.at = r.end + 1) {
		uint64_t w = marks_from(m, r.at);
		uint64_t whole = (w - EACH_STEP) & ~w & EACH_STEP << (STORED_STEP - 1);

		/* The lowest bit that is set is right: of the first step without a mark. */
		if (!whole) {
			r.end = r.at + BYTE_MASK - 1;
			continue;
		}
		r.at += (size_t)__builtin_ctzll(whole) / STORED_STEP * STORED_STEP;
		r.end = next_mark(m, r.at);
		if (r.end - r.at >= STORED_END)
			return r;
	}
	r.end = r.at;
	return r;
}

/* The next repeat that is worth ending literal bytes for, which begin at @begin. @i: from where on
 * it may be; the byte before it differs. */
static struct repeat find_repeat(
		const struct writer *w, const struct marks *m, size_t begin, size_t i, size_t n)
{
	struct repeat r = { .at = i, .end = i };

	if (w->open)
		r = find_close(m, begin, r.at);
	if (r.at == r.end)
		r = find_near(m, begin, r.at);
	return r.at == r.end ? find_far(m, r.at, n) : r;
}

size_t deflate_runs(const uint8_t *x, size_t n, uint8_t *out)
{
	struct writer w = { .at = out };
	struct repeat r = { .at = DISTANCE };
	struct marks m;
	size_t begin = 0; /* of literal bytes */

	assert(n && n <= DEFLATE_RUNS_MAX);
	mark(&m, x, n);
	while (r.at < n) {
		r = find_repeat(&w, &m, begin, r.at, n);
		if (r.at == r.end)
			break;
		put_literals(&w, x + begin, r.at - begin);
		put_repeat(&w, r.end - r.at);
		begin = r.end;
		r.at = r.end + 1;
	}
	put_literals(&w, x + begin, n - begin);
	end_fixed(&w);
	put_bits(&w, BLOCK_FIXED | BLOCK_LAST, BLOCK_BITS);
	put_bits(&w, 0, END_BITS);
	to_byte(&w);
	if ((size_t)(w.at - out) > n + DEFLATE_RUNS_GROWTH) {
		w = (struct writer){ .at = out };
		put_stored(&w, BLOCK_LAST, x, n);
	}
	return (size_t)(w.at - out);
}
