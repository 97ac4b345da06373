/* SPDX-License-Identifier: MIT */
#include "core/codec/gt_order.h"

#include <errno.h>
#include <stdlib.h>

int gt_order_begin(struct gt_order *o, uint32_t n)
{
	/* The order and its successor lie in one piece of memory. */
	uint32_t *slots = reallocarray(
			o->slot < o->next ? o->slot : o->next, n ? n : 1, 2 * sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	o->slot = slots;
	o->next = slots + n;
	o->n = n;
	for (uint32_t i = 0; i < n; i++)
		slots[i] = i;
	return 0;
}

void gt_order_clear(struct gt_order *o)
{
	o->n = 0;
}

void gt_order_done(struct gt_order *o)
{
	free(o->slot < o->next ? o->slot : o->next);
	memset(o, 0, sizeof(*o));
}

void gt_runs_put(const struct gt_order *o, const uint8_t *flags, uint32_t n, struct buf *zeros,
		struct buf *ones)
{
	uint8_t value = 0;
	uint32_t at = 0;
	uint32_t start = 0;

	while (at < n) {
		if (o)
			while (at < n && flags[o->slot[at]] == value)
				at++;
		else
			while (at < n && flags[at] == value)
				at++;
		buf_put_varint(value ? ones : zeros, at == n && start ? 0 : at - start);
		start = at;
		value = !value;
	}
}

/* Ones gather at the end of the next order, back to front: turn them round, and move on. */
static void end_move(struct gt_order *o, uint32_t n_zeros)
{
	uint32_t *next = o->next;

	for (uint32_t i = n_zeros, j = o->n - 1; i < j; i++, j--) {
		uint32_t slot = next[i];

		next[i] = next[j];
		next[j] = slot;
	}
	o->next = o->slot;
	o->slot = next;
}

void gt_order_move(struct gt_order *o, const uint8_t *flags)
{
	uint32_t n_zeros = 0;
	uint32_t last = o->n;

	for (uint32_t i = 0; i < o->n; i++) {
		uint32_t slot = o->slot[i];
		uint32_t one = flags[slot];

		o->next[one ? last - 1 : n_zeros] = slot;
		last -= one;
		n_zeros += !one;
	}
	end_move(o, n_zeros);
}

void gt_order_move_bits(struct gt_order *o, const uint8_t *bits)
{
	uint32_t n_zeros = 0;
	uint32_t last = o->n;

	for (uint32_t i = 0; i < o->n; i++) {
		uint32_t slot = o->slot[i];
		uint32_t one = bits[slot / 8] >> slot % 8 & 1;

		o->next[one ? last - 1 : n_zeros] = slot;
		last -= one;
		n_zeros += !one;
	}
	end_move(o, n_zeros);
}

/* One more run: its length, of which @left slots are left in the row. */
static bool next_run(struct cursor *c, uint32_t left, bool first, uint32_t *len)
{
	*len = cursor_varint32(c);
	if (!*len && !first)
		*len = left;
	return !cursor_bad(c) && *len <= left;
}

static void set_bits(uint8_t *bits, const uint32_t *slots, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		bits[slots[i] / 8] |= (uint8_t)(1u << slots[i] % 8);
}

static void set_range(uint8_t *bits, uint32_t from, uint32_t n)
{
	for (uint32_t i = from; i < from + n; i++)
		bits[i / 8] |= (uint8_t)(1u << i % 8);
}

bool gt_runs_next(struct gt_order *o, struct cursor *zeros, struct cursor *ones, uint32_t n,
		uint8_t *bits, uint32_t *n_ones)
{
	uint32_t *next = o ? o->next : NULL;
	uint32_t n_zeros = 0;
	uint32_t n_set = 0;
	uint32_t at = 0;
	uint32_t len;

	memset(bits, 0, ((size_t)n + 7) / 8);
	/* Zeros move to the front of the next order; ones wait behind the old one's places. */
	while (at < n) {
		if (!next_run(zeros, n - at, at == 0, &len))
			return false;
		if (o)
			memcpy(next + n_zeros, o->slot + at, len * sizeof(*next));
		n_zeros += len;
		at += len;
		if (at == n)
			break;
		if (!next_run(ones, n - at, false, &len))
			return false;
		if (o) {
			set_bits(bits, o->slot + at, len);
			/* The part of the old order that was read already holds them till the end.
			 */
			memmove(o->slot + n_set, o->slot + at, len * sizeof(*next));
		} else {
			set_range(bits, at, len);
		}
		n_set += len;
		at += len;
	}
	if (o) {
		memcpy(next + n_zeros, o->slot, n_set * sizeof(*next));
		o->next = o->slot;
		o->slot = next;
	}
	*n_ones = n_set;
	return true;
}
