/* SPDX-License-Identifier: MIT */
/*
 * From a source to batches in order: one thread reads, the pool parses, the caller takes.
 *
 * A fixed ring of slots bounds what is read ahead. A batch that grows past its limit is given out
 * in parts, the rest of its input parsed only when the part was taken, so that input which is small
 * as text and large as records does not pile up.
 */
#ifndef GENOFS_IMPORT_PIPELINE_H
#define GENOFS_IMPORT_PIPELINE_H

#include "core/base/err.h"
#include "core/block/decode_pool.h"
#include "core/import/batch.h"
#include "core/import/parse.h"

struct pipeline;

struct pipeline_setup {
	struct source *source;           /* borrowed; the reader's from now on */
	struct decode_pool *pool;        /* borrowed; its POOL_AHEAD queue holds n_slots jobs */
	const struct parse_setup *parse; /* borrowed */
	unsigned n_slots;
	const _Atomic int *stop; /* not 0: end as soon as possible; may be NULL */
};

/* Starts the reader. */
int pipeline_new(const struct pipeline_setup *setup, struct pipeline **out, struct err *err);

/*
 * Stops the reader. Return: false where it sits in a read that cannot be interrupted: pipeline and
 * source are then left to it, for the process to end. NULL is nothing to do.
 */
bool pipeline_free(struct pipeline *p);

/**
 * pipeline_next() - the next batch in the order of the input
 * @out: a reference, the caller's; sealed, not numbered
 *
 * Return: 1; 0 at the end; -EBADMSG where the input has a fault, with file and line (or record)
 * and place in @err; -EINTR when stopped; -ENOMEM.
 */
int pipeline_next(struct pipeline *p, struct batch **out, struct err *err);

#endif
