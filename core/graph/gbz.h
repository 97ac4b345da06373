/* SPDX-License-Identifier: MIT */
/*
 * A GBZ file: the container of a pangenome graph, its haplotypes and their names, as vg and
 * gbwtgraph write it.
 *
 * Versions 1, 2 and 3 are read; they differ in what is compressed (docs/graph-image.md, "From a
 * GBZ"). Opening walks over all structures and checks that their lengths fit each other and the
 * file; no content is decoded, so that what the graph needs in memory is known before any of that
 * memory is had. The source of the format is the description that simple-sds, gbwt and gbwtgraph
 * publish.
 *
 * The file is read with pread(2) through buffers of bounded size, never mapped. An open file does
 * not change: any thread may read its parts.
 */
#ifndef GENOFS_GRAPH_GBZ_H
#define GENOFS_GRAPH_GBZ_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/graph/simple_sds.h"

enum {
	GBZ_TAG = 0x205a4247, /* what a file begins with, little-endian */
	GBZ_VERSION_MIN = 1,
	GBZ_VERSION_MAX = 3,
};

/* What the headers say, and where in the file everything lies. */
struct gbz_parts {
	uint32_t version;
	struct sds_strings tags;

	/* GBWT: the index of paths */
	uint32_t gbwt_version;
	uint64_t n_sequences;   /* two for each path, forward and reverse */
	uint64_t n_visits;      /* nodes of all sequences, and one endmarker each */
	uint64_t offset;        /* record r > 0 is of the node r + offset */
	uint64_t alphabet_size; /* the largest node, and 1 */
	uint64_t n_records;
	struct sds_strings gbwt_tags;
	struct sds_sparse record_starts;
	struct sds_bytes bwt; /* compressed where gbwt_version is 6 or more */
	bool bwt_compressed;
	uint64_t bwt_length; /* decoded */

	/* metadata; all empty where there are none */
	uint64_t path_names_at; /* offset in the file; 16 bytes each */
	uint64_t n_path_names;  /* one for each path, or 0 */
	struct sds_strings samples;
	struct sds_strings contigs;

	/* GBWTGraph: what nodes spell */
	uint32_t graph_version;
	uint64_t n_nodes; /* that exist, of n_ids */
	uint64_t n_ids;   /* from the smallest id to the largest */
	uint64_t min_id;
	struct sds_strings sequences; /* of n_ids */
	bool has_translation;
	struct sds_strings segments;
	struct sds_sparse mapping; /* the first id of each segment; the last ends at its universe */
};

struct gbz;

/**
 * gbz_open() - open a file and walk over its structures
 * @out: for gbz_close(); untouched on failure
 * @err: what failed, with the file's name and what to do about it; may be NULL
 *
 * Return: 0; -EBADMSG where the file is no GBZ, is cut short or damaged; -ENOTSUP where it is of a
 * version or encoding that is not read; -EIO; -ENOMEM; what open(2) gives.
 */
int gbz_open(const char *pathname, struct gbz **out, struct err *err);
void gbz_close(struct gbz *gbz); /* NULL is nothing to do */
void gbz_closep(struct gbz **gbz);

const struct gbz_parts *gbz_parts(const struct gbz *gbz);
const char *gbz_pathname(const struct gbz *gbz);
/* As the file was when it was opened. */
const struct stat *gbz_stat(const struct gbz *gbz);
int gbz_fd(const struct gbz *gbz); /* for pread(2) */

/* That the file is still what was opened. Return: 0; -EIO. */
int gbz_check_unchanged(const struct gbz *gbz, struct err *err);

#endif
