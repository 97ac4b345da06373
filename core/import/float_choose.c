/* SPDX-License-Identifier: MIT */
#include "core/import/float_choose.h"

#include <errno.h>
#include <stdlib.h>

#include "core/codec/float_model.h"

enum {
	PROBES = 48, /* values that are no trivial quotient, by which models are found */
	PROBES_MIN = 4,
	MISSES = 2, /* of the probes, for the model to be tried on all */
	DIGITS_MAX = 7,
	DECIMALS_MAX = 9,
	PAIRS_MAX = 16 /* columns tried as numerators; as totals */
};

struct probe {
	size_t at;
	uint32_t bits;
	float value;
};

struct search {
	const struct float_array *f;
	struct probe probes[PROBES];
	unsigned n_probes;
	uint8_t roundings[3]; /* likely ones */
	unsigned n_roundings;
	unsigned decimals; /* over DECIMALS_MAX: too many */
};

static uint32_t bits_at(const struct float_array *f, size_t i)
{
	uint32_t bits;

	memcpy(&bits, f->bits + i * sizeof(bits), sizeof(bits));
	return le32toh(bits);
}

static bool is_probe(const struct search *s, uint32_t bits, float value)
{
	if (bits == FLOAT_BITS_MISSING || bits == FLOAT_BITS_END || !(value > 0 || value < 0) ||
			value == 1.0f)
		return false;
	for (unsigned i = 0; i < s->n_probes; i++)
		if (s->probes[i].bits == bits)
			return false;
	return true;
}

/* Different values from all over the column. */
static void take_probes(struct search *s)
{
	size_t step = s->f->n / 512 + 1;

	for (size_t i = 0; i < s->f->n && s->n_probes < PROBES; i += step) {
		uint32_t bits = bits_at(s->f, i);
		float value;

		memcpy(&value, &bits, sizeof(value));
		if (is_probe(s, bits, value))
			s->probes[s->n_probes++] = (struct probe){ i, bits, value };
	}
}

/* The least rounding of @first to @last that keeps all but a few probes; over @last: none. */
static uint8_t least_rounding(const struct search *s, uint8_t first, uint8_t last)
{
	for (; first <= last; first++) {
		unsigned misses = 0;

		for (unsigned i = 0; i < s->n_probes && misses <= MISSES; i++)
			misses += float_rounded(s->probes[i].value, first) != s->probes[i].bits;
		if (misses <= MISSES)
			break;
	}
	return first;
}

static void find_roundings(struct search *s)
{
	uint8_t digits = least_rounding(s, 1, DIGITS_MAX);
	uint8_t decimals = least_rounding(s, ROUND_DECIMALS, ROUND_DECIMALS + DECIMALS_MAX);

	s->decimals = decimals - ROUND_DECIMALS;
	if (s->decimals <= DECIMALS_MAX)
		s->roundings[s->n_roundings++] = decimals;
	if (digits <= DIGITS_MAX)
		s->roundings[s->n_roundings++] = digits;
	s->roundings[s->n_roundings++] = ROUND_NOT;
}

static const int32_t *values_of(const struct int_array *arrays, uint32_t n, uint32_t column)
{
	for (uint32_t i = 0; i < n; i++)
		if (arrays[i].column == column)
			return arrays[i].values;
	return NULL;
}

/* --- quotients of two columns --- */

static bool pair_fits(const struct search *s, const struct int_array *num,
		const struct int_array *den, uint8_t rounding)
{
	unsigned misses = 0;

	for (unsigned i = 0; i < s->n_probes; i++) {
		size_t at = s->probes[i].at;
		double total = den->values[s->f->cells ? s->f->cells[at] : at];

		misses += float_quotient(num->values[at], total, rounding) != s->probes[i].bits;
		if (misses > MISSES)
			return false;
	}
	return true;
}

static bool find_total(const struct search *s, const struct int_array *num,
		const struct int_array *arrays, uint32_t n_arrays, struct float_model *m)
{
	unsigned tried = 0;

	for (uint32_t k = 0; k < n_arrays && tried < PAIRS_MAX; k++) {
		if (!arrays[k].counts || arrays[k].ends || arrays[k].n != s->f->n_cells ||
				&arrays[k] == num)
			continue;
		tried++;
		for (unsigned r = 0; r < s->n_roundings; r++) {
			if (!pair_fits(s, num, &arrays[k], s->roundings[r]))
				continue;
			*m = (struct float_model){ .rounding = s->roundings[r],
				.den_column = arrays[k].column,
				.num_column = num->column };
			return true;
		}
	}
	return false;
}

static bool find_pair(const struct search *s, const struct int_array *arrays, uint32_t n_arrays,
		struct float_model *m)
{
	unsigned tried = 0;

	for (uint32_t i = 0; i < n_arrays && tried < PAIRS_MAX; i++) {
		if (!arrays[i].counts || arrays[i].ends || arrays[i].constant ||
				arrays[i].n != s->f->n)
			continue;
		tried++;
		if (find_total(s, &arrays[i], arrays, n_arrays, m))
			return true;
	}
	return false;
}

/* --- quotients of one number --- */

static bool total_fits(const struct search *s, uint32_t den, uint8_t rounding)
{
	unsigned misses = 0;

	for (unsigned i = 0; i < s->n_probes; i++) {
		int32_t num;

		misses += !float_numerator(s->probes[i].bits, den, rounding, &num);
		/* Most numbers fail at once. */
		if (misses > (i < 8 ? 0 : MISSES))
			return false;
	}
	return true;
}

static bool is_share(const struct search *s)
{
	for (unsigned i = 0; i < s->n_probes; i++)
		if (!(s->probes[i].value > 0 && s->probes[i].value < 1))
			return false;
	return true;
}

static bool find_constant(const struct search *s, uint32_t den_max, struct float_model *m)
{
	if (s->n_probes < PROBES_MIN || !is_share(s))
		return false;
	for (unsigned r = 0; r < s->n_roundings; r++) {
		uint8_t rounding = s->roundings[r];
		uint32_t max = den_max;

		/* Past that, nothing is won over decimals. */
		if (rounding >= ROUND_DECIMALS && float_power_of_10(s->decimals) / 2 < max)
			max = (uint32_t)(float_power_of_10(s->decimals) / 2);
		for (uint32_t den = 2; den <= max; den++) {
			if (!total_fits(s, den, rounding))
				continue;
			*m = (struct float_model){ .rounding = rounding, .den = den, .own = true };
			return true;
		}
	}
	return false;
}

/* --- all values --- */

static void put_exception(struct buf *exceptions, size_t *last, size_t i, uint32_t bits)
{
	buf_put_varint(exceptions, i - *last);
	buf_put_u32(exceptions, bits);
	*last = i + 1;
}

/* Its own numerators; what has none is like the value before, which costs least. */
static int take_numerators(const struct float_array *f, const struct float_model *m,
		struct buf *nums, struct buf *exceptions)
{
	int32_t num = 0;
	size_t last = 0;

	buf_clear(nums);
	buf_clear(exceptions);
	if (!buf_reserve(nums, f->n * sizeof(num)))
		return -ENOMEM;
	for (size_t i = 0; i < f->n; i++) {
		int32_t here;

		if (float_numerator(bits_at(f, i), (double)m->den, m->rounding, &here))
			num = here;
		else
			put_exception(exceptions, &last, i, bits_at(f, i));
		buf_put(nums, &num, sizeof(num));
	}
	return buf_failed(exceptions) ? -ENOMEM : 0;
}

static int compare_pair(const struct float_array *f, const struct float_model *m,
		const struct int_array *arrays, uint32_t n_arrays, struct buf *exceptions)
{
	const int32_t *nums = values_of(arrays, n_arrays, m->num_column);
	const int32_t *dens = values_of(arrays, n_arrays, m->den_column);
	size_t last = 0;

	buf_clear(exceptions);
	for (size_t i = 0; i < f->n; i++) {
		double den = dens[f->cells ? f->cells[i] : i];

		if (float_quotient(nums[i], den, m->rounding) != bits_at(f, i))
			put_exception(exceptions, &last, i, bits_at(f, i));
	}
	return buf_failed(exceptions) ? -ENOMEM : 0;
}

static double cost_of(const struct buf *nums, const struct buf *exceptions)
{
	return (double)exceptions->len + int_planes_cost((const int32_t *)(const void *)nums->data,
							 nums->len / sizeof(int32_t));
}

/* Try numerators of its own; @cost is that of the best so far. */
static int try_own(const struct float_array *f, const struct float_model *m, double *cost,
		struct float_model *best, struct buf *nums, struct buf *exceptions)
{
	int r = take_numerators(f, m, nums, exceptions);
	double c;

	if (r < 0)
		return r;
	c = cost_of(nums, exceptions);
	if (c >= *cost)
		return 0;
	*cost = c;
	*best = *m;
	return 1;
}

int float_choose(const struct float_array *f, const struct int_array *arrays, uint32_t n_arrays,
		uint32_t den_max, struct float_model *out, struct buf *nums, struct buf *exceptions)
{
	struct search s = { .f = f };
	double cost = bytes_cost(f->bits, sizeof(uint32_t), f->n) + STREAM_ENTRY_MIN;
	struct float_model m;
	struct float_model best;
	int found = 0;
	int r;

	take_probes(&s);
	find_roundings(&s);
	if (s.n_probes >= PROBES_MIN && find_pair(&s, arrays, n_arrays, &m)) {
		r = compare_pair(f, &m, arrays, n_arrays, exceptions);
		if (r < 0 || (double)exceptions->len < cost / 2) {
			*out = m;
			return r < 0 ? r : 1;
		}
	}
	if (find_constant(&s, den_max, &m)) {
		r = try_own(f, &m, &cost, &best, nums, exceptions);
		if (r < 0)
			return r;
		found = r;
	}
	if (s.decimals <= DECIMALS_MAX) {
		m = (struct float_model){ .den = (uint64_t)float_power_of_10(s.decimals),
			.own = true };
		r = try_own(f, &m, &cost, &best, nums, exceptions);
		if (r < 0)
			return r;
		found |= r << 1;
	}
	if (!found) {
		buf_clear(exceptions);
		return 0;
	}
	*out = best;
	/* The last that was tried is not the best: once more. */
	if (found == 1 && s.decimals <= DECIMALS_MAX) {
		r = take_numerators(f, &best, nums, exceptions);
		if (r < 0)
			return r;
	}
	return 1;
}
