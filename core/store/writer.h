/* SPDX-License-Identifier: MIT */
/*
 * Writing a store: chunks one after the other, then the footer, then its publication.
 *
 * The file is written under a temporary name in the target's folder, mode 0600, and renamed when
 * it is complete and on disk: the target is either whole or as it was. store_writer_free() of an
 * unfinished one removes the temporary file. One thread at a time.
 */
#ifndef GENOFS_STORE_WRITER_H
#define GENOFS_STORE_WRITER_H

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/names.h"
#include "core/store/reader.h"

struct store_writer;

/* Everything that the footer says besides the chunks. Borrowed for the call. */
struct store_meta {
	const char *header; /* as `bcftools view --no-version -h` prints it */
	size_t header_len;
	const char *sites_header; /* the same without FORMAT lines and samples */
	size_t sites_header_len;
	const char *const *samples;
	uint32_t n_samples;
	const struct names *keys;
	uint32_t n_keys;
	const struct names *contigs;    /* in the order of the chunks */
	const uint64_t *contig_lengths; /* one a contig; 0 where the header has none */
	uint32_t n_contigs;
	const void *bcf_head; /* of a BCF file with all of the keys, numbered alike; NULL: none */
	size_t bcf_head_len;
	const uint32_t *bcf_contigs; /* of each contig its number in that head */
	uint32_t n_bcf_contigs;      /* that the head has */
	bool bcf_blocks;             /* contigs have the numbers there that chunks were made with */
};

int store_writer_new(const char *pathname, struct store_writer **out, struct err *err);
void store_writer_free(struct store_writer *w); /* NULL is nothing to do */
void store_writer_freep(struct store_writer **w);

/* The temporary file's name, for a signal handler that must remove it. */
const char *store_writer_temporary(const struct store_writer *w);

/**
 * store_writer_add() - append a chunk
 * @bytes: of a sealed chunk
 * @index: its runs (core/store/index_runs.h)
 * @bcf_blocks: of each of its BGZF blocks in calls.bcf, as in SECTION_BCF_BLOCKS
 * @info:  as in its image; offset is set, and where its group is 0, which number it has
 *
 * Chunks of a contig come one after the other, by position.
 */
int store_writer_add(struct store_writer *w, const struct buf *bytes, const struct buf *index,
		const struct buf *bcf_blocks, struct chunk_info *info, struct err *err);

/* Write the group that is not complete. */
int store_writer_end_group(struct store_writer *w, struct err *err);
/* The groups written so far. Valid until the next call. */
const struct chunk_group *store_writer_groups(const struct store_writer *w, uint32_t *n);

/* Write the footer, make all durable, rename to the target. */
int store_writer_finish(struct store_writer *w, const struct store_meta *meta, struct err *err);

uint64_t store_writer_bytes(const struct store_writer *w);

#endif
