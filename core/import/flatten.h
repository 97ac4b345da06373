/* SPDX-License-Identifier: MIT */
/*
 * htslib's records to ours and back.
 *
 * Both forms are BCF's data model, so this is a change of layout and of numbers for names only.
 */
#ifndef GENOFS_IMPORT_FLATTEN_H
#define GENOFS_IMPORT_FLATTEN_H

#include <stdbool.h>

#include <htslib/vcf.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/names.h"
#include "core/codec/gt_cell.h"
#include "core/record/record.h"

/*
 * Numbers in a table of names for the numbers of one header: filled when first asked for, since
 * parsing VCF adds to the header whatever it does not declare. One thread at a time.
 */
struct number_map {
	struct names *names;  /* borrowed */
	const bcf_hdr_t *hdr; /* borrowed */
	int dict;             /* BCF_DT_ID or BCF_DT_CTG */
	uint32_t *numbers;    /* by header number; UINT32_MAX: not asked for yet; owned */
	uint32_t n;
	int32_t gt; /* header number of GT once met, else -1 */
};

void number_map_init(struct number_map *m, struct names *names, const bcf_hdr_t *hdr, int dict);
void number_map_done(struct number_map *m);

/* Scratch of a thread that flattens; zero-initialised. */
struct flatten_scratch {
	struct gt_scratch gt;
	bool has_cell; /* the record has its genotype cell: it may have one */
};

void flatten_scratch_done(struct flatten_scratch *s);

/**
 * flatten_record() - append the site and fmt bytes of @v to @out
 * @calls: whether to take FORMAT too; if not, the caller appends fmt bytes and sets fmt_len
 * @r:     filled but for the pointers
 *
 * Return: 0; -ENOMEM; -EBADMSG where @v is not well-formed.
 */
int flatten_record(const bcf1_t *v, bool calls, struct number_map *keys, struct number_map *contigs,
		struct flatten_scratch *scratch, struct buf *out, struct record *r,
		struct err *err);

/* Append a FORMAT field of genotypes, as flatten_record() does. Return: 0 or -ENOMEM. */
int flatten_gt(uint32_t key, uint8_t type, uint32_t ploidy, const uint8_t *values,
		uint32_t n_samples, struct flatten_scratch *scratch, struct buf *out);

/**
 * unflatten_record() - @r as htslib holds it
 * @key_ids: header numbers by record key, or NULL where the keys are header numbers
 * @rid:     header number of the contig
 * @v:       cleared and filled; its memory is reused
 *
 * Return: 0; -ENOMEM; -EBADMSG where @r is not well-formed.
 */
int unflatten_record(const struct record *r, uint32_t n_samples, const int32_t *key_ids,
		int32_t rid, bcf1_t *v);

#endif
