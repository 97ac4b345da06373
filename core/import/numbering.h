/* SPDX-License-Identifier: MIT */
/*
 * Numbers of keys and contigs that do not depend on which thread met a name first.
 *
 * Parsers number what they meet in provisional tables. Going through the records in the order of
 * the input, this gives final numbers: keys that the header declares have theirs from the start,
 * the same in both tables; other keys and all contigs get theirs in order of first appearance.
 * Final numbers are what a store knows. In BCF contigs have those of the header's lines instead,
 * and ones without a line those after them, as header_bcf_make() gives them in the end. One thread
 * at a time, but for the tables of names.
 */
#ifndef GENOFS_IMPORT_NUMBERING_H
#define GENOFS_IMPORT_NUMBERING_H

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/names.h"
#include "core/import/batch.h"

struct numbering {
	struct names *parsed_keys; /* provisional; owned */
	struct names *parsed_contigs;
	struct names *keys; /* final; owned */
	struct names *contigs;
	struct names *bcf_contigs; /* those that the header declares, then others: as BCF has them
				    */
	uint32_t *key_map; /* provisional to final; a number once there never changes; owned */
	uint32_t n_keys;   /* provisional ones mapped: up to the highest that occurred */
	uint32_t n_declared;
	bool renumbered;             /* some key has two numbers */
	uint32_t last_parsed_contig; /* and its final number */
	uint32_t last_contig;
};

int numbering_init(struct numbering *n); /* 0 or -ENOMEM; done() either way */
void numbering_done(struct numbering *n);
/* The declared keys are in parsed_keys: fix their numbers. */
int numbering_fix_declared(struct numbering *n, struct err *err);

/* Number the keys of the batch's odd records and the contigs of all. Before others see it. */
int numbering_apply(struct numbering *n, uint32_t n_samples, struct batch *b, struct err *err);

/**
 * numbering_revert() - site and fmt bytes of @r with final keys, to provisional ones
 * @out: appended to; @site_len and fmt_len of @r are set
 *
 * Return: 0; -ENOMEM; -EBADMSG.
 */
int numbering_revert(
		const struct numbering *n, uint32_t n_samples, struct record *r, struct buf *out);

#endif
