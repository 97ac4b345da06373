/* SPDX-License-Identifier: MIT */
/*
 * Raw batches to batches: what a parser thread does.
 *
 * VCF lines are parsed by htslib, but for sample columns that hold genotypes alone (gt_text.h).
 * Each parser has its own copy of an input's header, since htslib adds to it whatever a line uses
 * and the header does not declare. A parser is for one thread at a time.
 */
#ifndef GENOFS_IMPORT_PARSE_H
#define GENOFS_IMPORT_PARSE_H

#include "core/base/names.h"
#include "core/import/batch.h"
#include "core/import/regions.h"
#include "core/import/source.h"

/* The same for all parsers of an import. Borrowed. */
struct parse_setup {
	const struct source *source;
	struct names *keys;    /* declared ones first; parsers add what they meet */
	struct names *contigs; /* parsers add what they meet */
	uint32_t n_declared_keys;
	uint32_t n_samples;
	const struct regions *regions; /* or NULL */
	size_t batch_bytes;            /* records in a batch, but for one larger record */
	bool check;                    /* make proofs */
};

struct parser;

int parser_new(const struct parse_setup *setup, struct parser **out); /* 0 or -ENOMEM */
void parser_free(struct parser *p);                                   /* NULL is nothing to do */

/**
 * parser_run() - parse from raw->at on, to the end of @raw or of what a batch may hold
 * @out: sealed; a fault in the input is its err, after the records before it
 *
 * Return: 0; -ENOMEM.
 */
int parser_run(struct parser *p, struct raw_batch *raw, struct batch **out);

#endif
