/* SPDX-License-Identifier: MIT */
/*
 * A store whose records lie in a file of another format: tables that are given, chunks that a
 * function decodes.
 *
 * It is a struct store as any other, but nothing of it is read through store_read_chunk(), and how
 * many bytes its chunks have in a view is not known before they were decoded
 * (core/store/measured.h). Its blocks come from block_cache_get(), as those of any store.
 */
#ifndef GENOFS_STORE_FOREIGN_H
#define GENOFS_STORE_FOREIGN_H

#include "core/store/reader.h"

struct block;

/* How its chunks are decoded. Functions are called by any number of threads at once. */
struct store_foreign {
	void *arg; /* owned by the store once it is made */
	/* Bytes that decode() takes at most of a chunk, with the block that it makes: never less
	 * than block->cost. Always the same. @part: BLOCK_SITES or BLOCK_CALLS. */
	uint64_t (*cost)(const void *arg, uint32_t chunk, unsigned part);
	/*
	 * The block of a chunk, of block_new(), with all that is said there; cost counts what it
	 * and its records take. A file that has changed is -EIO, from then on.
	 *
	 * Return: 0; -EBADMSG; -EIO; -ENOMEM; -EOVERFLOW where it takes more than cost(). @err says
	 * of which file, and which records.
	 */
	int (*decode)(void *arg, uint32_t chunk, unsigned part, struct block **out,
			struct err *err);
	void (*close)(void *arg);
};

/* What a store's own footer says otherwise. */
struct store_tables_given {
	const char *pathname; /* copied */
	uint64_t file_size;
	struct timespec mtime;
	/* As the functions of reader.h give them; may be empty where there is nothing. Owned. */
	struct buf header_text;
	struct buf sites_header_text;
	struct buf samples_text;
	struct buf bcf_head;
	uint32_t n_samples; /* of samples_text */
	uint32_t n_bcf_contigs;
	struct names *keys; /* that records have; those of AC and AN are added; owned */
	/* All fields, but for first_chunk of contigs. Names are of store_foreign.arg. Owned. */
	struct contig_info *contigs;
	uint32_t n_contigs;
	/* Contig after contig: n_records, start, end, shape; the rest is found. Owned. */
	struct chunk_info *chunks;
	uint32_t n_chunks;
};

void store_tables_given_done(struct store_tables_given *t);

/**
 * store_new_foreign() - a store of given tables
 * @t:   what it owns is the store's on success, and @t is empty then; else left as it was
 * @how: copied
 *
 * Return: 0; -ENOMEM; -EOVERFLOW where there are too many keys.
 */
int store_new_foreign(struct store_tables_given *t, const struct store_foreign *how,
		struct store **out, struct err *err);

/* NULL: the store's chunks are its own. */
const struct store_foreign *store_foreign(const struct store *s);

#endif
