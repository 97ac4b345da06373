/* SPDX-License-Identifier: MIT */
#include "core/pangenome/calls.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "core/pangenome/calls_sites.h"
#include "core/pangenome/calls_text.h"

/* ---- blocks that are kept ---- */

/* The sites of a block, or of an interval in it, of one layout. */
struct call_block {
	const struct layout *layout;
	uint32_t contig;
	uint64_t low;
	uint64_t high;
	struct call_sites sites;
	/* By the lock of all: */
	bool making;
	unsigned refs; /* one is the list's */
	struct call_block *next;
};

struct call_blocks {
	size_t budget;
	pthread_mutex_t lock;
	pthread_cond_t made;
	struct call_block *first; /* by lock; the one used last comes first */
};

int call_blocks_new(size_t budget, struct call_blocks **out)
{
	struct call_blocks *b = calloc(1, sizeof(*b));

	if (!b)
		return -ENOMEM;
	b->budget = budget;
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->made, NULL);
	*out = b;
	return 0;
}

static void block_free(struct call_block *b)
{
	call_sites_done(&b->sites);
	free(b);
}

void call_blocks_free(struct call_blocks *b)
{
	if (!b)
		return;
	while (b->first) {
		struct call_block *next = b->first->next;

		block_free(b->first);
		b->first = next;
	}
	pthread_cond_destroy(&b->made);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

/* With the lock: the block's place in the list; the list's end where it is not there. */
static struct call_block **find(struct call_blocks *b, const struct call_block *like)
{
	struct call_block **at = &b->first;

	while (*at && ((*at)->layout != like->layout || (*at)->contig != like->contig ||
				      (*at)->low != like->low || (*at)->high != like->high))
		at = &(*at)->next;
	return at;
}

/* With the lock: let go of those that were not used for the longest, but for the first. */
static void make_room(struct call_blocks *b)
{
	struct call_block **at = &b->first;
	size_t bytes = 0;

	while (*at) {
		struct call_block *block = *at;

		bytes += block->sites.bytes;
		if (at == &b->first || block->making || bytes <= b->budget) {
			at = &block->next;
			continue;
		}
		*at = block->next;
		bytes -= block->sites.bytes;
		if (--block->refs == 0)
			block_free(block);
	}
}

static void block_put(struct call_blocks *b, struct call_block *block)
{
	bool last;

	pthread_mutex_lock(&b->lock);
	last = --block->refs == 0;
	pthread_mutex_unlock(&b->lock);
	if (last)
		block_free(block);
}

/* With the lock: off the list. */
static void unlist(struct call_blocks *b, const struct call_block *block)
{
	struct call_block **at = &b->first;

	while (*at != block)
		at = &(*at)->next;
	*at = block->next;
}

/* Work out a block that is in the list, as one that is being made: nobody else has it yet. */
static int make_block(struct call_blocks *b, const struct call_ground *c, uint64_t slot,
		struct call_block *block, struct err *err)
{
	struct call_sites sites = { 0 };
	int r = call_sites_make(c, slot, block->low, block->high, &sites, err);

	pthread_mutex_lock(&b->lock);
	block->sites = sites;
	block->making = false;
	if (r < 0)
		unlist(b, block);
	else
		make_room(b);
	pthread_cond_broadcast(&b->made);
	pthread_mutex_unlock(&b->lock);
	if (r < 0)
		block_free(block);
	return r;
}

/* A reference to the block like @like, made if need be. Threads that want the same one wait for the
 * first; where that fails, the next one tries. */
static int block_get(struct call_blocks *b, const struct call_ground *c, uint64_t slot,
		const struct call_block *like, struct call_block **out, struct err *err)
{
	struct call_block **at;
	struct call_block *block;
	bool mine = false;

	pthread_mutex_lock(&b->lock);
	while (*(at = find(b, like)) && (*at)->making)
		pthread_cond_wait(&b->made, &b->lock);
	block = *at;
	if (block) {
		*at = block->next;
	} else {
		block = malloc(sizeof(*block));
		if (block)
			*block = *like;
		mine = true;
	}
	if (block) {
		block->making = mine;
		block->refs = mine ? 2 : block->refs + 1;
		block->next = b->first;
		b->first = block;
	}
	pthread_mutex_unlock(&b->lock);
	if (!block)
		return err_set(err, -ENOMEM, "out of memory");
	if (mine) {
		int r = make_block(b, c, slot, block, err);

		if (r < 0)
			return r;
	}
	*out = block;
	return 0;
}

/* ---- the file ---- */

struct calls {
	struct call_ground ground;
	struct call_blocks *blocks;
	uint64_t low;
	uint64_t high;
};

/* Numbers of a text_state: what comes next. */
enum {
	STATE_PART,   /* 0: the header; else 1 + block, from the contig's first one */
	STATE_RECORD, /* of the block */
};

int calls_new(const struct calls_input *in, struct call_blocks *blocks, struct calls **out,
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
	uint64_t slot = c->ground.layout->contigs[c->ground.contig].first_slot + k;
	struct call_block part;
	struct call_block *block = NULL;
	int r;

	if (!part_of(c, k, &part))
		return 0;
	r = block_get(c->blocks, &c->ground, slot, &part, &block, err);
	if (r < 0)
		return r;
	assert(block);
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
	block_put(c->blocks, block);
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
