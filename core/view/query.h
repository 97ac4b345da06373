/* SPDX-License-Identifier: MIT */
/*
 * Paths as queries: what an `@` folder leaves of the dataset that it lies in.
 *
 * A query is made of a name, which costs no more than understanding it. What it selects is found
 * when it is first asked for (query_prepare()): chunks, and of those that it has in part one bit a
 * record. It is immutable then, but for the sizes of its files, which are found when they are asked
 * for, and kept. Every function may be called from any thread; none may hold a block.
 */
#ifndef GENOFS_VIEW_QUERY_H
#define GENOFS_VIEW_QUERY_H

#include "core/record/sample_set.h"
#include "core/view/dataset.h"

enum query_kind {
	QUERY_REGION,          /* @region/LIST */
	QUERY_SAMPLES,         /* @samples/LIST */
	QUERY_SAMPLES_COUNTED, /* @samples+/LIST: AC and AN are those of the samples */
	QUERY_PART,            /* @part/K-of-N */
	QUERY_WHERE,           /* @where/LIST */
	N_QUERY_FOLDERS,
	QUERY_CONTIG = N_QUERY_FOLDERS /* a contig's folder in another query's */
};

/* Names of lists of samples that were given in the mount's options. */
struct sample_list {
	const char *name;
	char *text; /* names, a newline after each; empty lines are passed over; owned */
	size_t len;
};
struct sample_lists {
	struct sample_list *lists;
	unsigned n;
};

/**
 * query_new() - the query that @name says, in the dataset @parent
 * @name: as a folder's: percent-encoded where it must be
 * @out:  a reference, for query_put()
 *
 * Return: 0; -ENOENT where the name is none, with the reason in @err; -ENOMEM.
 */
int query_new(const struct dataset *parent, enum query_kind kind, const char *name,
		const struct sample_lists *lists, struct query **out, struct err *err);
void query_get(struct query *q);
void query_put(struct query *q); /* NULL is nothing to do */
/* More than one reference is held. */
bool query_is_shared(const struct query *q);

/* Its dataset, which holds no reference. */
struct dataset query_dataset(struct query *q);

/* A number that no other query of the process ever has. */
uint64_t query_serial(const struct query *q);
/* Bytes of memory that it takes by now. */
size_t query_bytes(struct query *q);

/*
 * Contigs that it may have records of, without preparing it: by their store's number, from @from
 * on; UINT32_MAX: no more.
 */
uint32_t query_next_contig(const struct query *q, uint32_t from);

/**
 * query_prepare() - find what is selected, once
 *
 * Return: 0; what decoding a chunk gave.
 */
int query_prepare(struct query *q, struct err *err);

/* Of a query that is prepared: */
struct query_chunk {
	uint32_t chunk; /* of the store */
	uint32_t n;     /* records selected, > 0 */
	uint8_t *bits;  /* one a record of the chunk, low bits first; NULL: all. The query's */
};
uint32_t query_n_chunks(const struct query *q);
const struct query_chunk *query_chunk(const struct query *q, uint32_t i);

static inline bool query_selects(const struct query_chunk *c, uint32_t record)
{
	return !c->bits || c->bits[record / 8] >> record % 8 & 1;
}

/* Of the chunks; of no ploidy where they have no genotypes. */
struct gt_shape query_shape(const struct query *q);

/* The samples, by the store's numbers; NULL: all, in their order. */
const struct sample_set *query_samples(const struct query *q);
/* The smallest and the largest of them. False: all samples. */
bool query_sample_range(const struct query *q, uint32_t *first, uint32_t *last);
/* AC and AN are to be those of the samples. */
bool query_counts(const struct query *q);

/*
 * Numbers of chunks that take work to find, kept by the query for @key: bytes of rows before each
 * chunk, n_chunks + 1 of them. query_keep_layout() takes over @before, which was had from malloc(),
 * and gives back what is kept from now on.
 */
const uint64_t *query_layout(struct query *q, const void *key);
const uint64_t *query_keep_layout(struct query *q, const void *key, uint64_t *before);

#endif
