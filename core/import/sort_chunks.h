/* SPDX-License-Identifier: MIT */
/*
 * The records of chunks that an unfinished store holds, read back as they went in: the first run
 * of a sort. One thread at a time.
 */
#ifndef GENOFS_IMPORT_SORT_CHUNKS_H
#define GENOFS_IMPORT_SORT_CHUNKS_H

#include "core/base/err.h"
#include "core/import/batch.h"
#include "core/import/numbering.h"
#include "core/store/reader.h"

struct chunk_reader;

/* What an unfinished store has on disk. */
struct written_chunks {
	int fd;                     /* owned; -1 for none */
	struct chunk_info *chunks;  /* n_chunks of them; owned */
	struct chunk_group *groups; /* those that chunks name; owned */
	uint32_t n_chunks;
};

void written_chunks_done(struct written_chunks *w);

/**
 * chunk_reader_new() - read chunks back
 * @written: owned from now on, also on failure
 * @check:   whether records get proofs
 */
int chunk_reader_new(const struct written_chunks *written, uint32_t n_samples,
		const struct numbering *names, bool check, struct chunk_reader **out);
void chunk_reader_free(struct chunk_reader *c); /* NULL is nothing to do */
/* Return: 1, with provisional keys and pointers valid until the next call; 0 at the end; <0. */
int chunk_reader_next(struct chunk_reader *c, struct record *record, struct proof *proof,
		struct err *err);

#endif
