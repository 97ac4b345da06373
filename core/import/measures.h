/* SPDX-License-Identifier: MIT */
/*
 * What a store keeps of a chunk's records for the files that are made of them later: bytes in each
 * view, the shape of genotypes, runs of the index, the BGZF blocks of calls.bcf. One thread
 * at a time; zero-initialised.
 */
#ifndef GENOFS_IMPORT_MEASURES_H
#define GENOFS_IMPORT_MEASURES_H

#include "core/store/index_runs.h"
#include "core/store/reader.h"
#include "core/view/vcf_text.h"

struct chunk_measures {
	const uint64_t *lengths[N_LINE_VIEWS]; /* by record, of the lines; borrowed */
	uint64_t bytes[N_STORE_VIEWS];         /* sums, of all views */
	struct gt_shape shape;
	struct buf index; /* as it is stored */
	struct index_builder runs;
	struct buf bcf_blocks; /* likewise: core/store/layout.h */
	struct bcf_pack *pack; /* records for the next one; owned */
};

void measures_begin(struct chunk_measures *m);
void measures_done(struct chunk_measures *m);

/* Lines of a record. */
struct record_lines {
	uint64_t bytes[N_LINE_VIEWS];
	const char *text; /* of calls.vcf: the first eight columns at least */
};

/* Take a record. Return: 0; -EBADMSG; -ENOMEM. */
int measures_put(struct chunk_measures *m, const struct vcf_text *v, const struct record *r,
		const struct record_lines *lines);
/* All were taken. Return: 0; -ENOMEM. */
int measures_end(struct chunk_measures *m);

#endif
