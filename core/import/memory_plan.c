/* SPDX-License-Identifier: MIT */
#include "core/import/memory_plan.h"

#include <errno.h>
#include <malloc.h>

#include "core/import/batch.h"

/*
 * Measured as multiples of a chunk's record bytes. While it waits or is read from, its batches,
 * with the slack of growing buffers; while it is coded, columns and their compressed form, then
 * the decoded copy with its streams.
 */
enum {
	BATCH_FACTOR_PERCENT = 150,
	ENCODE_FACTOR_PERCENT = 450,
	/* Of one record's bytes, from its line to its chunk, where it goes that way alone. */
	RECORD_FACTOR_PERCENT = 1300,
	FIXED_BYTES = 40 << 20,     /* program, libraries, headers, buffers of the inputs */
	PER_THREAD_BYTES = 3 << 20, /* compressor states, parsed lines */
	BATCH_BYTES_MIN = 1 << 20,
	BATCH_BYTES_MAX = 8 << 20,
	MERGE_BYTES_MIN = 8 << 20
};

static size_t percent(size_t n, unsigned p)
{
	return n / 100 * p;
}

/* What @encoders chunks at a time need besides what is fixed. */
static size_t chunks_cost(size_t chunk_bytes, unsigned encoders)
{
	return percent(chunk_bytes, BATCH_FACTOR_PERCENT) * (encoders + 1) +
	       percent(chunk_bytes, ENCODE_FACTOR_PERCENT) * encoders;
}

static size_t slots_cost(unsigned n_slots, size_t batch_bytes)
{
	return n_slots * ((size_t)RAW_BATCH_BYTES * 2 + batch_bytes);
}

static size_t plan_cost(const struct memory_plan *p, size_t fixed, size_t chunk_bytes)
{
	return fixed + slots_cost(p->n_slots, p->batch_bytes) +
	       chunks_cost(chunk_bytes, p->max_encoders);
}

/* Room for what comes one at a time, in place of chunks under way. */
static void plan_exceptions(struct memory_plan *p, size_t memory, size_t chunk_bytes)
{
	size_t spare = memory - p->estimate;
	size_t chunks = chunks_cost(chunk_bytes, p->max_encoders);

	p->record_max = (spare + chunks) / RECORD_FACTOR_PERCENT * 100;
	p->line_max = p->record_max;
	p->sort_bytes = percent(spare + chunks, 40);
	p->merge_bytes = spare > MERGE_BYTES_MIN ? spare : MERGE_BYTES_MIN;
}

int memory_plan_make(size_t memory, bool gtb, unsigned n_threads, size_t chunk_bytes,
		struct memory_plan *out, struct err *err)
{
	struct memory_plan p = { .n_slots = 3, .max_encoders = 1, .batch_bytes = BATCH_BYTES_MIN };
	size_t fixed = FIXED_BYTES + n_threads * (size_t)PER_THREAD_BYTES;
	size_t least = plan_cost(&p, fixed, chunk_bytes);
	const size_t all = memory;

	p.gtb_bytes = gtb ? memory / 4 : 0;
	memory -= p.gtb_bytes;
	if (memory < least)
		return err_set(err, -EINVAL,
				"--memory %zuM is too little: %zuM at least, or a smaller "
				"--chunk-bytes or --threads",
				all >> 20, ((gtb ? least / 3 * 4 : least) >> 20) + 1);
	/* In turn: another chunk at a time, more input ahead, larger batches. */
	for (p.n_slots = 2 * n_threads + 2;
			p.n_slots > 3 && plan_cost(&p, fixed, chunk_bytes) > memory; p.n_slots--)
		;
	while (p.max_encoders < n_threads) {
		p.max_encoders++;
		if (plan_cost(&p, fixed, chunk_bytes) > memory) {
			p.max_encoders--;
			break;
		}
	}
	p.batch_bytes += (memory - plan_cost(&p, fixed, chunk_bytes)) / 2 / p.n_slots;
	if (p.batch_bytes > BATCH_BYTES_MAX)
		p.batch_bytes = BATCH_BYTES_MAX;
	p.estimate = plan_cost(&p, fixed, chunk_bytes);
	plan_exceptions(&p, memory, chunk_bytes);
	p.estimate += p.gtb_bytes;
	*out = p;
	return 0;
}

void memory_plan_tune_malloc(void)
{
	/* Threads hand buffers to each other: separate arenas would each keep their own spare. */
	mallopt(M_ARENA_MAX, 2);
	mallopt(M_MMAP_THRESHOLD, 1 << 20);
	mallopt(M_TRIM_THRESHOLD, 4 << 20);
}
