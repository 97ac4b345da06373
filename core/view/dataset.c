/* SPDX-License-Identifier: MIT */
#include "core/view/dataset.h"

#include "core/view/query.h"

struct dataset dataset_of_store(const struct store *store, struct block_cache *cache)
{
	struct dataset d = { .store = store, .cache = cache, .level = DATASET_STORE };

	d.n_chunks = store_n_chunks(store);
	return d;
}

struct dataset dataset_of_contig(const struct dataset *store, uint32_t contig)
{
	const struct contig_info *info = store_contig(store->store, contig);
	struct dataset d = *store;

	d.level = DATASET_CONTIG;
	d.contig = contig;
	d.first_chunk = info->first_chunk;
	d.n_chunks = info->n_chunks;
	return d;
}

struct dataset dataset_of_block(const struct dataset *contig, uint32_t index)
{
	struct dataset d = *contig;

	d.level = DATASET_BLOCK;
	d.first_chunk = contig->first_chunk + index;
	d.n_chunks = 1;
	return d;
}

int dataset_prepare(struct dataset *d, struct err *err)
{
	int r;

	if (!d->query)
		return 0;
	r = query_prepare(d->query, err);
	if (r == 0)
		d->n_chunks = query_n_chunks(d->query);
	return r;
}

uint32_t dataset_chunk(const struct dataset *d, uint32_t i)
{
	return d->query ? query_chunk(d->query, i)->chunk : d->first_chunk + i;
}

uint32_t dataset_n_samples(const struct dataset *d)
{
	const struct sample_set *set = d->query ? query_samples(d->query) : NULL;

	return set ? set->n : store_n_samples(d->store);
}

struct gt_shape dataset_shape(const struct dataset *d)
{
	struct gt_shape shape = { 0 };

	if (d->query)
		shape = query_shape(d->query);
	if (shape.ploidy)
		return shape;
	if (d->level == DATASET_STORE)
		return store_shape(d->store);
	return d->level == DATASET_CONTIG ? store_contig(d->store, d->contig)->shape
					  : store_chunk(d->store, d->first_chunk)->shape;
}

int64_t dataset_end(const struct dataset *d)
{
	return d->level == DATASET_STORE ? store_end(d->store)
					 : store_contig(d->store, d->contig)->end;
}
