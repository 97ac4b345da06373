/* SPDX-License-Identifier: MIT */
/*
 * What travels between the stages of import: input as read, and the records made of it.
 *
 * A raw batch is input that nobody has looked into: whole lines of text, or BCF records as htslib
 * unpacked their fixed fields. A batch is records, with the proofs that the check compares them
 * with later. Batches are shared by the chunks that their records go to: reference counted, and
 * unchanged once a second thread may see them.
 */
#ifndef GENOFS_IMPORT_BATCH_H
#define GENOFS_IMPORT_BATCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/checksum.h"
#include "core/base/err.h"
#include "core/record/record.h"

enum {
	RAW_BATCH_BYTES = 512 * 1024 /* of input in a raw batch: at least so many, but at the end */
};

/* One BCF record in a raw batch: this, then its shared and its per-sample bytes. */
struct raw_bcf {
	int64_t pos;
	int64_t rlen;
	float qual;
	int32_t rid;
	uint32_t n_info;
	uint32_t n_allele;
	uint32_t n_fmt;
	uint32_t n_sample;
	size_t shared_len;
	size_t indiv_len;
};

struct raw_batch {
	struct buf bytes; /* lines, each but perhaps the last with its newline; or raw_bcf's */
	size_t at;        /* parsed up to here */
	uint32_t input;   /* number of the input that it comes from */
	bool filter;      /* keep only what lies in the regions asked for */
	uint32_t region;  /* with filter: drop what an earlier region than this had; else UINT32_MAX
			   */
};

/*
 * What the record has to come back as. @line: the text as read, without its end. @whole: all that
 * htslib made of it (record_digest.h). Where the genotypes were read without htslib, @whole covers
 * the site alone and @calls is the text from FORMAT on.
 */
struct proof {
	struct digest line;
	struct digest whole;
	struct digest calls;
	bool has_line;
	bool has_calls;
};

struct batch {
	_Atomic uint32_t refs;
	uint32_t n;
	uint32_t cap;
	uint32_t n_items; /* lines or BCF records read for them: more where some were left out */
	struct record *records; /* owned; site and fmt point into bytes once batch_seal() was called
				 */
	struct proof *proofs;   /* owned */
	bool *odd;              /* owned: the record has keys that the header does not declare */
	struct buf bytes;
	struct err err; /* why item n_items (from 0) could not be had; err.code is 0 if none */
};

int batch_new(struct batch **out); /* 0 or -ENOMEM; one reference */
void batch_ref(struct batch *b);
void batch_put(struct batch *b); /* NULL is nothing to do */
void batch_putp(struct batch **b);

/**
 * batch_add() - a record whose site_len and then fmt_len bytes were appended to b->bytes
 *
 * Return: 0 or -ENOMEM.
 */
int batch_add(struct batch *b, const struct record *r, const struct proof *p, bool odd);
/* Point the records to their bytes: no more may be added. */
void batch_seal(struct batch *b);
/* Bytes of memory that the batch holds. */
size_t batch_memory(const struct batch *b);

#endif
