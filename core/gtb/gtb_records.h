/* SPDX-License-Identifier: MIT */
/*
 * Records of a GTB file as a block has them (core/block/block.h): what a store has that was made of
 * the lines that gtb_vcf_line() gives, without lines and without htslib.
 */
#ifndef GENOFS_GTB_GTB_RECORDS_H
#define GENOFS_GTB_GTB_RECORDS_H

#include "core/block/block.h"
#include "core/gtb/gtb_head.h"

/* What is read, and where what is made goes. */
struct gtb_records {
	const struct gtb_vcf *vcf;
	const struct gtb_head *head;
};

/* A reader of records, for one thread at a time. */
struct record_maker;

/* @rs: borrowed, with what it points to, for the object's life; so is @r. 0 or -ENOMEM. */
int record_maker_new(const struct gtb_records *rs, struct gtb_reader *r, struct record_maker **out);
void record_maker_free(struct record_maker *m); /* NULL is nothing to do */
/* Bytes of memory that it takes. */
uint64_t record_maker_cost(uint32_t n_samples);
/* Bytes that a block has room for while it is made, beside those that it comes to. */
size_t record_maker_spare(uint32_t n_samples);

/* Records [first, first + n), all of one contig. */
struct record_range {
	uint64_t first;
	uint32_t n;
	uint32_t gtb_contig; /* its number in the file */
	uint32_t contig;     /* and in the records */
	int64_t end;         /* that no record reaches past; INT64_MAX: any may */
	uint64_t most;       /* bytes that the block may have */
};

/**
 * record_maker_block() - a block of records
 * @part: BLOCK_SITES or BLOCK_CALLS
 * @out:  a reference, for block_put(); its store and chunk are not set
 *
 * Return: 0; what reading records may return; -ENOTSUP where a key is not declared, or a record
 * reaches past @range->end; -EOVERFLOW where there are more bytes than @range->most.
 */
int record_maker_block(struct record_maker *m, const struct record_range *range,
		enum block_part part, struct block **out, struct err *err);

/* How many bases of the reference a record covers. */
int record_maker_rlen(struct record_maker *m, uint64_t record, const struct gtb_site *site,
		int64_t *out, struct err *err);
/* Whether that is more than REF's for some: INFO is stored, and may have END. */
bool gtb_records_have_end(const struct gtb_records *rs);

#endif
