/* SPDX-License-Identifier: MIT */
/*
 * Records in order to chunks, coded by the pool, written in order.
 *
 * The queue cuts the stream of records where the contig changes or a limit is reached, hands each
 * chunk to a worker that codes and checks it, and writes the results one after the other. It holds
 * the batches that its chunks point into, and waits for the oldest chunk when too many are under
 * way. One thread at a time: the one that takes batches in the order of the input.
 */
#ifndef GENOFS_IMPORT_CHUNK_QUEUE_H
#define GENOFS_IMPORT_CHUNK_QUEUE_H

#include "core/base/err.h"
#include "core/block/decode_pool.h"
#include "core/codec/stream.h"
#include "core/import/batch.h"
#include "core/import/numbering.h"
#include "core/store/writer.h"

struct chunk_queue;

struct chunk_queue_setup {
	struct decode_pool *pool;      /* borrowed */
	struct store_writer *writer;   /* borrowed */
	const struct numbering *names; /* borrowed */
	uint32_t n_samples;
	enum codec_choice codec;
	uint32_t chunk_records; /* most records of a chunk */
	size_t chunk_bytes;     /* most site and fmt bytes, but for one larger record; fmt bytes of
				 * records with more than one field count four times, and the
				 * record 1 KiB more */
	size_t first_bytes;     /* of site and fmt, that the first chunk of all ends with */
	size_t record_max;      /* bytes of the largest record that memory allows */
	unsigned max_encoders;  /* chunks coded at the same time */
	bool check;
	_Atomic uint64_t *n_chunks; /* counts those written; may be NULL */
};

/**
 * chunk_queue_key_uses() - what the keys of the chunks written are used as
 * @n: keys that @return has bits KEY_IS_... of (core/import/chunk_encode.h); valid until the next
 *     chunk is written
 */
const uint8_t *chunk_queue_key_uses(const struct chunk_queue *q, uint32_t *n);

int chunk_queue_new(const struct chunk_queue_setup *setup, struct chunk_queue **out);
/* Waits for what is under way and drops it. NULL is nothing to do. */
void chunk_queue_free(struct chunk_queue *q);

/**
 * chunk_queue_add() - take records [from, b->n) of a numbered batch
 * @taken: records taken; fewer than asked for only where the next one is out of order
 *
 * Return: 0; what coding, checking or writing a chunk gave.
 */
int chunk_queue_add(struct chunk_queue *q, struct batch *b, uint32_t from, uint32_t *taken,
		struct err *err);

/* Code what was taken so far and write all of it. */
int chunk_queue_flush(struct chunk_queue *q, struct err *err);

/*
 * Write all chunks that are complete; give the records of the unfinished one to @take, batch by
 * batch in order, each time records [from, to). The queue is empty after it.
 */
int chunk_queue_withdraw(struct chunk_queue *q,
		int (*take)(void *arg, struct batch *b, uint32_t from, uint32_t to,
				struct err *err),
		void *arg, struct err *err);

/* The chunks written so far, with their offsets. Valid until the next call. */
const struct chunk_info *chunk_queue_written(const struct chunk_queue *q, uint32_t *n);

#endif
