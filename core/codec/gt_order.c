/* SPDX-License-Identifier: MIT */
#include "core/codec/gt_order.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/byte_mask.h"
#include "core/base/inline.h"

enum {
	NARROW_MAX = UINT16_MAX + 1,
	/* Bytes that a short run is copied in, whatever its length: orders have as many behind
	 * them. */
	SHORT = 32
};

static size_t slot_size(uint32_t n)
{
	return n <= NARROW_MAX ? sizeof(uint16_t) : sizeof(uint32_t);
}

uint64_t gt_order_cost(uint32_t n)
{
	return n ? 2 * (n * (uint64_t)slot_size(n) + SHORT) : 0;
}

/* The one of two arrays in one piece of memory that it begins with. */
static void *piece(const struct gt_order *o)
{
	return (char *)o->slot < (char *)o->next ? o->slot : o->next;
}

int gt_order_begin(struct gt_order *o, uint32_t n)
{
	size_t size = (size_t)gt_order_cost(n);
	char *slots = piece(o);

	if (o->room < size) {
		slots = realloc(slots, size);
		if (!slots)
			return -ENOMEM;
		o->room = size;
	}
	o->slot = slots;
	o->next = slots + size / 2;
	o->n = n;
	o->narrow = n <= NARROW_MAX;
	for (uint32_t i = 0; i < n; i++)
		if (o->narrow)
			((uint16_t *)o->slot)[i] = (uint16_t)i;
		else
			((uint32_t *)o->slot)[i] = i;
	/* Copies of short runs read them. */
	memset((char *)o->slot + size / 2 - SHORT, 0, SHORT);
	memset((char *)o->next + size / 2 - SHORT, 0, SHORT);
	return 0;
}

void gt_order_clear(struct gt_order *o)
{
	o->n = 0;
}

void gt_order_done(struct gt_order *o)
{
	free(piece(o));
	memset(o, 0, sizeof(*o));
}

/* Each function below is made twice, for u16 and u32 slots. */

INLINE uint32_t slot_at(const void *slots, uint32_t i, bool narrow)
{
	return narrow ? ((const uint16_t *)slots)[i] : ((const uint32_t *)slots)[i];
}

INLINE char *place_of(void *slots, uint32_t i, bool narrow)
{
	return (char *)slots + (size_t)i * (narrow ? sizeof(uint16_t) : sizeof(uint32_t));
}

INLINE size_t size_of(uint32_t n, bool narrow)
{
	return (size_t)n * (narrow ? sizeof(uint16_t) : sizeof(uint32_t));
}

/* A row on its way through the order: zeros go to the front of the next one, ones wait in the part
 * of this one that was passed, at its front. */
struct move {
	uint32_t at;
	uint32_t n_zeros;
	uint32_t n_ones;
};

INLINE void copy_short(char *to, const char *from)
{
	char run[SHORT];

	memcpy(run, from, SHORT);
	memcpy(to, run, SHORT);
}

INLINE void move_zeros(struct gt_order *o, struct move *m, uint32_t n, bool narrow)
{
	char *to = place_of(o->next, m->n_zeros, narrow);
	const char *from = place_of(o->slot, m->at, narrow);

	/* What is copied too much lies where the next run will go, or behind the end. */
	if (size_of(n, narrow) <= SHORT)
		copy_short(to, from);
	else
		memcpy(to, from, size_of(n, narrow));
	m->n_zeros += n;
	m->at += n;
}

INLINE void move_ones(struct gt_order *o, struct move *m, uint32_t n, bool narrow)
{
	char *to = place_of(o->slot, m->n_ones, narrow);
	const char *from = place_of(o->slot, m->at, narrow);

	/* What comes after the run is still wanted. */
	if (size_of(n, narrow) <= SHORT && to + SHORT <= from + size_of(n, narrow))
		copy_short(to, from);
	else
		memmove(to, from, size_of(n, narrow));
	m->n_ones += n;
	m->at += n;
}

INLINE void end_move(struct gt_order *o, const struct move *m, bool narrow)
{
	void *next = o->next;

	memcpy(place_of(next, m->n_zeros, narrow), o->slot, size_of(m->n_ones, narrow));
	o->next = o->slot;
	o->slot = next;
}

INLINE void gather(const struct gt_order *o, const uint8_t *row, uint8_t *places, bool narrow)
{
	uint32_t i = 0;

	for (; i + 8 <= o->n; i += 8) {
		unsigned byte = 0;

		for (unsigned b = 0; b < 8; b++) {
			uint32_t slot = slot_at(o->slot, i + b, narrow);

			byte |= (row[slot / 8] >> slot % 8 & 1u) << b;
		}
		places[i / 8] = (uint8_t)byte;
	}
	if (i < o->n)
		places[i / 8] = 0;
	for (; i < o->n; i++) {
		uint32_t slot = slot_at(o->slot, i, narrow);

		places[i / 8] |= (uint8_t)((row[slot / 8] >> slot % 8 & 1u) << i % 8);
	}
}

void gt_order_gather(const struct gt_order *o, const uint8_t *row, uint8_t *places)
{
	o->narrow ? gather(o, row, places, true) : gather(o, row, places, false);
}

void gt_order_ranks(const struct gt_order *o, uint32_t *rank)
{
	for (uint32_t i = 0; i < o->n; i++)
		rank[gt_order_slot(o, i)] = i;
}

/* Where the run of @value that bit @at is in ends; @n: bits of the row. */
INLINE uint32_t run_end(const uint8_t *row, uint32_t n, uint32_t at, unsigned value)
{
	uint64_t flip = value ? UINT64_MAX : 0;

	while (at < n) {
		uint64_t word;

		memcpy(&word, row + at / 8, sizeof(word));
		word = (le64toh(word) ^ flip) >> at % 8;
		if (word) {
			at += (uint32_t)__builtin_ctzll(word);
			break;
		}
		/* Of the bits looked at, the highest ones came in as zeros. */
		at += 64 - at % 8;
	}
	return at < n ? at : n;
}

INLINE void move_bits(struct gt_order *o, const uint8_t *places, bool narrow)
{
	struct move m = { 0 };

	while (m.at < o->n) {
		move_zeros(o, &m, run_end(places, o->n, m.at, 0) - m.at, narrow);
		if (m.at < o->n)
			move_ones(o, &m, run_end(places, o->n, m.at, 1) - m.at, narrow);
	}
	end_move(o, &m, narrow);
}

void gt_order_move(struct gt_order *o, const uint8_t *places)
{
	o->narrow ? move_bits(o, places, true) : move_bits(o, places, false);
}

void gt_runs_put(const uint8_t *row, uint32_t n, struct buf *zeros, struct buf *ones)
{
	unsigned value = 0;
	uint32_t at = 0;

	while (at < n) {
		uint32_t end = run_end(row, n, at, value);

		buf_put_varint(value ? ones : zeros, end == n && at ? 0 : end - at);
		at = end;
		value = !value;
	}
}

void gt_list_put(const uint8_t *row, uint32_t n, struct buf *list)
{
	uint32_t next = 0;

	for (uint32_t at = run_end(row, n, 0, 0); at < n; at = run_end(row, n, next, 0)) {
		buf_put_varint(list, at - next);
		next = at + 1;
	}
}

/* One more run: its length, of which @left slots are left in the row. */
INLINE bool next_run(struct cursor *c, uint32_t left, bool first, uint32_t *len)
{
	*len = cursor_varint32(c);
	if (!*len && !first)
		*len = left;
	return *len <= left && !cursor_bad(c);
}

INLINE bool take_runs(struct gt_order *o, struct cursor *zeros, struct cursor *ones,
		uint32_t n_ones, bool narrow)
{
	struct move m = { 0 };
	uint32_t len;

	while (m.at < o->n) {
		if (!next_run(zeros, o->n - m.at, m.at == 0, &len))
			return false;
		move_zeros(o, &m, len, narrow);
		if (m.at == o->n)
			break;
		if (!next_run(ones, o->n - m.at, false, &len))
			return false;
		move_ones(o, &m, len, narrow);
	}
	if (m.n_ones != n_ones)
		return false;
	end_move(o, &m, narrow);
	return true;
}

bool gt_order_take_runs(
		struct gt_order *o, struct cursor *zeros, struct cursor *ones, uint32_t n_ones)
{
	return o->narrow ? take_runs(o, zeros, ones, n_ones, true)
			 : take_runs(o, zeros, ones, n_ones, false);
}

INLINE bool take_list(struct gt_order *o, struct cursor *list, uint32_t n_ones, bool narrow)
{
	struct move m = { 0 };

	for (uint32_t i = 0; i < n_ones; i++) {
		uint32_t skip = cursor_varint32(list);

		if (cursor_bad(list) || skip >= o->n - m.at)
			return false;
		move_zeros(o, &m, skip, narrow);
		move_ones(o, &m, 1, narrow);
	}
	move_zeros(o, &m, o->n - m.at, narrow);
	end_move(o, &m, narrow);
	return true;
}

bool gt_order_take_list(struct gt_order *o, struct cursor *list, uint32_t n_ones)
{
	return o->narrow ? take_list(o, list, n_ones, true) : take_list(o, list, n_ones, false);
}

/* Of many short runs: slot by slot, without a branch. */
INLINE bool take_bits(struct gt_order *o, const uint8_t *places, uint32_t n_ones, bool narrow)
{
	uint32_t n_zeros = 0;
	uint32_t one_at = o->n - n_ones;
	void *next = o->next;

	for (uint32_t i = 0; i < o->n; i++) {
		uint32_t slot = slot_at(o->slot, i, narrow);
		uint32_t one = places[i / 8] >> i % 8 & 1u;
		uint32_t to = one ? one_at : n_zeros;

		if (narrow)
			((uint16_t *)next)[to] = (uint16_t)slot;
		else
			((uint32_t *)next)[to] = slot;
		one_at += one;
		n_zeros += !one;
	}
	o->next = o->slot;
	o->slot = next;
	return true;
}

bool gt_order_take_bits(struct gt_order *o, const uint8_t *places, uint32_t n_ones)
{
	size_t len = ((size_t)o->n + 7) / 8;

	if ((o->n % 8 && places[len - 1] >> o->n % 8) || bits_count(places, len) != n_ones)
		return false;
	return o->narrow ? take_bits(o, places, n_ones, true) : take_bits(o, places, n_ones, false);
}

static void set_range(uint8_t *row, uint32_t from, uint32_t n)
{
	uint32_t i = from;
	uint32_t end = from + n;

	for (; i < end && i % 8; i++)
		row[i / 8] |= (uint8_t)(1u << i % 8);
	memset(row + i / 8, 0xff, (end - i) / 8);
	for (i += (end - i) / 8 * 8; i < end; i++)
		row[i / 8] |= (uint8_t)(1u << i % 8);
}

INLINE void last_row(const struct gt_order *o, uint32_t n_ones, uint8_t *row, bool narrow)
{
	uint32_t n_zeros = o->n - n_ones;

	if (n_ones <= n_zeros) {
		for (uint32_t i = n_zeros; i < o->n; i++) {
			uint32_t slot = slot_at(o->slot, i, narrow);

			row[slot / 8] |= (uint8_t)(1u << slot % 8);
		}
		return;
	}
	set_range(row, 0, o->n);
	for (uint32_t i = 0; i < n_zeros; i++) {
		uint32_t slot = slot_at(o->slot, i, narrow);

		row[slot / 8] &= (uint8_t) ~(1u << slot % 8);
	}
}

void gt_order_last(const struct gt_order *o, uint32_t n_ones, uint8_t *row)
{
	o->narrow ? last_row(o, n_ones, row, true) : last_row(o, n_ones, row, false);
}

bool gt_runs_next(struct cursor *zeros, struct cursor *ones, uint32_t n, uint32_t n_ones,
		uint8_t *row)
{
	uint32_t n_set = 0;
	uint32_t at = 0;
	uint32_t len;

	while (at < n) {
		if (!next_run(zeros, n - at, at == 0, &len))
			return false;
		at += len;
		if (at == n)
			break;
		if (!next_run(ones, n - at, false, &len))
			return false;
		set_range(row, at, len);
		n_set += len;
		at += len;
	}
	return n_set == n_ones;
}
