/* SPDX-License-Identifier: MIT */
/*
 * Lists of regions as `bcftools view -r` takes them: CONTIG, CONTIG:POS, CONTIG:FROM-TO,
 * CONTIG:FROM-, joined by ','. Positions are 1-based, ranges closed, numbers as htslib reads them
 * (1e6, 2.5M). A contig whose name has ',' or ':' is given in braces. Where a contig is already
 * chosen, it may be left out.
 */
#ifndef GENOFS_RECORD_REGION_H
#define GENOFS_RECORD_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

#define REGION_NO_CONTIG UINT32_MAX

/* Bases [from, to) of a contig. */
struct region {
	uint32_t contig; /* or REGION_NO_CONTIG: one without records */
	int64_t from;    /* 0-based */
	int64_t to;
};

/* By contig, in the order in which the list first names them; of one contig by position, apart from
 * each other. */
struct region_list {
	struct region *regions; /* owned */
	uint32_t n;
};

/* Where names of contigs are looked up. */
struct region_names {
	/* Return: 0; 1 for a contig that is known and has no records; -ENOENT. */
	int (*find)(const void *arg, const char *s, size_t len, uint32_t *contig);
	const void *arg;
	uint32_t chosen; /* for items without a contig; REGION_NO_CONTIG */
};

/* Return: 0; -ENOENT where @text is no list, with the reason in @err; -ENOMEM. */
int region_list_parse(const char *text, const struct region_names *names, struct region_list *out,
		struct err *err);
void region_list_done(struct region_list *l);

/* A record overlaps a region as `bcftools view -r` has it: its reference bases, to INFO/END. */
static inline bool region_overlaps(const struct region *r, int64_t pos, int64_t rlen)
{
	return pos < r->to && (rlen > 1 ? pos + rlen : pos + 1) > r->from;
}

#endif
