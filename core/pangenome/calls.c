/* SPDX-License-Identifier: MIT */
#include "core/pangenome/calls.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "core/pangenome/calls_sites.h"
#include "core/pangenome/calls_text.h"

/* ---- blocks that are kept ---- */

/* The sites of a block, or of an interval in it, of one layout. */
struct call_block {
	struct kept_item kept; /* first: the table's */
	const struct layout *layout;
	uint32_t contig;
	uint64_t low;
	uint64_t high;
	/* Of who makes it, until it is made: */
	const struct call_ground *ground;
	uint64_t slot;
	struct call_sites sites;
};

static bool is_of_block(const struct kept_item *item, const void *key)
{
	const struct call_block *a = (const struct call_block *)item;
	const struct call_block *b = key;

	return a->layout == b->layout && a->contig == b->contig && a->low == b->low &&
	       a->high == b->high;
}

static struct kept_item *alloc_block(const void *key)
{
	struct call_block *b = malloc(sizeof(*b));

	if (!b)
		return NULL;
	*b = *(const struct call_block *)key;
	return &b->kept;
}

static int make_block(struct kept_item *item, struct err *err)
{
	struct call_block *b = (struct call_block *)item;
	int r = call_sites_make(b->ground, b->slot, b->low, b->high, &b->sites, err);

	item->bytes = sizeof(*b) + b->sites.bytes;
	return r;
}

static void free_block(struct kept_item *item)
{
	call_sites_done(&((struct call_block *)item)->sites);
	free(item);
}

static const struct kept_kind block_kind = {
	.is = is_of_block, .alloc = alloc_block, .make = make_block, .free = free_block
};

int call_blocks_new(size_t budget, struct kept **out)
{
	return kept_new(&block_kind, budget, UINT_MAX, out);
}

/* ---- the file ---- */

struct calls {
	struct call_ground ground;
	struct kept *blocks;
	uint64_t low;
	uint64_t high;
};

/* Numbers of a text_state: what comes next. */
enum {
	STATE_PART,   /* 0: the header; else 1 + block, from the contig's first one */
	STATE_RECORD, /* of the block */
};

int calls_new(const struct calls_input *in, struct kept *blocks, struct calls **out,
		struct err *err)
{
	struct calls *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return err_set(err, -ENOMEM, "out of memory");
	c->blocks = blocks;
	c->low = in->low;
	c->high = in->high;
	r = call_ground_init(&c->ground, in->graph, in->catalog, in->layout, in->contig, err);
	if (r < 0) {
		free(c);
		return r;
	}
	c->ground.chains = in->chains;
	*out = c;
	return 0;
}

void calls_free(struct calls *c)
{
	if (!c)
		return;
	call_ground_done(&c->ground);
	free(c);
}

size_t calls_bytes(const struct calls *c)
{
	return sizeof(*c) + c->ground.n_fragments * sizeof(*c->ground.fragments) +
	       c->ground.stretches.cap;
}

/* The part of block @k of the contig that is in the interval. Return: false where none is. */
static bool part_of(const struct calls *c, uint64_t k, struct call_block *out)
{
	const struct layout *l = c->ground.layout;
	uint64_t block = l->contigs[c->ground.contig].first_block + k;
	uint64_t low = block * l->block_bp;
	uint64_t high;

	if (__builtin_add_overflow(low, l->block_bp, &high))
		high = UINT64_MAX;
	*out = (struct call_block){ .layout = l,
		.contig = c->ground.contig,
		.low = low > c->low ? low : c->low,
		.high = high < c->high ? high : c->high };
	return out->low < out->high;
}

/* The next record of block @k. Return: 1; 0 where it has no more; a negative errno. */
static int write_record(const struct calls *c, uint64_t k, struct text_state *state,
		struct text_out *o, struct err *err)
{
	struct call_block part;
	const struct call_block *block;
	struct kept_item *item = NULL;
	int r;

	if (!part_of(c, k, &part))
		return 0;
	part.ground = &c->ground;
	part.slot = c->ground.layout->contigs[c->ground.contig].first_slot + k;
	r = kept_get(c->blocks, &part, &item, err);
	if (r < 0)
		return r;
	assert(item);
	block = (const struct call_block *)item;
	if (state->v[STATE_RECORD] < block->sites.n_sites) {
		r = call_put_record(
				&c->ground, &block->sites, (uint32_t)state->v[STATE_RECORD]++, o);
		if (r < 0)
			err_set(err, r,
					r == -ENOMEM ? "out of memory"
						     : "a path is damaged; load the graph again");
		else
			r = 1;
	}
	kept_put(c->blocks, item);
	return r;
}

int calls_write(const void *calls, struct text_state *state, struct text_out *out, struct err *err)
{
	const struct calls *c = calls;
	const struct layout_contig *contig = &c->ground.layout->contigs[c->ground.contig];
	int r = 0;

	if (!state->v[STATE_PART]) {
		call_put_header(&c->ground, out);
		state->v[STATE_PART] = 1;
		/* Skip what is before the interval. */
		if (c->low / c->ground.layout->block_bp > contig->first_block)
			state->v[STATE_PART] +=
					c->low / c->ground.layout->block_bp - contig->first_block;
		return 1;
	}
	while (state->v[STATE_PART] <= contig->n_blocks) {
		uint64_t k = state->v[STATE_PART] - 1;
		struct call_block part;

		r = write_record(c, k, state, out, err);
		if (r)
			return r;
		state->v[STATE_RECORD] = 0;
		state->v[STATE_PART]++;
		if (!part_of(c, k, &part) || part.high == c->high)
			break;
	}
	return 0;
}
