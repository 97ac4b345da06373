/* SPDX-License-Identifier: MIT */
#include <endian.h>
#include <errno.h>

#include "core/codec/float_model.h"
#include "core/codec/int_values.h"
#include "core/import/format_model.h"

enum {
	SAMPLE_VALUES = 1 << 16, /* that the number of decimals is chosen by, */
	SAMPLE_RUN = 1 << 10,    /* in runs of so many: values differ by their place in a cell */
	WIDTHS = 5               /* more than any width */
};

/* What a value comes to when it is packed, in quarters of a byte, by width: higher planes are
 * mostly alike. And what an exception comes to, and a float. */
static const unsigned cost_of[WIDTHS] = { [1] = 4, [2] = 5, [4] = 8 };
enum { EXCEPTION_COST = 48, FLOAT_COST = 12 };

static const uint32_t negative_zero = 0x80000000;

/* Floats of a column, and what is made of them. */
struct decimals {
	const uint8_t *values; /* little-endian bits, n of them */
	size_t n;
	uint32_t zero; /* bits that 0 stands for */
	uint8_t digits;
	uint8_t width;
};

static uint32_t bits_at(const uint8_t *values, size_t i)
{
	uint32_t bits;

	memcpy(&bits, values + i * sizeof(bits), sizeof(bits));
	return le32toh(bits);
}

/* The narrowest width that has @num; those values that BCF reserves are not numbers. */
static uint8_t width_of(int32_t num)
{
	if ((num >= INT8_MIN + 8 && num <= INT8_MAX) || num <= INT32_MIN + 1)
		return 1;
	return num >= INT16_MIN + 8 && num <= INT16_MAX ? 2 : 4;
}

/* Value @i without its decimal point. Return: its width; WIDTHS where it is an exception. */
static uint8_t numerator(const struct decimals *d, size_t i, double den, int32_t *num)
{
	uint32_t bits = bits_at(d->values, i);

	*num = 0;
	if (bits == d->zero)
		return 1;
	if (!float_numerator(bits, den, ROUND_NOT, num) || !*num)
		return WIDTHS;
	return *num > INT32_MIN + 1 && *num < INT32_MIN + 8 ? WIDTHS : width_of(*num);
}

/* What so many @digits save on a part of the values, with the best width for them. */
static int64_t saving_of(const struct decimals *d, unsigned digits, uint8_t *best_width)
{
	static const uint8_t widths[] = { 1, 2, 4 };
	double den = float_power_of_10(digits);
	size_t n_of[WIDTHS + 1] = { 0 }; /* values by the width that they need */
	size_t skip = d->n / SAMPLE_VALUES * SAMPLE_RUN;
	size_t best = SIZE_MAX;
	size_t n = 0;
	size_t fit = 0;

	for (size_t i = 0; i < d->n; i++, n++) {
		int32_t num;

		n_of[numerator(d, i, den, &num)]++;
		if ((n + 1) % SAMPLE_RUN == 0)
			i += skip;
	}
	for (unsigned i = 0; i < sizeof(widths); i++) {
		size_t cost;

		fit += n_of[widths[i]];
		cost = n * cost_of[widths[i]] + (n - fit) * EXCEPTION_COST;
		if (cost < best) {
			best = cost;
			*best_width = widths[i];
		}
	}
	return (int64_t)(n * FLOAT_COST) - (int64_t)best;
}

/* False where floats are better as they are. */
static bool choose(struct decimals *d)
{
	int64_t best = 0;

	for (unsigned digits = 0; digits <= FORMAT_DECIMALS_MAX; digits++) {
		uint8_t width = 0;
		int64_t saving = saving_of(d, digits, &width);

		if (saving > best) {
			best = saving;
			d->digits = (uint8_t)digits;
			d->width = width;
		}
	}
	return best > 0;
}

/* Integers, and the mark of exceptions, to @out. */
static void point_off(const struct decimals *d, int32_t *out)
{
	double den = float_power_of_10(d->digits);

	for (size_t i = 0; i < d->n; i++) {
		int32_t num;

		if (numerator(d, i, den, &num) > d->width)
			num = format_exception(d->width);
		out[i] = (int32_t)htole32((uint32_t)num);
	}
}

/* The floats of a tile that are exceptions, in the order of its cells. */
static void put_exceptions(struct format_model *m, struct column *c, const struct decimals *d,
		const int32_t *ints, uint32_t tile)
{
	uint32_t first = tile_begin(m->n_samples, m->n_tiles, tile);
	uint32_t end = tile_begin(m->n_samples, m->n_tiles, tile + 1);
	struct cell_ns ns = format_tile(c, 1, 0).ns;
	int32_t exception = (int32_t)htole32((uint32_t)format_exception(d->width));
	struct tile_end where = { 0 };
	size_t at = 0;

	while (at < d->n) {
		size_t n = cell_ns_next(&ns);

		for (size_t i = at + first * n; i < at + end * n; i++)
			if (ints[i] == exception)
				buf_put_u32(&c->lens, bits_at(d->values, i));
		at += n * m->n_samples;
	}
	where.lens = c->lens.len;
	buf_put(&c->format.tiles, &where, sizeof(where));
}

/* What zeros are, going by the first one. */
static uint32_t zero_of(const uint8_t *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(bits_at(values, i) & ~negative_zero))
			return bits_at(values, i);
	return 0;
}

int format_decimals(struct format_model *m, struct column *c)
{
	struct decimals d = { .values = c->values.data, .n = c->values.len / sizeof(uint32_t) };
	int32_t *ints;

	d.zero = zero_of(d.values, d.n);
	if (!d.n || !choose(&d))
		return 0;
	buf_clear(&m->scratch);
	if (!buf_reserve(&m->scratch, c->values.len))
		return -ENOMEM;
	ints = (int32_t *)(void *)m->scratch.data;
	point_off(&d, ints);
	for (uint32_t t = 0; t < m->n_tiles; t++)
		put_exceptions(m, c, &d, ints, t);
	if (buf_failed(&c->lens) || buf_failed(&c->format.tiles))
		return -ENOMEM;
	c->coding = VALUES_DECIMALS;
	c->format.decimals = (uint8_t)(d.digits | (d.zero ? FORMAT_ZERO_NEGATIVE : 0));
	c->format.width = d.width;
	int_values_convert(m->scratch.data, sizeof(uint32_t), c->values.data, d.width, d.n);
	c->values.len = d.n * d.width;
	return 0;
}
