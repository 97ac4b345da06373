/* SPDX-License-Identifier: MIT */
#include "core/view/text_out.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void use_scratch(struct text_out *o)
{
	o->base = o->at = o->scratch;
	o->end = o->scratch + TEXT_SCRATCH;
}

/* Straight into the window, while it has room for whatever may be asked for. */
static void choose(struct text_out *o)
{
	if (!o->sink && !o->skip && o->left >= TEXT_NEED_MAX) {
		o->base = o->at = o->dst;
		o->end = o->dst + o->left;
	} else {
		use_scratch(o);
	}
}

void text_out_window(struct text_out *o, char *scratch, char *dst, size_t len, uint64_t skip)
{
	memset(o, 0, sizeof(*o));
	o->scratch = scratch;
	o->dst = dst;
	o->left = len;
	o->skip = skip;
	choose(o);
}

void text_out_sink(struct text_out *o, char *scratch,
		void (*sink)(void *arg, const char *p, size_t n), void *arg)
{
	memset(o, 0, sizeof(*o));
	o->scratch = scratch;
	o->left = SIZE_MAX;
	o->sink = sink;
	o->arg = arg;
	use_scratch(o);
}

void text_flush(struct text_out *o)
{
	size_t n = (size_t)(o->at - o->base);
	const char *p = o->base;

	o->total += n;
	if (o->sink) {
		o->sink(o->arg, p, n);
	} else if (o->base == o->scratch) {
		size_t before = o->skip < n ? (size_t)o->skip : n;
		size_t keep = n - before < o->left ? n - before : o->left;

		o->skip -= before;
		if (keep)
			memcpy(o->dst, p + before, keep);
		o->dst += keep;
		o->left -= keep;
	} else {
		o->dst += n;
		o->left -= n;
	}
	o->base = o->at;
}

void text_make_room(struct text_out *o)
{
	text_flush(o);
	choose(o);
}

bool text_pass(struct text_out *o, uint64_t n)
{
	if (o->sink || !o->skip)
		return false;
	text_flush(o);
	choose(o);
	if (o->skip < n)
		return false;
	o->skip -= n;
	o->total += n;
	return true;
}

void text_bytes(struct text_out *o, const void *p, size_t n)
{
	const char *at = p;

	while (n) {
		size_t piece = n < TEXT_NEED_MAX ? n : TEXT_NEED_MAX;

		text_need(o, piece);
		memcpy(o->at, at, piece);
		o->at += piece;
		at += piece;
		n -= piece;
		if (text_full(o))
			return;
	}
}

size_t int_text(char *p, int64_t v)
{
	uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;
	char digits[INT_TEXT_MAX];
	size_t n = 0;
	size_t len = 0;

	do {
		digits[n++] = (char)('0' + u % 10);
		u /= 10;
	} while (u);
	if (v < 0)
		p[len++] = '-';
	while (n)
		p[len++] = digits[--n];
	return len;
}

void text_i64(struct text_out *o, int64_t v)
{
	text_need(o, INT_TEXT_MAX);
	o->at += int_text(o->at, v);
}

static const uint64_t power10[] = { 1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000,
	1000000000, 10000000000, 100000000000, 1000000000000, 10000000000000, 100000000000000,
	1000000000000000, 10000000000000000 };

/*
 * Six significant digits with zeros cut off, as %g, but rounded as htslib does: the value times
 * 10^10 as an integer, half a unit of the sixth digit added, the rest cut off. Unlike %g this
 * rounds a tie up, and it rounds the product, not the value.
 */
static size_t plain_float_text(char *p, double d)
{
	uint64_t scaled = (uint64_t)(d * 1e10);
	unsigned magnitude = 0; /* of the half unit: what d's decade asks for */
	unsigned n_digits;
	unsigned decimals;
	uint64_t six;
	uint64_t fraction;
	size_t len;

	while (magnitude < 9 && d >= 1e-3 * (double)power10[magnitude])
		magnitude++;
	scaled += 5 * power10[magnitude];
	n_digits = 7;
	while (n_digits < 16 && scaled >= power10[n_digits])
		n_digits++;
	six = scaled / power10[n_digits - 6];
	decimals = 16 - n_digits;
	fraction = decimals < 7 ? six % power10[decimals] : six;
	len = int_text(p, decimals < 7 ? (int64_t)(six / power10[decimals]) : 0);
	if (!fraction)
		return len;
	while (fraction % 10 == 0) {
		fraction /= 10;
		decimals--;
	}
	p[len++] = '.';
	for (unsigned i = decimals; i--; fraction /= 10)
		p[len + i] = (char)('0' + fraction % 10);
	return len + decimals;
}

size_t float_text(char *p, float f)
{
	double d = f;
	size_t len = 0;

	if (d == 0) {
		if (signbit(d))
			p[len++] = '-';
		p[len++] = '0';
		return len;
	}
	if (d < 0) {
		p[len++] = '-';
		d = -d;
	}
	if (d >= 0.0001 && d <= 999999)
		return len + plain_float_text(p + len, d);
	/* Exponents, infinities and NaNs are printf's in htslib too. */
	return len + (size_t)snprintf(p + len, FLOAT_TEXT_MAX - len, "%g", d);
}

void text_float(struct text_out *o, float f)
{
	text_need(o, FLOAT_TEXT_MAX);
	o->at += float_text(o->at, f);
}
