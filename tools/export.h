/* SPDX-License-Identifier: MIT */
/*
 * The two ways out of a store that `genofs export` knows: text as the view makes it, and records.
 */
#ifndef GENOFS_TOOLS_EXPORT_H
#define GENOFS_TOOLS_EXPORT_H

#include <stdbool.h>

#include <htslib/bgzf.h>

#include "core/base/err.h"
#include "core/block/block_cache.h"
#include "core/block/decode_pool.h"
#include "core/import/regions.h"
#include "core/store/reader.h"

struct export
{
	const struct store *store;
	struct block_cache *cache;
	struct decode_pool *pool;
	unsigned n_threads;
	const struct regions *regions; /* or NULL: everything */
	const struct names *contigs;   /* of the regions */
	const char *output;            /* "-": standard output */
	bool bcf;
	bool compress;
	bool *opened; /* set once the output is there, and empty */
};

/* Write the whole store as VCF. Return: 0 or a negative errno. */
int export_text(const struct export *e, struct err *err);
/* Write the records of the regions, or all of them, as VCF or BCF. */
int export_records(const struct export *e, struct err *err);

/* Where the output goes: BGZF, or bytes as they are. "-Ou" is BCF in plain bytes. */
BGZF *export_open(const struct export *e, struct err *err);
int export_close(BGZF *out, struct err *err);

#endif
