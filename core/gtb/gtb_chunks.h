/* SPDX-License-Identifier: MIT */
/*
 * The chunks of a GTB file: runs of records of one contig, in its order, each of which becomes a
 * block of the store that the file is shown as.
 *
 * Of version 1 they come from the directory, whatever its blocks hold: where a chunk starts is
 * where the first of its blocks does, and it ends GTB_REF_MAX bases behind the last position. Of
 * version 2 contigs, positions and alleles of all records are read once, and INFO too where it may
 * have END.
 */
#ifndef GENOFS_GTB_GTB_CHUNKS_H
#define GENOFS_GTB_GTB_CHUNKS_H

#include "core/gtb/gtb_records.h"
#include "core/store/reader.h"

enum { GTB_REF_MAX = 1 << 16 };

struct gtb_chunk {
	uint64_t first; /* record */
	uint32_t n;
	uint32_t contig;     /* of the tables */
	uint32_t gtb_contig; /* its number in the file */
	int64_t end;         /* as in its chunk_info */
	uint64_t site_bytes; /* of its block, as far as can be told: the records' site bytes */
	uint64_t call_bytes; /* and those of genotypes, at most */
};

struct gtb_chunks {
	struct gtb_chunk *chunks; /* n of them; owned */
	struct chunk_info *infos; /* n_records, start, end and shape of each; owned */
	uint32_t n;
	struct contig_info *contigs; /* length and bcf_id not set; names are the file's; owned */
	uint32_t n_contigs;
};

/**
 * gtb_chunks_make() - find the chunks
 * @m:      to read version 2 with
 * @memory: bytes that the tables may take
 * @out:    for gtb_chunks_done(), also on failure
 *
 * Return: 0; -EINVAL where records are not in order; what reading records may return.
 */
int gtb_chunks_make(const struct gtb_records *rs, struct record_maker *m, struct gtb_reader *r,
		size_t memory, struct gtb_chunks *out, struct err *err);
void gtb_chunks_done(struct gtb_chunks *c);

#endif
