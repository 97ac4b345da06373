/* SPDX-License-Identifier: MIT */
/*
 * A record with some of its samples, as `bcftools view -I -s` has it; and with AC and AN counted
 * anew, as without -I.
 */
#ifndef GENOFS_RECORD_SUBSET_H
#define GENOFS_RECORD_SUBSET_H

#include "core/codec/gt_cell.h"
#include "core/record/record.h"
#include "core/record/sample_set.h"

/* Scratch of a thread, and the bytes of the record made last. Zero-initialised. */
struct subsetter {
	struct gt_scratch gt;
	struct buf values; /* of all samples' genotypes */
	struct buf picked; /* of those chosen */
	struct buf fmt;
	struct buf site;
	struct buf counts; /* u32s by allele */
	uint32_t allele_number;
	bool counted; /* the record has genotypes, and they were counted */
};

void subsetter_done(struct subsetter *s);

/* Numbers of keys of the store. */
struct count_keys {
	uint32_t gt;
	uint32_t ac;
	uint32_t an;
};

/**
 * record_subset() - @r with the samples of @set
 * @first: number of the record's first sample, of which it has @n_samples
 * @set:   numbers of samples that it has
 * @count: AC and AN are counted anew in what has genotypes; NULL: they stay
 * @out:   borrows from @s and @r
 *
 * Return: 0; -EBADMSG where the record's bytes are not well-formed; -ENOMEM.
 */
int record_subset(const struct record *r, uint32_t first, uint32_t n_samples,
		const struct sample_set *set, const struct count_keys *count, struct subsetter *s,
		struct record *out);

#endif
