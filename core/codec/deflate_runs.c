/* SPDX-License-Identifier: MIT */
#include "core/codec/deflate_runs.h"

#include <assert.h>
#include <endian.h>
#include <stdbool.h>
#include <string.h>

enum {
	DISTANCE = 48,
	LENGTH_MIN = 3, /* of a repeat, by the format */
	LENGTH_MAX = 258,
	WORTH_MIN = 16, /* of one that ends literal bytes */
	GO_ON_MIN = 8,  /* and of one with few of them before it */
	GO_ON_LITERALS = 4,
	STORED_MIN = 64, /* so many literal bytes are stored, */
	STORED_END = 64, /* and so long a repeat ends them */

	END_CODE = 256,
	END_BITS = 7,
	BLOCK_BITS = 3,
	BLOCK_STORED = 0,
	BLOCK_FIXED = 2, /* type 1, shifted past the bit of the last one */
	BLOCK_LAST = 1,
};

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

/* How a word from @i on differs from what is DISTANCE before it. */
static inline uint64_t difference(const uint8_t *x, size_t i)
{
	uint64_t a;
	uint64_t b;

	memcpy(&a, x + i, sizeof(a));
	memcpy(&b, x + i - DISTANCE, sizeof(b));
	return a ^ b;
}

/* How many bytes from @i on are what is DISTANCE before them. */
static size_t repeat_length(const uint8_t *x, size_t i, size_t n)
{
	const size_t begin = i;
	uint64_t d;

	for (; i + 32 <= n; i += 32)
		if (difference(x, i) | difference(x, i + 8) | difference(x, i + 16) |
				difference(x, i + 24))
			break;
	for (; i + 8 <= n; i += 8) {
		d = le64toh(difference(x, i));
		if (d)
			return i - begin + (size_t)__builtin_ctzll(d) / 8;
	}
	while (i < n && x[i] == x[i - DISTANCE])
		i++;
	return i - begin;
}

static bool is_worth(const struct writer *w, size_t n, size_t literal)
{
	if (w->open && literal <= GO_ON_LITERALS)
		return n >= GO_ON_MIN;
	return n >= (literal < STORED_MIN ? WORTH_MIN : STORED_END);
}

/* The first of the words from @i on that is what is DISTANCE before it; past the last one if none
 * is. */
static size_t next_repeat(const uint8_t *x, size_t i, size_t n)
{
	while (i + 8 <= n && difference(x, i))
		i += 8;
	return i;
}

size_t deflate_runs(const uint8_t *x, size_t n, uint8_t *out)
{
	struct writer w = { .at = out };
	size_t begin = 0; /* of literal bytes */
	size_t i = DISTANCE;

	assert(n && n <= DEFLATE_RUNS_MAX);
	while (i < n) {
		size_t len;

		/* Among stored bytes only long repeats are looked for, and may begin a little late.
		 */
		if (i - begin >= STORED_MIN)
			i = next_repeat(x, i, n);
		len = repeat_length(x, i, n);
		if (is_worth(&w, len, i - begin)) {
			put_literals(&w, x + begin, i - begin);
			put_repeat(&w, len);
			begin = i + len;
		}
		/* The byte behind a repeat is none. */
		i += len + 1;
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
