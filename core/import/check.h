/* SPDX-License-Identifier: MIT */
/*
 * The check of a coded chunk: decoded again, does every record come back as it was read?
 *
 * The judge is the input itself, or htslib, never our own parser: a record has come back when its
 * line is the line that was read; or else, when what htslib parsed and the record rebuilt in
 * htslib's form are the same (record_digest.h). On the way the records are measured.
 * A checker is for one thread at a time.
 */
#ifndef GENOFS_IMPORT_CHECK_H
#define GENOFS_IMPORT_CHECK_H

#include "core/base/err.h"
#include "core/base/names.h"
#include "core/block/block.h"
#include "core/import/batch.h"
#include "core/import/measures.h"
#include "core/store/reader.h"
#include "core/view/vcf_text.h"

struct checker;

int checker_new(struct checker **out); /* 0 or -ENOMEM */
void checker_free(struct checker *c);  /* NULL is nothing to do */

/**
 * check_block() - check and measure the records of @b
 * @text:    for the block's contig
 * @contigs: table of names of the records' contigs
 * @proofs:  one a record; NULL: only measure
 * @out:     what was measured; valid until the next call
 *
 * Return: 0; -EBADMSG where a record is not what it was, with its place and a field in @err;
 * -ENOMEM.
 */
int check_block(struct checker *c, const struct vcf_text *text, const struct names *contigs,
		const struct block *b, const struct proof *proofs,
		const struct chunk_measures **out, struct err *err);

/**
 * check_prove() - the proof of a record that comes out of a chunk that was checked before
 *
 * Return: 0; -EBADMSG; -ENOMEM.
 */
int check_prove(struct checker *c, const struct vcf_text *text, const struct names *contigs,
		const struct record *r, struct proof *out);

#endif
