/* SPDX-License-Identifier: MIT */
/*
 * What a store made of a GTB file has in place of records: header texts, keys, samples, the head of
 * BCF. Made once, never changed; any thread may use it.
 */
#ifndef GENOFS_GTB_GTB_HEAD_H
#define GENOFS_GTB_GTB_HEAD_H

#include "core/base/names.h"
#include "core/gtb/header_lines.h"
#include "core/gtb/vcf.h"

struct gtb_head {
	/* As the functions of core/store/reader.h give them. Owned. */
	struct buf header_text;
	struct buf sites_header_text;
	struct buf samples_text;
	struct buf bcf_head; /* empty where BCF cannot have the keys' numbers */
	uint32_t n_bcf_contigs;
	struct names *keys;        /* that the header declares, by number; owned */
	struct declared_key *uses; /* of each; owned */
	uint32_t n_keys;
};

/* A contig that occurs: where it stands in the head of BCF, and how long its line says it is. */
struct gtb_head_contig {
	struct gtb_text name;
	uint32_t bcf_id;
	uint64_t length;
};

/**
 * gtb_head_make() - the head of what @v shows, but for that of BCF
 * @out: for gtb_head_done(), also on failure
 *
 * Return: 0; -ENOMEM; -EBADMSG where htslib would refuse the header.
 */
int gtb_head_make(const struct gtb_vcf *v, struct gtb_head *out, struct err *err);
/**
 * gtb_head_bcf() - the head of BCF
 * @contigs: @n_contigs that occur, in the order of their records: filled but for name
 *
 * Return: 0; -ENOMEM.
 */
int gtb_head_bcf(const struct gtb_vcf *v, struct gtb_head *h, struct gtb_head_contig *contigs,
		uint32_t n_contigs, struct err *err);
void gtb_head_done(struct gtb_head *h);

#endif
