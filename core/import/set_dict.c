/* SPDX-License-Identifier: MIT */
#include "core/import/set_dict.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include <xxhash.h>

void set_dict_done(struct set_dict *d)
{
	buf_done(&d->words);
	buf_done(&d->ends);
	free(d->slots);
	memset(d, 0, sizeof(*d));
}

void set_dict_clear(struct set_dict *d)
{
	buf_clear(&d->words);
	buf_clear(&d->ends);
	d->n = 0;
	d->last = 0;
	if (d->n_slots)
		memset(d->slots, 0, d->n_slots * sizeof(*d->slots));
}

static const uint32_t *list_at(const struct set_dict *d, uint32_t id, uint32_t *n)
{
	const uint32_t *words = (const uint32_t *)(const void *)d->words.data;
	const uint32_t *ends = (const uint32_t *)(const void *)d->ends.data;
	uint32_t first = id ? ends[id - 1] : 0;

	*n = ends[id] - first;
	return *n ? words + first : words; /* NULL while all lists are empty */
}

static bool is_list(const struct set_dict *d, uint32_t id, const uint32_t *list, uint32_t n)
{
	uint32_t n_there;
	const uint32_t *there = list_at(d, id, &n_there);

	return n_there == n && (!n || memcmp(there, list, n * sizeof(*list)) == 0);
}

static uint32_t *slot_of(const struct set_dict *d, const uint32_t *list, uint32_t n)
{
	uint32_t mask = d->n_slots - 1;
	uint32_t i = (uint32_t)XXH3_64bits(list, n * sizeof(*list)) & mask;

	while (d->slots[i] && !is_list(d, d->slots[i] - 1, list, n))
		i = (i + 1) & mask;
	return &d->slots[i];
}

static int grow(struct set_dict *d)
{
	uint32_t n_slots = d->n_slots ? d->n_slots * 2 : 256;
	uint32_t *slots = calloc(n_slots, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	free(d->slots);
	d->slots = slots;
	d->n_slots = n_slots;
	for (uint32_t id = 0; id < d->n; id++) {
		uint32_t n;
		const uint32_t *list = list_at(d, id, &n);

		*slot_of(d, list, n) = id + 1;
	}
	return 0;
}

int set_dict_put(struct set_dict *d, const uint32_t *list, uint32_t n, uint32_t *id)
{
	uint32_t *slot;
	uint32_t end;
	int r;

	if (d->n && is_list(d, d->last, list, n)) {
		*id = d->last;
		return 0;
	}
	if ((d->n + 1) * 2 > d->n_slots) {
		r = grow(d);
		if (r < 0)
			return r;
	}
	slot = slot_of(d, list, n);
	if (!*slot) {
		buf_put(&d->words, list, n * sizeof(*list));
		end = (uint32_t)(d->words.len / sizeof(*list));
		buf_put(&d->ends, &end, sizeof(end));
		if (buf_failed(&d->words) || buf_failed(&d->ends))
			return -ENOMEM;
		*slot = ++d->n;
	}
	d->last = *slot - 1;
	*id = d->last;
	return 0;
}

void set_dict_write(const struct set_dict *d, struct buf *out)
{
	buf_put_varint(out, d->n);
	for (uint32_t id = 0; id < d->n; id++) {
		uint32_t n;
		const uint32_t *list = list_at(d, id, &n);

		buf_put_varint(out, n);
		for (uint32_t i = 0; i < n; i++)
			buf_put_varint(out, list[i]);
	}
}
