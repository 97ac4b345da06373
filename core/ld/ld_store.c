/* SPDX-License-Identifier: MIT */
#include "core/ld/ld_store.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/cleanup.h"
#include "core/view/plink.h"
#include "core/view/query.h"
#include "core/view/rows.h"

/* Records [from, to) of a chunk: a batch. */
struct range {
	uint32_t chunk; /* of the dataset */
	uint32_t from;
	uint32_t to;
};

struct ld_store {
	struct dataset d;
	struct ld_choice choice;
	struct range *ranges; /* n of them, in order; owned */
	uint64_t n;
	bool lacks_y;
};

static bool is_wanted(const struct dataset *d, uint32_t i, bool with_y)
{
	const struct chunk_info *info = store_chunk(d->store, dataset_chunk(d, i));

	return with_y || !ld_is_y(store_contig(d->store, info->contig)->name);
}

bool ld_is_y(struct name contig)
{
	struct name code = plink_chromosome(contig);

	return code.len == 1 && *code.s == 'Y';
}

/* Cut each chunk into batches. @ranges: NULL: only count them. */
static uint64_t cut(const struct dataset *d, bool with_y, struct range *ranges, bool *lacks_y)
{
	const uint32_t most = ld_batch_records(dataset_n_samples(d));
	uint64_t n = 0;

	for (uint32_t i = 0; i < d->n_chunks; i++) {
		uint32_t n_records = store_chunk(d->store, dataset_chunk(d, i))->n_records;

		if (!is_wanted(d, i, with_y)) {
			*lacks_y = true;
			continue;
		}
		for (uint32_t from = 0; from < n_records; n++) {
			uint32_t to = n_records - from > most ? from + most : n_records;

			if (ranges)
				ranges[n] = (struct range){ i, from, to };
			from = to;
		}
	}
	return n;
}

int ld_store_new(const struct dataset *d, const struct ld_choice *choice, struct ld_store **out)
{
	struct ld_store *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->d = *d;
	s->choice = *choice;
	s->n = cut(d, choice->with_y, NULL, &s->lacks_y);
	s->ranges = calloc(s->n + 1, sizeof(*s->ranges));
	if (!s->ranges) {
		ld_store_free(s);
		return -ENOMEM;
	}
	cut(d, choice->with_y, s->ranges, &s->lacks_y);
	*out = s;
	return 0;
}

void ld_store_free(struct ld_store *s)
{
	if (!s)
		return;
	free(s->ranges);
	free(s);
}

void ld_store_freep(struct ld_store **s)
{
	ld_store_free(*s);
}

bool ld_store_lacks_y(const struct ld_store *s)
{
	return s->lacks_y;
}

/* Add the records of the range that the dataset has, with its samples. */
static int add_range(const struct ld_store *s, const struct range *range, const struct block *b,
		struct view_scratch *scratch, struct ld_sites *out)
{
	const struct query_chunk *selected =
			s->d.query ? query_chunk(s->d.query, range->chunk) : NULL;
	const struct sample_set *samples = s->d.query ? query_samples(s->d.query) : NULL;
	struct vcf_text text = row_text(b->store, b->chunk);
	int r = 0;

	for (uint32_t i = range->from; r == 0 && i < range->to; i++) {
		const struct record *record = &b->records[i];
		struct record room;

		if (selected && !query_selects(selected, i))
			continue;
		if (samples) {
			r = record_subset(record, b->first_sample, b->n_samples, samples, NULL,
					&scratch->subset, &room);
			record = &room;
			text.n_samples = samples->n;
		}
		if (r == 0)
			r = ld_sites_add(out, &s->choice, &text, record, scratch);
	}
	return r;
}

static int load(void *arg, uint64_t index, struct ld_sites *out, struct err *err)
{
	const struct ld_store *s = arg;
	const struct range *range;
	struct view_scratch *scratch = view_scratch();
	CLEANUP(block_putp) const struct block *block = NULL;
	const struct store *store = s->d.store;
	uint32_t chunk;
	int r;

	if (index >= s->n)
		return 0;
	if (!scratch)
		return err_set(err, -ENOMEM, "out of memory");
	range = &s->ranges[index];
	chunk = dataset_chunk(&s->d, range->chunk);
	r = block_cache_get(s->d.cache, store, chunk, BLOCK_CALLS, &block, err);
	if (r < 0)
		return r;
	out->contig = store_chunk(store, chunk)->contig;
	r = add_range(s, range, block, scratch, out);
	if (r == -ENOMEM)
		return err_set(err, r, "out of memory");
	if (r < 0)
		return err_set(err, r, "%s: chunk %u: a record is damaged", store_pathname(store),
				chunk);
	return 1;
}

static void prepare(void *arg, uint32_t part)
{
	const struct ld_store *s = arg;

	if (is_wanted(&s->d, part, s->choice.with_y))
		block_cache_prefetch(
				s->d.cache, s->d.store, dataset_chunk(&s->d, part), BLOCK_CALLS);
}

static uint32_t part_of(const void *arg, uint64_t index)
{
	const struct ld_store *s = arg;

	return index < s->n ? s->ranges[index].chunk : s->d.n_chunks;
}

struct ld_source ld_store_source(struct ld_store *s)
{
	return (struct ld_source){ .load = load,
		.prepare = prepare,
		.part_of = part_of,
		.n_parts = s->d.n_chunks,
		.arg = s };
}
