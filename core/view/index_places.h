/* SPDX-License-Identifier: MIT */
/*
 * What an index is made of: where the records of a dataset lie in the file that is indexed, run by
 * run of records of one bin. Of a store, contig or block from the runs that the store keeps
 * (core/store/index_runs.h), without decoding; of a query, and where it keeps none, from its rows.
 *
 * One thread at a time. Functions return 0; -EBADMSG where the store is damaged; -ENOTSUP where it
 * has no runs; -EFBIG where runs are too many for the budget of the cache; -ENOMEM; what reading
 * the store gave.
 */
#ifndef GENOFS_VIEW_INDEX_PLACES_H
#define GENOFS_VIEW_INDEX_PLACES_H

#include "core/base/buf.h"
#include "core/base/cursor.h"
#include "core/store/index_runs.h"
#include "core/view/rows.h"

struct index_kind {
	enum index_file file;
	bool csi;
	const struct row_kind *rows; /* of the file before its compression */
};

/* A run in the file that is indexed. */
struct place {
	uint64_t begin; /* virtual offset */
	uint64_t end;
	uint64_t bin;   /* its number in the index */
	uint64_t reach; /* the last window that it or a run before it reaches */
	uint32_t level;
	uint64_t bin_in_level;
};

/* One contig while its index is made. */
struct contig_places {
	struct buf places; /* struct place, in the order of the file */
	uint64_t n_records;
};

/* The BGZF blocks of one chunk, where they are not all alike. */
struct chunk_blocks {
	struct bcf_block *blocks; /* n of them; owned */
	uint64_t n;
	uint64_t at;    /* bytes of the file before its compression before the chunk, */
	uint64_t end;   /* and with it */
	uint64_t next;  /* the one that was found last, */
	uint64_t place; /* and where in the file it begins */
};

/* What is known while the runs of a dataset are gone through. */
struct index_walk {
	const struct index_kind *kind;
	const struct dataset *d;
	unsigned depth;
	struct buf stored;    /* the runs of all chunks of the store; owned */
	struct cursor runs;   /* those that come next */
	uint32_t chunk;       /* whose runs come next */
	uint64_t head;        /* bytes before the first record */
	uint64_t head_blocks; /* BGZF blocks that they fill */
	bool packed;          /* BGZF blocks of records are by chunk (core/view/bcf_packed.h) */
	struct chunk_blocks blocks;
	uint64_t last_window; /* that a record of the dataset may reach */
	struct contig_places contig;
	struct contig_places *of_rows; /* where no runs are stored: by contig, made before; owned */
};

/* Number of the first bin of a level, counted from that of all bases (SAMv1 section 5.1.1). */
static inline uint64_t index_first_bin(unsigned level_from_top)
{
	return ((1ull << (INDEX_LEVEL_SHIFT * level_from_top)) - 1) / 7;
}

/*
 * Begin: @kind of the dataset @d, whose rows are @rows, in bins of @depth levels below that of all
 * bases. index_walk_done() either way.
 */
int index_walk_begin(struct index_walk *w, const struct index_kind *kind, const struct dataset *d,
		const struct view_kind *rows, unsigned depth, struct err *err);
void index_walk_done(struct index_walk *w);

/* The places of @contig into w->contig; contigs come in the store's order, each once. */
int index_walk_contig(struct index_walk *w, uint32_t contig);

/* Whether the dataset has records of the contig: a query may have none. */
bool index_walk_has(const struct index_walk *w, uint32_t contig);

#endif
